"""Rows of the queue, each with its way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.support.hostile.values import BEYOND_ALL_TIMES
from tests.support.hostile.ways import Entry, by_sql, delivery_row

DELIVERIES: Final[Sequence[Entry]] = (
    Entry(
        "deliveries of times beyond all times, behind a route of CloudEvents",
        by_sql(
            *(
                delivery_row(100 + n, "{good}", event_time=f"'{t}'")
                for n, t in enumerate(BEYOND_ALL_TIMES)
            ),
            delivery_row(110, "{good}", next_attempt_at="'infinity'"),
            delivery_row(111, "{good}", next_attempt_at="'-infinity'", created_at="'infinity'"),
        ),
        "tests/component/runtime/test_times.py::test_every_time_can_be_told_in_utc_and_written",
    ),
    Entry(
        "deliveries that make no sense",
        by_sql(
            delivery_row(120, "{good}", topic="E'a\\nb: c\\r\\n'"),
            delivery_row(121, "{good}", topic="repeat('x', 70000)"),
            delivery_row(122, "{good}", payload="'[1e400]'"),
            delivery_row(123, "{good}", history="""'{"a": 1}'"""),
        ),
        "tests/component/delivery/test_hostile_values.py"
        "::test_a_delivery_that_cannot_be_attempted_is_buried_and_the_others_are_delivered",
    ),
    Entry(
        "deliveries with traces that are none",
        by_sql(
            delivery_row(150, "{good}", trace="''"),
            delivery_row(151, "{good}", trace="E'00-a\\r\\nX-Evil: 1'"),
            delivery_row(152, "{good}", trace="repeat('x', 70000)"),
            delivery_row(153, "{failing}", trace="'00-' || repeat('a', 32) || '-b'"),
        ),
        "tests/domain/test_tracing.py"
        "::test_whatever_a_row_holds_is_told_onwards_well_formed_or_not_at_all",
    ),
    Entry(
        "deliveries whose end cannot be written",
        by_sql(
            delivery_row(130, "{failing}", attempts="2147483647"),
            delivery_row(131, "{failing}", attempts="-2147483648", history="'null'"),
            delivery_row(132, "{failing}", attempts="3", history="'5'"),
            delivery_row(133, "{failing}", pushbacks="2147483647", pushback_seconds="'NaN'"),
            delivery_row(134, "{failing}", attempts="-2147483648", pushbacks="2147483647"),
            delivery_row(135, "{failing}", pushbacks="-2147483648", pushback_seconds="-1e308"),
        ),
        "tests/component/delivery/test_refused_ends.py"
        "::test_plain_words_are_ascii_and_short_and_of_the_same_delivery",
    ),
)
