"""A part of a node fails with its port still open: the balancers must see through it (done 6)."""

import drill
import lab
import pytest
from load import Load

pytestmark = pytest.mark.ha


@pytest.mark.parametrize("part", ["harbor-core", "registry"])
def test_part_is_stopped(part):
    victim, balancer = lab.members("harbor_server")[1], drill.holders()[0]
    with Load() as load:
        drill.inside(victim, f"docker stop -t 1 {part}")
        try:
            out_after = drill.eventually(
                lambda: drill.rotation(balancer)[victim] != "UP", 40, f"{victim} is out of rotation"
            )
            assert "200" in drill.inside(
                victim,
                "python3 -c 'import urllib.request as u;print(u.urlopen(\"http://127.0.0.1/\", timeout=5).status)'",
            )
        finally:
            drill.inside(victim, f"docker start {part}")
        back_after = drill.eventually(
            lambda: drill.rotation(balancer)[victim] == "UP", 120, f"{victim} is back in rotation"
        )
    drill.say(
        f"{part} stopped on {victim}: out of rotation after {out_after:.1f} s, back after {back_after:.1f} s; "
        f"{load.summary()}"
    )


def test_web_page_answers_on_the_paths_of_the_api():
    """Core and portal come back in another order, their addresses swap, and nginx asks the one it looked up once."""
    victim, balancer = lab.members("harbor_server")[1], drill.holders()[0]
    drill.inside(
        victim, "docker stop -t 1 harbor-core harbor-portal && docker start harbor-portal && docker start harbor-core"
    )
    try:
        page = f"python3 -c '{drill.FETCH}' http://127.0.0.1/api/v2.0/health"
        drill.eventually(
            lambda: "<html" in drill.inside(victim, page).lower(), 30, "the web page answers on the API's path"
        )
        out_after = drill.eventually(
            lambda: drill.rotation(balancer)[victim] != "UP", 40, f"{victim} is out of rotation"
        )
        drill.say(f"web page on the API's paths of {victim}: out of rotation after {out_after:.1f} s")
    finally:
        drill.inside(victim, "docker restart -t 1 nginx")
