"""`kill -9` at commits that are held back: they land before the kill, after it, in the next life.

In short here; `make crash` says by PULSE_CRASH_KILLS how often, and leaves the moments to chance.
"""

from __future__ import annotations

import pytest

from tests.support.commands.router import World, world_of
from tests.support.endurance.held_commits import (
    kill_at_commits_that_the_server_holds,
    kill_at_held_commits,
)
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share
from tests.support.servers.clusters import running_cluster
from tests.support.servers.commit_proxy import Storing, proxied
from tests.support.servers.mosquitto import TestBroker


@pytest.mark.parametrize("storing", list(Storing), ids=lambda storing: storing.name.lower())
async def test_commits_that_land_at_any_time_are_found_and_never_stored_again(
    world: World, storing: Storing
) -> None:
    async with proxied(world) as proxy:
        with seeded(None if IS_LONG else 7) as seed:
            await kill_at_held_commits(
                world, proxy, storing=storing, kills=share(0.11, least=2), seed=seed
            )


async def test_a_commit_that_the_server_holds_is_waited_for_by_the_next_life(
    mosquitto: TestBroker,
) -> None:
    with running_cluster() as postgres:
        database = postgres.create_database()
        with (
            world_of(postgres, database, mosquitto) as world,
            seeded(None if IS_LONG else 7) as seed,
        ):
            await kill_at_commits_that_the_server_holds(
                world, kills=share(0.06, least=1), seed=seed
            )
