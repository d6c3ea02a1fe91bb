"""How many kills there are in all, and how they are shared out among the tests of `make crash`."""

from __future__ import annotations

import os

IS_LONG = "PULSE_CRASH_KILLS" in os.environ
"""Whether this is `make crash`; in the suite each test is as short as it can be."""
_KILLS = int(os.environ.get("PULSE_CRASH_KILLS", "0"))


def share(part: float, *, least: int) -> int:
    """Give a test its part of all kills; the least where that is less, or in the suite."""
    return max(least, round(part * _KILLS))
