"""How many kills of the router there are in `make crash`, shared out among its tests."""

from __future__ import annotations

import os

IS_LONG = "PULSE_CRASH_KILLS" in os.environ
"""Whether this is `make crash`; in the suite each test is as short as it can be."""
_KILLS = int(os.environ.get("PULSE_CRASH_KILLS", "0"))


def share(part: float, *, least: int) -> int:
    """Give a test its part of all kills; the least where that is less, or in the suite.

    The parts of all tests make one or a little more, but for those who count blows that are not
    kills of the router: ended sessions of PostgreSQL, pauses and failovers, of which every other
    comes with a kill.
    """
    return max(least, round(part * _KILLS))
