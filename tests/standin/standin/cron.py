# Harbor's form of a cron expression: second minute hour day month weekday. Whether it fires in a given minute.

import datetime

NAMES = {3: "jan feb mar apr may jun jul aug sep oct nov dec".split(), 4: "sun mon tue wed thu fri sat".split()}
BOUNDS = [(0, 59), (0, 59), (0, 23), (1, 31), (1, 12), (0, 6)]


def parse(text: str) -> list[set[int]]:
    """The values of each field; ValueError for anything else."""
    parts = text.split()
    if len(parts) != 6:
        raise ValueError(text)
    return [values(part, *bounds, NAMES.get(number - 1, [])) for number,
            (part, bounds) in enumerate(zip(parts, BOUNDS))]


def values(part: str, low: int, high: int, names: list[str]) -> set[int]:
    found = set()
    for piece in part.split(","):
        span, slash, step = piece.partition("/")
        first, dash, last = ("", "", "") if span in ("*", "?") else span.partition("-")
        start = number(first, low, names) if first else low
        end = number(last, low, names) if dash else high if slash or not first else start
        if not low <= start <= end <= high or slash and int(step) < 1:
            raise ValueError(part)
        found |= set(range(start, end + 1, int(step) if slash else 1))
    return found


def number(text: str, low: int, names: list[str]) -> int:
    # Months are counted from 1, weekdays from 0: that is where each begins.
    return names.index(text.lower()) + low if text.lower() in names else int(text)


def fires(text: str, time: datetime.datetime) -> bool:
    second, minute, hour, day, month, weekday = parse(text)
    starred = [part[0] in "*?" for part in text.split()]
    right_day, right_weekday = time.day in day, time.isoweekday() % 7 in weekday
    # Both given: either is enough, as ever in cron.
    on = right_day and right_weekday if starred[3] or starred[5] else right_day or right_weekday
    return time.minute in minute and time.hour in hour and time.month in month and on
