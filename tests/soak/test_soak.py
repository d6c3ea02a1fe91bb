"""`make soak`: an ordinary life, for long. PULSE_SOAK_SECONDS says how long."""

from __future__ import annotations

import os
import random

from tests.support.commands.router import World
from tests.support.endurance.soak import assert_nothing_grows, live

SECONDS = float(os.environ.get("PULSE_SOAK_SECONDS", "600"))
PER_SECOND = 150
MORE_MEGABYTES = 3
"""A hundred bytes lost for each message, in the default time, would be as much."""


async def test_nothing_is_lost_doubled_or_kept_in_a_long_life(world: World) -> None:
    seed = random.randrange(2**32)
    try:
        vitals = await live(world, seconds=SECONDS, per_second=PER_SECOND, seed=seed)
    except AssertionError as error:
        raise AssertionError(f"with seed {seed}: {error}") from error
    assert_nothing_grows(vitals, more_megabytes=MORE_MEGABYTES)
