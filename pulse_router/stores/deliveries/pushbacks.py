"""How often a delivery was pushed back, as its row says, whatever stands there."""

from __future__ import annotations

import math
from typing import Final

from pulse_router.postgres.transaction import Record

SPENT: Final = """
greatest(0, attempts::bigint - least(greatest(coalesce(pushbacks, 0), 0), attempts))::integer
"""
"""How many of a row's attempts are spent, in SQL."""


def read_pushbacks(row: Record) -> tuple[int, float]:
    """Read how many of a row's attempts were pushed back, and for how many seconds in all."""
    pushbacks, seconds = row["pushbacks"], row["pushback_seconds"]
    if not pushbacks:
        return 0, 0.0
    pushbacks = max(0, min(pushbacks, row["attempts"]))
    return pushbacks, seconds if seconds is not None and 0 <= seconds < math.inf else 0.0
