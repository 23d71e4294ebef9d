# Verbs. Each sets up what it needs; none needs a word beside its name.
TOPOLOGY ?= ha
PORT ?= 8080
VENV := .venv
# Two files at a time, each process with a stand-in of its own; a real Harbor is one for all.
TWO := -n 2 --dist loadfile
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONPATH := $(CURDIR)/tests/standin
export TOPOLOGY HARBOR_INSTALLER

TOPOLOGIES := $(sort $(notdir $(wildcard inventories/*)))
ifeq ($(filter $(TOPOLOGY),$(TOPOLOGIES)),)
$(error TOPOLOGY=$(TOPOLOGY) is none: give one of $(TOPOLOGIES))
endif

.PHONY: help setup up down test lint sanity unit integration standin bench proof molecule drills docs clean

help:  ## Show the verbs
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.done  ## Virtual environment with the pinned requirements

$(VENV)/.done: requirements-dev.txt
	@tests/tools/setup $(VENV)

up: setup  ## Blank nodes become Harbor (TOPOLOGY=ha, single, twin, mesh, fanout, tree or registry)
	@tests/tools/engine
	ansible-playbook -i inventories/$(TOPOLOGY) molecule/shared/create.yml
	ansible-playbook -i inventories/$(TOPOLOGY) site.yml
	ansible-playbook -i inventories/$(TOPOLOGY) molecule/shared/access.yml

# What is up has a folder; the default topology also goes where a first `make up` was cut off before it had one.
LABS = $(or $(filter $(TOPOLOGIES),$(notdir $(wildcard .lab/*))),$(TOPOLOGY))

down: setup  ## Remove the nodes, their network and their secrets (all that are up, or those of TOPOLOGY)
	@set -e; for lab in $(if $(filter file,$(origin TOPOLOGY)),$(LABS),$(TOPOLOGY)); do \
	    ansible-playbook -i inventories/$$lab molecule/shared/destroy.yml; done

test: lint sanity unit integration  ## All that needs no nodes: lint, sanity, unit, integration

lint: setup  ## yamllint, ansible-lint (production), documentation
	git ls-files "*.yml" "*.yaml" .yamllint .ansible-lint | xargs yamllint --strict
	ansible-lint --strict
	antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=dependent .
	antsibull-changelog lint

sanity: setup  ## ansible-test sanity, without an ignore file
	@python tests/tools/sanity.py

unit: setup  ## Engine, planner, transport; the stand-in against recorded answers of a real Harbor
	@tests/tools/needs docker-registry
	pytest $(TWO) tests/unit tests/standin

integration: setup  ## Modules against the stand-in, or the Harbor of HARBOR_URL
	@tests/tools/needs docker-registry
	pytest $(if $(HARBOR_URL),,$(TWO)) tests/integration

standin: setup  ## A small Harbor for trying modules, on loopback (PORT=8080)
	@tests/tools/needs docker-registry
	@python -m standin serve --port $(PORT)

bench: setup  ## Apply and export against the least that any program needs (SIZES="30 200 1000" LATENCY_MS="0 5")
	@tests/tools/needs docker-registry
	python tests/bench/run.py

proof: setup  ## Proof of equality and catch-up of TAGS=3000 tags against their floor, and the whole policy by hand
	@tests/tools/needs docker-registry
	python tests/bench/equality.py

molecule: setup  ## The scenario of TOPOLOGY from create to destroy
	@tests/tools/engine
	molecule test --scenario-name $(TOPOLOGY)

drills: setup  ## Break a running `make up` cluster on purpose and measure
	pytest -sv tests/drills

docs: setup  ## Bring generated documentation up to date
	python tests/tools/generate_docs.py

clean: down  ## Also forget downloads, images and the environment
	-docker image rm -f anchorage-node:13
	rm -rf .venv .cache .lab
