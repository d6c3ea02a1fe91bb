"""PostgreSQL stands still at each moment, with and without a `kill -9` of the router meanwhile."""

from __future__ import annotations

from tests.support.commands.router import World
from tests.support.endurance.pauses import Moment, pause_again_and_again
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share
from tests.support.servers.commit_proxy import proxied


async def test_a_paused_database_costs_nothing_at_any_moment(world: World) -> None:
    async with proxied(world) as proxy:
        with seeded(None if IS_LONG else 5) as seed:
            await pause_again_and_again(
                world,
                proxy,
                pauses=share(0.24, least=len(Moment)),
                longest_seconds=15 if IS_LONG else 3,
                seed=seed,
            )
