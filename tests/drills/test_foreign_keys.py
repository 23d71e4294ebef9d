"""Another key on the second node stops the play before Harbor is touched; it says which file on which host (done 3)."""

import contextlib
import json

import drill
import lab
import pytest

pytestmark = pytest.mark.ha
SECRET = "/data/secret"


@contextlib.contextmanager
def replaced(node, path, make):
    drill.inside(node, f"cp -p {path} {path}.kept && {make}")
    try:
        yield
    finally:
        drill.inside(node, f"mv {path}.kept {path}")


FOREIGN = {
    "secretkey": (f"{SECRET}/keys/secretkey", f"printf 0123456789abcdef >{SECRET}/keys/secretkey"),
    "private_key.pem": (
        f"{SECRET}/core/private_key.pem",
        f"openssl genrsa -traditional 2048 2>/dev/null >{SECRET}/core/private_key.pem",
    ),
}


@pytest.mark.parametrize("key", FOREIGN)
def test_play_stops_and_names_file_and_host(key):
    node = lab.members("harbor_server")[-1]
    path, make = FOREIGN[key]
    starts, values = drill.starts(), lab.secrets()
    with replaced(node, path, make):
        run = drill.Run()
    assert run.code != 0
    said = [text for (host, _), text in run.failures().items() if node in text and path.rsplit("/", 1)[-1] in text]
    assert said, run.failures()
    drill.say(
        f"{key} differs on {node}: stopped in {[task for _, task in run.failures()]}: {json.loads(said[0])['msg'][:300]}"
    )
    assert drill.starts() == starts, "a container was touched"
    assert [name for name, value in values.items() if value in run.text] == []
