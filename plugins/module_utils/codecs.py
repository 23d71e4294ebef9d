# Copyright (c) anchorage.harbor contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How values of a user and values in Harbor's JSON become each other. Pure functions."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass

UNITS = {"": 1, "B": 1, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
LONGEST_DAY = {1: 31, 2: 29, 3: 31, 4: 30, 5: 31, 6: 30, 7: 31, 8: 31, 9: 30, 10: 31, 11: 30, 12: 31}
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
CRON_FIELDS = (
    ("second", 0, 59, ()),
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day", 1, 31, ()),
    ("month", 1, 12, MONTHS),
    ("weekday", 0, 6, WEEKDAYS),
)


def same(value):
    return value


@dataclass(frozen=True)
class Codec:
    """`encode` makes Harbor's value of a user's and raises ValueError with the remedy; `decode` goes back. What is
    alike has the same `decode(encode(value))`.
    """

    encode: object = same
    decode: object = same


def size(text):
    """Bytes of `10GiB`, `-1` (no limit) or a bare number."""
    found = re.fullmatch(r"(-?[0-9]+)\s*([KMGT]iB|B)?", str(text).strip(), re.IGNORECASE)
    count = int(found[1]) * UNITS[(found[2] or "").upper()] if found else 0
    # Harbor reads 0 as "the default" when a project is created and refuses it later.
    if count == 0 or count < -1 or count > 2**50:
        raise ValueError("give a size up to 1024TiB such as 20GiB or 500MiB, or -1 for no limit")
    return count


def readable(count):
    """The shortest exact way to write a number of bytes."""
    for unit in ("TiB", "GiB", "MiB", "KiB"):
        if count > 0 and count % UNITS[unit.upper()] == 0:
            return "%d%s" % (count // UNITS[unit.upper()], unit)
    return str(count)


def address(text):
    """Harbor cuts slashes at the end and adds http:// itself."""
    text = text.strip().rstrip("/")
    if not re.fullmatch(r"([Hh][Tt][Tt][Pp][Ss]?://)?[^\s:/?#@]+(:[0-9]+)?(/[^\s?#@]*)?", text):
        raise ValueError("give an address such as https://registry.example.org, without user, query or blanks")
    return text if "://" in text else "http://" + text


def cron(text):
    """Six fields with single blanks. Harbor stores what it gets, and a schedule that never fires makes its job
    service spin until it is killed.
    """
    fields = text.split()
    if not fields:
        return ""
    remedy = "give six fields (second, minute, hour, day, month, weekday), the first of them 0, such as 0 0 2 * * *"
    if len(fields) != 6 or fields[0] != "0":
        raise ValueError(remedy)
    sets = [cron_field(field, *limits) for field, limits in zip(fields, CRON_FIELDS)]
    if fields[5] in "*?" and not any(day <= LONGEST_DAY[month] for day in sets[3] for month in sets[4]):
        raise ValueError("there is no day %s in month %s, so it would never run" % (fields[3], fields[4]))
    return " ".join(fields)


def cron_field(text, name, low, high, words):
    """The numbers that a field of a schedule stands for."""
    found = set()
    for part in text.split(","):
        match = re.fullmatch(r"(\*|\?|\w+)(?:-(\w+))?(?:/([0-9]+))?", part)
        if not match:
            raise ValueError("its %s %s cannot be read" % (name, text))
        first, last, step = match.groups()
        if first in "*?":
            numbers = (low, high)
        else:
            numbers = tuple(
                cron_number(word, name, words) for word in (first, last or (first if not step else str(high)))
            )
        if int(step or 1) < 1 or not low <= numbers[0] <= numbers[1] <= high:
            raise ValueError("its %s %s is not within %s to %s" % (name, text, low, high))
        found.update(range(numbers[0], numbers[1] + 1, int(step or 1)))
    return found


def cron_number(word, name, words):
    if word.upper() in words:
        return words.index(word.upper()) + (name == "month")
    if not word.isdigit():
        raise ValueError("its %s %s cannot be read" % (name, word))
    return int(word)


def replication_cron(text):
    """As any schedule; of replication Harbor also refuses one that runs every minute."""
    text = cron(text)
    if text.split()[1:2] == ["*"]:
        raise ValueError("its minute must not be *, Harbor refuses that for replication: give minutes, such as */10")
    return text


def distinct(values):
    """A list without doubles: Harbor answers those with an error that says nothing."""
    if any(not value.strip() for value in values):
        raise ValueError("an entry is empty: remove it")
    return sorted(set(values))


def get(document, place):
    """The value at a dotted place, or None."""
    for name in place.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def put(document, place, value):
    """Set the value at a dotted place."""
    *parents, last = place.split(".")
    for name in parents:
        document = document.setdefault(name, {})
    document[last] = value


def unpacked(text):
    """The value of a text that should hold JSON; None when it does not, since Harbor stores any text."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None


def compact(text):
    """A text of JSON, however it was written; any other text as it is."""
    value = unpacked(text)
    return text or "" if value is None else json.dumps(value, sort_keys=True)


def strong(value):
    """What Harbor asks of a password or a secret; the value itself is never told."""
    if not (8 <= len(value) <= 128 and re.search("[a-z]", value) and re.search("[A-Z]", value)
            and re.search("[0-9]", value)):
        raise ValueError("give 8 to 128 characters with a lower-case letter, an upper-case letter and a digit")
    return value


def numbered(**numbers):
    """Words for what Harbor numbers."""
    words = {number: word for word, number in numbers.items()}
    return Codec(numbers.get, lambda number: words.get(number, number))


def integer(text):
    """The number of a text; 0 for what is none, since Harbor stores any text."""
    value = unpacked(str(text))
    return value if isinstance(value, int) else 0


# Harbor keeps the metadata of projects as texts.
TEXT_BOOLEAN = Codec(lambda value: "true" if value else "false", lambda value: str(value).lower() in ("true", "1", "t"))
TEXT_INTEGER = Codec(str, integer)
SIZE = Codec(size, readable)
URL = Codec(address)
# Seconds since 1970; Harbor's "never" is null, the user's is 0.
EXPIRY = Codec(lambda value: value or None, lambda value: value or 0)
REPLICATION_CRON = Codec(replication_cron, lambda value: " ".join((value or "").split()))
PEM = Codec(
    lambda value: value.replace("\r\n", "\n").strip(), lambda value: (value or "").replace("\r\n", "\n").strip()
)
CVE_IDS = Codec(
    lambda value: [{"cve_id": name} for name in distinct(value)],
    lambda value: sorted(item["cve_id"] for item in value or []),
)
CRON = Codec(cron, lambda value: " ".join((value or "").split()))
COMMAS = Codec(
    lambda value: ",".join(sorted(set(value))),
    lambda value: sorted({name.strip() for name in value.split(",")} - {""}) if isinstance(value, str) else [],
)
LOWER = Codec(lambda value: value.strip().lower(), lambda value: (value or "").strip().lower())
HTML = Codec(decode=html.unescape)
JSON_TEXT = Codec(decode=compact)
AUTH = Codec(lambda value: "" if value == "none" else value, lambda value: value or "none")
PASSWORD = Codec(strong)
