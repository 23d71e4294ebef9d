"""A part of a node fails with its port still open: the balancers must see through it (done 6)."""

import drill
import lab
import pytest
from load import Load

pytestmark = pytest.mark.ha
ADDRESS = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"


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
    """After a restart in another order core and portal have swapped addresses, and nginx asks the one it looked up once."""
    victim, balancer = lab.members("harbor_server")[1], drill.holders()[0]
    portal = drill.inside(victim, f"docker inspect -f '{ADDRESS}' harbor-portal").strip()
    drill.inside(victim, f"docker exec -u 0 nginx sh -c 'echo {portal} core >>/etc/hosts' && docker kill -s HUP nginx")
    try:
        page = f"python3 -c '{drill.FETCH}' http://127.0.0.1/api/v2.0/health"
        drill.eventually(lambda: "<html" in drill.inside(victim, page).lower(), 30, "the web page is there")
        out_after = drill.eventually(lambda: drill.rotation(balancer)[victim] != "UP", 40, f"{victim} is out")
        drill.say(f"web page on the API's paths of {victim}: out of rotation after {out_after:.1f} s")
    finally:
        drill.inside(victim, "timeout 90 python3 /usr/local/sbin/harbor-settle")
    assert drill.health(victim) == "healthy", "what the unit runs after each boot sees a proxy that asks the wrong one"
