"""The filters `time` and `duration`: times and spans in words, whatever the system's language.

Pure: a format is read once, from a short list of codes without widths, so that what it makes is
hardly longer than itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec

from pulse_router.domain.templates.values import number

MILLISECONDS_FROM: Final = 1e11
"""Numbers from here on are milliseconds, as in the `ts` of a payload."""
MAX_FORMAT: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LONGEST_SPAN: Final = 1e15
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_UNITS: Final = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))
_CODES: Final[Mapping[str, Callable[[datetime], str]]] = {
    "Y": lambda at: f"{at.year:04}",
    "y": lambda at: f"{at.year % 100:02}",
    "m": lambda at: f"{at.month:02}",
    "B": lambda at: _MONTHS[at.month - 1],
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "d": lambda at: f"{at.day:02}",
    "j": lambda at: f"{at.timetuple().tm_yday:03}",
    "A": lambda at: _DAYS[at.weekday()],
    "a": lambda at: _DAYS[at.weekday()][:3],
    "H": lambda at: f"{at.hour:02}",
    "I": lambda at: f"{at.hour % 12 or 12:02}",
    "p": lambda at: "AM" if at.hour < 12 else "PM",
    "M": lambda at: f"{at.minute:02}",
    "S": lambda at: f"{at.second:02}",
    "f": lambda at: f"{at.microsecond:06}",
    "L": lambda at: f"{at.microsecond // 1000:03}",
    "s": lambda at: str((at - _EPOCH) // timedelta(seconds=1)),
    "Q": lambda at: str((at - _EPOCH) // timedelta(milliseconds=1)),
    "%": lambda _: "%",
}
CODES: Final = " ".join(f"%{code}" for code in _CODES)
_CODE: Final = re.compile("%(.?)", re.DOTALL)


def read_format(text: str) -> Callable[[Any], str | None]:
    """Read the format of a time.

    Returns:
        What writes a time, given as RFC 3339 or as Unix seconds or milliseconds, in UTC; it gives
        None for what is no time.

    Raises:
        ValueError: It holds an unknown code, or is too long.
    """
    if len(text) > MAX_FORMAT:
        raise ValueError(f"a format of times has at most {MAX_FORMAT} characters")
    pieces = _CODE.split(text)
    for code in pieces[1::2]:
        if code not in _CODES:
            raise ValueError(f"%{code} is no code of times; there are {CODES}")
    writers = [_CODES[code] for code in pieces[1::2]]
    texts = pieces[::2]

    def write(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
        at = read_time(value)
        if at is None:
            return None
        written = [texts[0]]
        for writer, following in zip(writers, texts[1:], strict=True):
            written += (writer(at), following)
        return "".join(written)

    return write


def read_time(value: Any) -> datetime | None:  # noqa: ANN401 - a JSON value
    """Read a time, in UTC; None when it is none."""
    try:
        if type(value) is str:
            at: datetime = msgspec.convert(value, datetime)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        unix = number(value)
        if unix is None:
            return None
        is_fine = abs(unix) >= MILLISECONDS_FROM
        return _EPOCH + (timedelta(milliseconds=unix) if is_fine else timedelta(seconds=unix))
    except (msgspec.ValidationError, OverflowError):
        return None


def duration(value: Any) -> str | None:  # noqa: ANN401 - a JSON value
    """Write a number of seconds in words, like 2d 4h 0m 5s; None for what is no number."""
    seconds = number(value)
    if seconds is None or abs(seconds) > _LONGEST_SPAN:
        return None
    left = round(abs(seconds))
    sign = "-" if seconds < 0 and left else ""
    words: list[str] = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count or words or unit == "s":
            words.append(f"{count}{unit}")
    return sign + " ".join(words)
