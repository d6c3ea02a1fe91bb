"""Days whose partitions a test makes, long ago enough for nobody else to."""

from __future__ import annotations

from datetime import date, timedelta

DAY = date(2020, 3, 1)


def days_from(day: date, count: int) -> list[date]:
    return [day + timedelta(days=n) for n in range(count)]
