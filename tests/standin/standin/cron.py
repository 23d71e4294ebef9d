# Harbor's form of a cron expression: second minute hour day month weekday, a time zone may stand before. What is wrong
# with one is said in the words of the library that Harbor uses.

import datetime
import itertools
import re
from zoneinfo import ZoneInfo

from .facts import JOBS
from .web import bad, refuse_if

UTC = datetime.timezone.utc
# Among the values of a field: it takes all.
STAR = -1


def check(text: str, what: str) -> None:
    """As Harbor checks it where something is scheduled."""
    try:
        refuse_if(not text, ValueError("empty cron string is invalid"))
        parse(text)
        refuse_if(len(text.split(" ")) == 6 and not text.startswith("0 "), ValueError(JOBS["seconds"]))
    except ValueError as error:
        raise bad(f"invalid cron string for scheduled {what}: {text}, error: {error}") from None


def parse(text: str) -> tuple[list[set[int]], datetime.tzinfo]:
    """The values of each field, and the time zone; ValueError for anything else."""
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
    return [set().union(*(values(piece, *field) for piece in part.split(",") if piece))
            for part, field in zip(parts, JOBS["fields"])], zone


def values(text: str, low: int, high: int, names: str) -> set[int]:
    span, *steps = text.split("/")
    first, *last = span.split("-")
    star, step = first in ("*", "?"), 1
    refuse_if(len(last) > 1 and not star, ValueError(f"too many hyphens: {text}"))
    start = low if star else number(first, low, names)
    end = high if star else number(last[0], low, names) if last else start
    refuse_if(len(steps) > 1, ValueError(f"too many slashes: {text}"))
    if steps:
        step, end = number(steps[0], low, ""), end if last else high
    refuse_if(start < low, ValueError(f"beginning of range ({start}) below minimum ({low}): {text}"))
    refuse_if(end > high, ValueError(f"end of range ({end}) above maximum ({high}): {text}"))
    refuse_if(start > end, ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}"))
    refuse_if(step == 0, ValueError(f"step of range should be a positive number: {text}"))
    return {*range(start, end + 1, step), *[STAR] * (star and step == 1)}


def number(text: str, low: int, names: str) -> int:
    # Months are counted from 1, weekdays from 0: that is where each begins.
    if text.lower() in names.split():
        return names.split().index(text.lower()) + low
    refuse_if(not re.fullmatch(r"[+-]?\d+", text), ValueError(JOBS["integer"].format(text)))
    return int(text)


def following(text: str, moment: datetime.datetime) -> datetime.datetime | None:
    """When it fires next; None for never."""
    (*clock, days, months, weekdays), zone = parse(text)
    here = moment.replace(tzinfo=UTC).astimezone(zone)
    times = sorted(datetime.time(*time) for time in itertools.product(*(field - {STAR} for field in reversed(clock))))
    for day in (here.date() + datetime.timedelta(later) for later in range(5 * 366)):
        # Both given: either is enough, as ever in cron.
        fits = (all if STAR in days | weekdays else any)((day.day in days, day.isoweekday() % 7 in weekdays))
        for time in times if fits and day.month in months else ():
            if (found := datetime.datetime.combine(day, time, zone)) > here:
                return found.astimezone(UTC).replace(tzinfo=None)
    return None


def fires(text: str, minute: datetime.datetime) -> bool:
    found = following(text, minute - datetime.timedelta(seconds=1)) or datetime.datetime.max
    return found < minute + datetime.timedelta(minutes=1)
