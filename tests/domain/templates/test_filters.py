"""The laws of the filters of templates, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from pulse_router.domain.templates.times import CODES, read_format
from tests.support.templates import value

ROWS: list[tuple[str, Any]] = [
    ("missing | default('-')", "-"),
    ("none | default(0)", 0),
    ("count / 0 | default(1)", None),  # a filter binds tighter
    ("(count / 0) | default(1)", 1),
    ("'' | default('-')", ""),
    ("false | default('-')", False),
    ("temperature | round", 90),
    ("91.5 | round", 92),
    ("1.256 | round(2)", 1.26),
    ("1e300 | round", 1e300),
    ("label | round", None),
    ("ok | round", None),
    ("1.5 | round(-1)", None),
    ("1.5 | round(16)", None),
    ("1.5 | round('1')", None),
    ("90.9 | int", 90),
    ("-90.9 | int", -90),
    ("'12' | int", 12),
    ("' 12.7 ' | int", 12),
    ("'1_000' | int", None),
    ("'nan' | int", None),
    ("'inf' | float", None),
    ("'1e999' | float", None),
    ("('9' ~ '9') | int", 99),
    ("ok | int", 1),
    ("tags | int", None),
    ("count | float", 40.0),
    ("'1.5e1' | float", 15.0),
    ("label | upper", "ÜNIT 1"),
    ("label | lower", "ünit 1"),
    ("count | upper", "40"),
    ("missing | upper", None),
    ("tags | upper", None),
    ("'  a ' | trim", "a"),
    ("'abcdef' | truncate(4)", "abc…"),
    ("'abcd' | truncate(4)", "abcd"),
    ("'abcdef' | truncate(4, '')", "abcd"),
    ("'abcdef' | truncate(1, '...')", "."),
    ("'abcdef' | truncate(0)", ""),
    ("'abcdef' | truncate(-1)", None),
    ("'abcdef' | truncate('4')", None),
    ("missing | truncate(4)", None),
    ("temperature | replace('.', ',')", "90,5"),
    ("'aaa' | replace('a', '')", ""),
    ("'aaa' | replace('', 'b')", "aaa"),
    ("'aaa' | replace(missing, 'b')", None),
    ("tags | replace('a', 'b')", None),
    ("tags | tojson", '["hot",5,true]'),
    ("missing | tojson", "null"),
    ("label | tojson", '"Ünit 1"'),
    ("90061 | duration", "1d 1h 1m 1s"),
    ("59.6 | duration", "1m 0s"),
    ("0 | duration", "0s"),
    ("-0.2 | duration", "0s"),
    ("-61 | duration", "-1m 1s"),
    ("1e300 | duration", None),
    ("label | duration", None),
    ("count | choose(40, 'forty', 41, 'more', 'else')", "forty"),
    ("count | choose(41, 'more', 'else')", "else"),
    ("count | choose(41, 'more')", None),
    ("ok | choose(1, 'one', true, 'yes')", "yes"),
    ("missing | choose(null, 'gone', 'there')", "gone"),
    ("time | time('%d.%m.%Y %H:%M:%S.%L')", "03.02.2026 14:05:06.789"),
    ("time | time('%A %a %B %b %j %y %I %p %%')", "Tuesday Tue February Feb 034 26 02 PM %"),
    ("time | time('%s %Q %f')", "1770127506 1770127506789 789000"),
    ("'2026-02-03T15:05:06+01:00' | time('%H:%M')", "14:05"),
    ("'2026-02-03T15:05:06' | time('%H:%M')", "15:05"),
    ("0 | time('%Y-%m-%d')", "1970-01-01"),
    ("1770127506 | time('%H:%M')", "14:05"),
    ("1770127506789 | time('%H:%M')", "14:05"),
    ("1e300 | time('%Y')", None),
    ("'0001-01-01T00:00:00+05:00' | time('%Y')", None),
    ("'0001-01-01T00:00:00Z' | time('%Y %s')", "0001 -62135596800"),
    ("'soon' | time('%Y')", None),
    ("ok | time('%Y')", None),
    ("missing | time('%Y')", None),
]


@pytest.mark.parametrize(("expression", "expected"), ROWS)
def test_a_filter_makes_what_its_row_says(expression: str, expected: Any) -> None:
    found = value(expression)
    assert found == expected
    assert type(found) is type(expected)


def test_every_code_of_times_is_written() -> None:
    written = read_format(CODES)("2026-02-03T14:05:06.789Z")
    assert written is not None
    assert len(written.split()) == len(CODES.split())


def test_the_hour_of_twelve_is_twelve() -> None:
    assert value("'2026-02-03T00:10:00Z' | time('%I %p')") == "12 AM"
    assert value("'2026-02-03T12:10:00Z' | time('%I %p')") == "12 PM"
