"""The balancer that holds the address dies: the other one takes it and keeps it (done 6)."""

import drill
import lab
import pytest
from load import Load

pytestmark = pytest.mark.ha


def runs(name, unit):
    return lab.connect(name).run(f"systemctl is-active {unit}").stdout.strip() == "active"


# Each in turn: one of the two has the higher priority and would take the address back.
@pytest.mark.parametrize("turn", ["one", "other"])
def test_address_moves_within_three_seconds_and_stays(turn):
    victim = drill.holders()[0]
    with Load("/api/v2.0/ping") as load:
        drill.holds(lambda: drill.holders() == [victim], 3, f"{victim} holds the address")
        drill.engine("kill", victim)
        try:
            moved = drill.eventually(
                lambda: drill.holders() and drill.holders() != [victim], 20, "the other balancer holds the address"
            )
            heir = drill.holders()
        finally:
            drill.engine("start", victim)
        drill.eventually(lambda: runs(victim, "keepalived"), 60, f"{victim} is back")
        drill.holds(lambda: drill.holders() == heir, 6, f"{heir} keeps the address, also when {victim} is back")
    drill.say(f"{victim} ({turn}) killed: {load.summary()}; address seen on the other after {moved:.1f} s")
    assert load.gap() < 3
