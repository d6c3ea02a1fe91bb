"""Two routers share a fleet and a database, and either is killed: nothing is lost or met twice."""

from __future__ import annotations

from tests.support.commands.router import World
from tests.support.endurance.pair import kill_either_of_two
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share


async def test_kills_of_either_of_two_routers_lose_nothing_and_attempt_nothing_twice_at_once(
    world: World,
) -> None:
    with seeded(None if IS_LONG else 7) as seed:
        await kill_either_of_two(world, kills=share(0.2, least=3), per_second=200, seed=seed)
