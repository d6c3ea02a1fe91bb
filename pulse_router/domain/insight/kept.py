"""For how long what is kept that a trace is made of."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class KeptDays:
    """For how many days what is kept; 0 is for ever."""

    telemetry: int = 30
    rejected: int = 7
    dead_letters: int = 30
    receipts: int = 7
    audit: int = 365


def say_days(days: int) -> str:
    """Say it in words."""
    return f"kept for {days} day{'' if days == 1 else 's'}" if days else "kept for ever"
