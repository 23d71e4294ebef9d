"""Both nodes are one Harbor: what one signed the other takes (done 3)."""

import drill
import lab
import pytest

pytestmark = pytest.mark.ha
PULL = """
import json, sys, urllib.request
token, url = json.load(sys.stdin)
accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token, "Accept": accept})
print(urllib.request.urlopen(request, timeout=20).headers["Docker-Content-Digest"])
"""


def test_token_of_one_node_works_on_the_other(image):
    digest = image[1]
    nodes = lab.members("harbor_server")
    for here, there in zip(nodes, nodes[1:] + nodes[:1]):
        scope = "/service/token?service=harbor-registry&scope=repository:library/drill:pull"
        token = drill.api("GET", scope, base=f"http://{lab.address(here)}")["token"]
        got = drill.script(
            lab.way_in()["client"], PULL, [token, f"http://{lab.address(there)}/v2/library/drill/manifests/1"]
        )
        assert got.strip() == digest
    drill.say(f"tokens of {', '.join(nodes)} worked on each other's registry")
