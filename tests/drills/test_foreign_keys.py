"""Another key on the second node stops the play before Harbor is touched; it says which file on which host (done 3)."""

import contextlib
import json

import drill
import lab
import pytest

pytestmark = pytest.mark.ha
SECRET = "/data/secret"


FOREIGN = {
    f"{SECRET}/keys/secretkey": "printf 0123456789abcdef",
    f"{SECRET}/core/private_key.pem": "openssl genrsa -traditional 2048 2>/dev/null",
    "/etc/harbor/keys/jobservice_secret": "printf 0123456789abcdef",
}


@contextlib.contextmanager
def replaced(node, path):
    drill.inside(node, f"cp -p {path} {path}.kept && {FOREIGN[path]} >{path}")
    try:
        yield
    finally:
        drill.inside(node, f"mv {path}.kept {path}")


@pytest.mark.parametrize("path", FOREIGN)
def test_play_stops_and_names_file_and_host(path):
    node = lab.members("harbor_server")[-1]
    starts, values = drill.starts(), lab.secrets()
    with replaced(node, path):
        run = drill.Run()
    said = [text for text in run.failures().values() if node in text and path in text]
    assert run.code != 0
    assert said, run.failures()
    drill.say(f"{path} differs on {node}, the play stopped: {json.loads(said[0])['msg']}")
    assert drill.starts() == starts, "a container was touched"
    assert [name for name, value in values.items() if value in run.text] == []
