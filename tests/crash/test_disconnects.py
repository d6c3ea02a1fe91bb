"""`make crash`: live clients whose lines break under load. PULSE_DISCONNECTS says how often."""

from __future__ import annotations

import os
import random

from tests.support.commands.router import World
from tests.support.streams.followers import follow_over_disconnects

DISCONNECTS = int(os.environ.get("PULSE_DISCONNECTS", "1000"))


async def test_a_thousand_random_disconnects_under_load_lose_double_and_swap_nothing(
    world: World,
) -> None:
    seed = random.randrange(2**32)
    try:
        await follow_over_disconnects(world, disconnects=DISCONNECTS, per_second=400, seed=seed)
    except AssertionError as error:
        raise AssertionError(f"with seed {seed}: {error}") from error
