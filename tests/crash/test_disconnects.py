"""Live clients whose lines break at random moments, under load.

In short here; `make crash` says by PULSE_DISCONNECTS how often, and leaves the moments to chance.
"""

from __future__ import annotations

import os

from tests.support.commands.router import World
from tests.support.endurance.seeds import seeded
from tests.support.streams.followers import follow_over_disconnects

IS_LONG = "PULSE_DISCONNECTS" in os.environ
DISCONNECTS = int(os.environ.get("PULSE_DISCONNECTS", "60"))


async def test_random_disconnects_under_load_lose_double_and_swap_nothing(world: World) -> None:
    with seeded(None if IS_LONG else 6) as seed:
        await follow_over_disconnects(world, disconnects=DISCONNECTS, per_second=400, seed=seed)
