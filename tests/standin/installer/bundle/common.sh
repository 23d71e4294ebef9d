#!/usr/bin/env bash
# Sourced by install.sh in Harbor's package; here only its name is needed.
