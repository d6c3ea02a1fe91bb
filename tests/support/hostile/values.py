"""Values that nobody expects, for properties and for the real database."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import strategies as st

from pulse_router.runtime.times import EARLIEST, LATEST

DEEP = 500
"""Deeper than what is read, and no deeper than what PostgreSQL stores."""

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.just(10**310)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=10,
)

_CURSED = (
    "1e400",
    '{"a":1e400}',
    "9" * 400,
    '{"max_in_flight":' + "9" * 400 + "}",
    "[" * DEEP + "]" * DEEP,
    '{"a":' * DEEP + "1" + "}" * DEEP,
    '{"headers":' + '{"a":' * DEEP + "1" + "}" * (DEEP + 1),
    "null",
    '"text"',
    "[]",
    "{}",
)


def _write(value: object) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (msgspec.MsgspecError, OverflowError, ValueError, TypeError):
        return str(10**400)


def json_texts(*shapes: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    """What a column of JSON may hold: anything, and things of these shapes."""
    return st.one_of(JSON, *shapes).map(_write) | st.sampled_from(_CURSED)


BEYOND_ALL_TIMES = ("-infinity", "infinity", "0044-03-15 12:00+00 BC", "294276-12-31 00:00+00")
"""Of PostgreSQL's, none of which is one of Python's."""
TIMES = st.datetimes(timezones=st.timezones()) | st.sampled_from([EARLIEST, LATEST])
"""What comes out of a column of times."""
TEMPLATES = (
    "{deep}",
    '"{{ a( }}"',
    '"{{ ' + "(" * 9000 + '"',
    '"{{ ' + "not " * 9000 + 'a }}"',
    '"{{ secrets.gone }}"',
    '{"{{ a }}": 1}',
)
"""Templates, as somebody may have written them into a row; the first is very deep."""
