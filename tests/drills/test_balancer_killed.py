"""The balancer that holds the address dies: the other one takes it (done 6)."""

import drill
import pytest
from load import Load

pytestmark = pytest.mark.ha


def test_address_moves_within_three_seconds():
    victim = drill.holders()[0]
    with Load("/api/v2.0/ping") as load:
        drill.holds(lambda: drill.holders() == [victim], 3, f"{victim} holds the address")
        drill.engine("kill", victim)
        try:
            moved = drill.eventually(
                lambda: drill.holders() and drill.holders() != [victim], 20, "the other balancer holds the address"
            )
        finally:
            drill.engine("start", victim)
        drill.holds(
            lambda: len(drill.holders()) == 1, 10, "one balancer holds the address, also when the other is back"
        )
    drill.say(f"{victim} killed: {load.summary()}; address seen on the other after {moved:.1f} s")
    assert load.gap() < 3
