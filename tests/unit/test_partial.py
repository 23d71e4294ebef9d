"""A partial item never changes what it does not name: for every option of every kind, with items and documents of
Harbor made by hypothesis from the descriptions.
"""

import copy
import json
import re

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils import codecs, engine
from ansible_collections.anchorage.harbor.plugins.module_utils.body import body_of
from ansible_collections.anchorage.harbor.plugins.module_utils.description import get, put
from ansible_collections.anchorage.harbor.plugins.module_utils.errors import InputError
from ansible_collections.anchorage.harbor.plugins.module_utils.resources import RESOURCES
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies as st

IDS = {"one": 1, "two": 2}
NAMES = {number: name for name, number in IDS.items()}
ROUNDS = 20  # of examples, before an option counts as never changed
NOBODY = 77  # an id that no name belongs to
PARENT = ("team", 5)
CRONS = ("", "0 0 2 * * *", "0 30 3 * * 1-5", "0 0 0 1 1,7 *")
ALPHABET = st.characters(codec="utf-8", exclude_categories=("C",))
WORDS = st.text(ALPHABET, max_size=12)
BY_KIND = {resource.kind: resource for resource in RESOURCES}
QUICK = settings(
    max_examples=30,
    phases=[Phase.generate],
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)

# Values that a codec takes and no pattern describes.
BY_CODEC = {
    codecs.SIZE: st.builds("{}{}".format, st.integers(1, 999), st.sampled_from(["", "B", "KiB", "MiB", "GiB", "TiB"]))
    | st.just("-1"),
    codecs.URL: st.builds(
        "{}{}{}".format,
        st.sampled_from(["", "http://", "https://"]),
        st.from_regex(r"\A[a-z]{1,9}(:[1-9][0-9]{1,3})?\Z"),
        st.sampled_from(["", "/", "/a"]),
    ),
    codecs.CRON: st.sampled_from(CRONS),
    codecs.REPLICATION_CRON: st.sampled_from(CRONS),
    codecs.CVE_IDS: st.lists(st.from_regex(r"\ACVE-[0-9]{4}-[0-9]{4}\Z"), unique=True, max_size=3),
    codecs.JSON_TEXT: st.dictionaries(WORDS, WORDS | st.booleans(), max_size=2).map(json.dumps) | st.just(""),
}


def valid(field):
    """What a user may write for an option."""
    if field.choices:
        found = st.sampled_from(field.choices)
        found = st.lists(found, unique=True, max_size=3) if field.type == "list" else found
    elif field.codec in BY_CODEC:
        found = BY_CODEC[field.codec]
    elif field.ref:
        found = st.sampled_from(sorted(IDS) + [""] * (not field.required))
    elif field.options:
        found = entries(field.options)
        found = st.lists(found, max_size=3) if field.type == "list" else found
    elif field.type == "list":
        found = st.lists(st.from_regex(r"\A[a-z]{1,9}(_[a-z]{1,9})?\Z"), unique=True, max_size=3)
    elif field.type == "str":
        found = texts(field.pattern) if field.pattern else st.just("Str0ng-secret") if field.secret else WORDS
    else:
        found = {
            "bool": st.booleans(),
            "int": st.integers(
                -1 if field.minimum is None else field.minimum, 9 if field.maximum is None else field.maximum
            ),
            "dict": st.dictionaries(WORDS, WORDS, max_size=2),
            "raw": WORDS | st.lists(WORDS, max_size=2),
        }[field.type]
    return found.filter(lambda value: not field.check(value))


def texts(pattern):
    """Texts of a pattern, whose words about the whole of it are left to the check that follows."""
    flags = {"(?s)": re.DOTALL, "(?i)": re.IGNORECASE}.get(pattern[:4], 0)
    return st.from_regex(
        re.compile(re.sub(r"^\(\?[si]\)|\(\?=.*?\$\)", "", pattern), flags), fullmatch=True, alphabet=ALPHABET
    )


def entries(options):
    return st.fixed_dictionaries(
        {option.name: valid(option) for option in options if option.required},
        optional={option.name: valid(option) for option in options if not option.required},
    )


def held(field, value):
    """A value as Harbor holds it."""
    return IDS.get(value, 0) if field.ref and not field.reads_name else field.encode(value)


def items(kind):
    """A value for each option of a kind."""
    return st.fixed_dictionaries({field.name: valid(field) for field in BY_KIND[kind].fields})


def documents(kind):
    """For each option that Harbor shows a value, whether zero is left out, and whether it is odd."""
    shown = [field for field in BY_KIND[kind].fields if field.readable or not field.secret]
    return st.fixed_dictionaries(
        {field.name: st.tuples(valid(field), st.booleans(), st.sampled_from(["", "", "odd"])) for field in shown}
    )


def document_of(resource, drawn):
    """An object as Harbor shows it: zero values may be left out, and odd ones are such as nobody should have let in."""
    found = {resource.ident: 9}
    for number, place in enumerate(resource.echo):
        put(found, place, number)
    for name, (value, left_out, odd) in drawn.items():
        field = resource.field(name)
        value = held(field, value)
        if odd and field.ref and not field.reads_name:
            value = NOBODY
        elif odd and name not in resource.key and isinstance(value, str) and not field.packed:
            value = "at midnight, or even later than that"
        elif odd and field.type == "bool" and value is True:
            value = False
        elif odd and name == "trigger" and not field.packed:
            put(value, "trigger_settings.cron", "at midnight")
        if value or not left_out:
            put(found, field.place, value)
    if resource.kind == "robot":
        found["full_name"] = "robot$team+" + found["name"]
    return found


def current_of(resource, document):
    return engine.current_of(resource, document, lambda kind, number: NAMES.get(number, number))


def ident(kind, name, above=""):
    return IDS.get(name, name)


def after(step, body, document):
    """What Harbor holds when it has taken the body and the requests for single options."""
    resource = step.resource
    if resource.kind in ("robot", "retention_policy"):
        # What goes out in other words comes back in ours.
        body = resource.read_with(copy.deepcopy(body), {"parent": PARENT[0], "prefix": "robot$"})
    found = {} if resource.write == "replace" and step.sends_object else copy.deepcopy(document)
    for field in resource.fields:
        place = field.wire_update or field.place
        if step.sends_object and (
            get(body, place) is not None or field.together and get(body, place.rpartition(".")[0])
        ):
            put(found, field.place, get(body, place))
        if field.part and (field.name in step.changes or get(document, field.place) is not None):
            put(
                found,
                field.place,
                held(field, step.wanted[field.name]) if field.name in step.changes else get(document, field.place),
            )
    return found


def means(field, value):
    if field.ref and not value:
        return ""
    return field.canonical(value if field.ref else field.decode(value))


def check(resource, document, item):
    """One partial item changes what it names, and nothing else, once. Returns the options that it changed."""
    current = current_of(resource, document)
    try:
        step = engine.decide(resource, dict(item), current)
    except InputError:
        return set()
    if step is None or any(resource.field(name).remade for name in step.changes):
        return set(step.changes if step else ())
    assert set(step.changes) <= set(item)
    body = body_of(step, ident, PARENT) if step.sends_object else {}
    if step.sends_object:
        assert [get(body, place) for place in resource.echo] == [get(document, place) for place in resource.echo]
    found = after(step, body, document)
    for field in resource.fields:
        if field.name in step.changes:
            ours, theirs = (means(field, get(one, field.place)) for one in (found, document))
            if field.type == "dict" and field.options:
                assert {name: ours[name] for name in ours if name not in item[field.name]} == {
                    name: theirs[name] for name in theirs if name not in item[field.name]
                }
            continue
        if field.secret and not field.readable:
            # An empty name takes its secret along.
            dropped = field.goes_with in step.changes and not item[field.goes_with]
            assert get(body, field.wire_update or field.place) in ((None, "") if dropped else (None,))
        else:
            assert means(field, get(found, field.place)) == means(field, get(document, field.place)), field.name
    assert engine.decide(resource, dict(item), current_of(resource, found)) is None
    return set(step.changes)


@pytest.mark.parametrize("kind", BY_KIND)
def test_what_is_not_named_stays(kind):
    """With so many rounds that every option was changed at least once."""
    resource, changed = BY_KIND[kind], set()
    others = [field.name for field in resource.fields if field.name not in resource.key]

    @QUICK
    @given(
        documents(kind),
        items(kind),
        st.lists(st.sampled_from(others), unique=True, max_size=5) if others else st.just([]),
    )
    def run(drawn, wanted, several):
        document = document_of(resource, drawn)
        key = {name: current_of(resource, document)[name] for name in resource.key}
        for names in (*([name] for name in others), several):
            changed.update(check(resource, document, {**key, **{name: wanted[name] for name in names}}))

    options = {field.name for field in resource.fields if not (field.create_only or field.secret)} - set(resource.key)
    for number in range(ROUNDS):
        seed(number)(run)()
        if changed >= options:
            return
    raise AssertionError(f"never changed: {options - changed}")
