"""An ordinary life: in short here, and in `make soak` for as long as PULSE_SOAK_SECONDS says."""

from __future__ import annotations

import os

from tests.support.commands.router import World
from tests.support.endurance.seeds import seeded
from tests.support.endurance.soak import assert_nothing_grows, live

IS_LONG = "PULSE_SOAK_SECONDS" in os.environ
SECONDS = float(os.environ.get("PULSE_SOAK_SECONDS", "15"))
PER_SECOND = 150
# A hundred bytes lost for each message, in ten minutes, would be the three megabytes; so soon
# after the start much is still new.
MORE_MEGABYTES = 3 if IS_LONG else 10


async def test_everything_at_once_loses_doubles_and_keeps_nothing(world: World) -> None:
    with seeded(None if IS_LONG else 7) as seed:
        vitals = await live(world, seconds=SECONDS, per_second=PER_SECOND, seed=seed)
    assert_nothing_grows(vitals, more_megabytes=MORE_MEGABYTES)
