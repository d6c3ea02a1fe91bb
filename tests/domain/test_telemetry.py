"""Cursors of a history are written into URLs, and read back by whoever sends them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pulse_router.domain.telemetry import HistoryCursor


@pytest.mark.parametrize(
    "time",
    [
        datetime(2026, 2, 16, 12, tzinfo=UTC),
        datetime(1969, 7, 20, 20, 17, 40, 5, tzinfo=UTC),
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_cursor_survives_being_written_and_read(time: datetime) -> None:
    cursor = HistoryCursor(time, 2**63 - 1)
    assert HistoryCursor.parse(str(cursor)) == cursor


@pytest.mark.parametrize(
    "text",
    ["", "1", "1.", ".1", "a.b", "1.-1", f"1.{2**63}", "9" * 18 + ".1", "1.1 ", "\u0661.\u0661"],
)
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="`next` of an earlier page"):
        HistoryCursor.parse(text)
