"""What was equal is remembered, whatever happens next."""

import json
import stat

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.flows import Flow, pairs_of
from ansible_collections.anchorage.harbor.plugins.module_utils.inventory import Image, Inventory
from ansible_collections.anchorage.harbor.plugins.module_utils.ledger import Ledger

(PAIR,) = pairs_of([Flow("b", "a"), Flow("a", "b")])


def stock(**tags):
    return Inventory(tags={("team/api", name): Image(digest) for name, digest in tags.items()})


def noted(path, a, b):
    ledger = Ledger(path)
    ledger.note(PAIR, a, b)
    ledger.save()
    return Ledger(path).page(PAIR)


def test_one_look_after_the_other(tmp_path):
    path = str(tmp_path / "ledger")
    page = noted(path, stock(same="1", differs="1", alone="1"), stock(same="1", differs="2"))
    assert [page.get(("team/api", name)) for name in ("same", "differs", "alone")] == ["1", None, None]
    assert page.covers("team") and not page.covers("web")
    page = noted(path, stock(same="2", new="3"), stock(same="1", new="3"))
    assert [page.get(("team/api", name)) for name in ("same", "new")] == ["1", "3"]  # differs: its last word stays
    page = noted(path, stock(new="3"), stock(new="3"))
    assert page.get(("team/api", "same")) is None  # gone on both
    assert stat.S_IMODE((tmp_path / "ledger").stat().st_mode) == 0o600


def test_what_waits_for_a_human_is_no_news_the_next_time(tmp_path):
    ledger = Ledger(str(tmp_path / "ledger"))
    ledger.note(PAIR, stock(same="1", alone="1", failed="1"), stock(same="1"), {("team/api", "alone")})
    words = [("same", "1"), ("alone", ""), ("failed", None)]
    assert [ledger.page(PAIR).get(("team/api", name)) for name, _word in words] == [word for _name, word in words]
    ledger.note(PAIR, stock(same="1", alone="1"), stock(same="1"))
    assert ledger.page(PAIR).get(("team/api", "alone")) == ""  # until it is equal, or gone
    ledger.note(PAIR, stock(alone="1"), stock(alone="1"))
    assert ledger.page(PAIR).get(("team/api", "alone")) == "1"


def test_nothing_new_writes_nothing(tmp_path):
    path = tmp_path / "ledger"
    noted(str(path), stock(one="1"), stock(one="1"))
    before = path.stat().st_ino
    noted(str(path), stock(one="1"), stock(one="1"))
    assert path.stat().st_ino == before and [one.name for one in tmp_path.iterdir()] == ["ledger"]


def test_a_pair_is_the_same_either_way(tmp_path):
    path = str(tmp_path / "ledger")
    noted(path, stock(one="1"), stock(one="1"))
    (other,) = pairs_of([Flow("a", "b")])
    assert Ledger(path).page(other).get(("team/api", "one")) == "1"


def test_without_a_path_nothing_is_known():
    ledger = Ledger(None)
    ledger.note(PAIR, stock(one="1"), stock(one="1"))
    ledger.save()
    assert not Ledger(None).page(PAIR).covers("team")


@pytest.mark.parametrize("text", ["", "[]", json.dumps({"pairs": []})])
def test_a_file_that_is_no_ledger_is_not_overwritten(tmp_path, text):
    path = tmp_path / "ledger"
    path.write_text(text)
    with pytest.raises(InputError, match="option ledger"):
        Ledger(str(path))
    assert path.read_text() == text


def test_a_directory_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="make it first"):
        Ledger(str(tmp_path / "away" / "ledger"))
