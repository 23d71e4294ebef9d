# Harbor's form of a cron expression: second minute hour day month weekday, a time zone may stand before. What is wrong
# with one is said in the words of the library that Harbor uses.

import datetime
import re
from zoneinfo import ZoneInfo

from .web import bad, refuse_if

NAMES = {4: "jan feb mar apr may jun jul aug sep oct nov dec".split(), 5: "sun mon tue wed thu fri sat".split()}
BOUNDS = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]
UTC = datetime.timezone.utc


def check(text: str, what: str) -> None:
    """As Harbor checks it where something is scheduled."""
    try:
        refuse_if(not text, ValueError("empty cron string is invalid"))
        parse(text)
        if len(text.split(" ")) == 6 and not text.startswith("0 "):
            raise ValueError("the 1st field (indicating Seconds of time) of the cron setting must be 0")
    except ValueError as error:
        raise bad(f"invalid cron string for scheduled {what}: {text}, error: {error}") from None


def parse(text: str):
    """The values of each field, whether a day is free, and the time zone; ValueError for anything else."""
    zone: datetime.tzinfo = UTC
    refuse_if(not text, ValueError("empty spec string"))
    if text.startswith(("TZ=", "CRON_TZ=")):
        name, dummy, text = text.partition("=")[2].partition(" ")
        try:
            zone = ZoneInfo(name or "UTC")
        except (KeyError, ValueError, OSError):
            raise ValueError(f"provided bad location {name}: unknown time zone {name}") from None
        text = text.strip()
    refuse_if(text.startswith("@"), ValueError(f"parser does not accept descriptors: {text}"))
    parts = text.split()
    refuse_if(len(parts) != 6, ValueError(f"expected exactly 6 fields, found {len(parts)}: [{' '.join(parts)}]"))
    found = [[values(piece, *bounds, NAMES.get(place, [])) for piece in part.split(",") if piece]
             for place, (part, bounds) in enumerate(zip(parts, BOUNDS))]
    free = any(star for place in (3, 5) for dummy, star in found[place])
    return [set().union(*(numbers for numbers, dummy in pieces)) for pieces in found], free, zone


def values(text: str, low: int, high: int, names: list[str]) -> tuple[set[int], bool]:
    span, *steps = text.split("/")
    first, *last = span.split("-")
    star, step = first in ("*", "?"), 1
    refuse_if(len(last) > 1 and not star, ValueError(f"too many hyphens: {text}"))
    start = low if star else number(first, low, names)
    end = high if star else number(last[0], low, names) if last else start
    refuse_if(len(steps) > 1, ValueError(f"too many slashes: {text}"))
    if steps:
        step, end = number(steps[0], low, []), end if last else high
    refuse_if(start < low, ValueError(f"beginning of range ({start}) below minimum ({low}): {text}"))
    refuse_if(end > high, ValueError(f"end of range ({end}) above maximum ({high}): {text}"))
    refuse_if(start > end, ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}"))
    refuse_if(step == 0, ValueError(f"step of range should be a positive number: {text}"))
    return set(range(start, end + 1, step)), star and step == 1


def number(text: str, low: int, names: list[str]) -> int:
    # Months are counted from 1, weekdays from 0: that is where each begins.
    if text.lower() in names:
        return names.index(text.lower()) + low
    if not re.fullmatch(r"[+-]?\d+", text):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


def following(text: str, moment: datetime.datetime) -> datetime.datetime | None:
    """When it fires next; None for never."""
    (seconds, minutes, hours, days, months, weekdays), free, zone = parse(text)
    here = moment.replace(tzinfo=UTC).astimezone(zone)
    for later in range(5 * 366):
        day = here.date() + datetime.timedelta(later)
        right = day.day in days, day.isoweekday() % 7 in weekdays
        # Both given: either is enough, as ever in cron.
        if day.month in months and (all(right) if free else any(right)):
            times = (datetime.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=zone)
                     for hour in sorted(hours) for minute in sorted(minutes) for second in sorted(seconds))
            if found := next((time for time in times if time > here), None):
                return found.astimezone(UTC).replace(tzinfo=None)
    return None


def fires(text: str, minute: datetime.datetime) -> bool:
    found = following(text, minute - datetime.timedelta(seconds=1))
    return found is not None and found < minute + datetime.timedelta(minutes=1)
