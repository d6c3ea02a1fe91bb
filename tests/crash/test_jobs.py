"""Jobs under `kill -9`: in short here, over a hundred thousand dead letters in `make crash`."""

from __future__ import annotations

from tests.support.commands.router import World
from tests.support.endurance.job_kills import kill_in_the_middle_of_a_job
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG


async def test_a_job_that_is_killed_replays_nothing_twice_and_tells_the_truth(
    world: World,
) -> None:
    kills, letters = (5, 100_000) if IS_LONG else (1, 300)
    with seeded(None if IS_LONG else 6) as seed:
        await kill_in_the_middle_of_a_job(world, kills=kills, letters=letters, seed=seed)
