"""Do values of people and values of Harbor become each other? Tables, and what holds for all values."""

import pytest
from ansible_collections.anchorage.harbor.plugins.module_utils import codecs
from hypothesis import given, settings, strategies


@pytest.mark.parametrize(
    "text, count",
    [
        ("-1", -1),
        ("1", 1),
        ("20GiB", 20 * 2**30),
        ("500 mib", 500 * 2**20),
        (" 3KiB ", 3072),
        ("1024TiB", 2**50),
        ("7B", 7),
    ],
)
def test_sizes(text, count):
    assert codecs.size(text) == count


@settings(derandomize=True)
@given(strategies.integers(1, 2**50))
def test_a_size_reads_back(count):
    assert codecs.size(codecs.readable(count)) == count


@pytest.mark.parametrize(
    "text, stored", [("https://h/", "https://h"), (" h:5000// ", "http://h:5000"), ("HTTP://h/path/", "HTTP://h/path")]
)
def test_addresses(text, stored):
    assert codecs.address(text) == stored
    assert codecs.address(stored) == stored


@pytest.mark.parametrize("text", ["", "https://", "ftp://h", "https://u:p@h", "https://h?x=1", "https://h#x", "a b"])
def test_addresses_that_cannot_be(text):
    with pytest.raises(ValueError, match="give an address"):
        codecs.address(text)


@pytest.mark.parametrize(
    "text",
    [
        "0 0 2 * * *",
        "0 */10 * * * ?",
        "0 0 0 29 2 *",
        "0 0 0 31 1,12 *",
        "0 0 0 ? * MON-FRI",
        "0 5-10/2 1,3 1-31 JAN-mar *",
        "0 0 0 31 2 1",
    ],
)
def test_schedules(text):
    assert codecs.cron("  ".join(text.split())) == text


@pytest.mark.parametrize(
    "text, said",
    [
        ("0 0 2 * *", "six fields"),
        ("1 0 2 * * *", "first of them 0"),
        ("@daily", "six fields"),
        ("TZ=UTC 0 0 2 * * *", "six fields"),
        ("0 60 2 * * *", "minute 60 is not within"),
        ("0 0 24 * * *", "hour"),
        ("0 0 2 0 * *", "day 0"),
        ("0 0 2 * 13 *", "month"),
        ("0 0 2 * * 7", "weekday"),
        ("0 5-1 * * * *", "minute 5-1"),
        ("0 */0 * * * *", "minute"),
        ("0 a * * * *", "cannot be read"),
        ("0 , * * * *", "cannot be read"),
        ("0 0 0 30 2 *", "never run"),
        ("0 0 0 31 4,6,9,11 *", "never run"),
        ("0 0 0 30-31 FEB ?", "never run"),
    ],
)
def test_schedules_that_cannot_be(text, said):
    with pytest.raises(ValueError, match=said):
        codecs.cron(text)


def test_a_replication_every_minute_cannot_be():
    with pytest.raises(ValueError, match="minute must not be"):
        codecs.replication_cron("0 * * * * *")
    assert codecs.replication_cron("0 */1 * * * *") == "0 */1 * * * *"
