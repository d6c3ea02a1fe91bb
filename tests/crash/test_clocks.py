"""Wall clocks set to 2035 and 1970 under load: the router's, PostgreSQL's, and both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.commands.router import World, world_of
from tests.support.endurance.clock_jumps import jump_ahead_again_and_again
from tests.support.endurance.clock_pair import jump_with_two_routers
from tests.support.endurance.clocks import JUMPS, Clocks, set_clocks_again_and_again
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share
from tests.support.servers.clusters import running_cluster
from tests.support.servers.faketime import WallClock
from tests.support.servers.mosquitto import TestBroker


@contextmanager
def clocked_world(mosquitto: TestBroker, folder: Path) -> Iterator[tuple[World, Clocks]]:
    """A router that is not started yet and its database, which go by clocks that can be set."""
    clocks = Clocks(WallClock(folder / "router"), WallClock(folder / "postgres"))
    clocks.set_right()
    with running_cluster(environment=clocks.postgres.environment) as postgres:
        database = postgres.create_database()
        with world_of(postgres, database, mosquitto) as world:
            world.router.environment |= clocks.router.environment
            yield world, clocks


@pytest.mark.parametrize("whose", ["router", "postgres", "both"] if IS_LONG else ["both"])
async def test_clocks_that_jump_by_years_stop_nothing_and_lose_nothing(
    mosquitto: TestBroker, reachable_folder: Path, whose: str
) -> None:
    with clocked_world(mosquitto, reachable_folder) as (world, clocks):
        chosen = {
            "router": [clocks.router],
            "postgres": [clocks.postgres],
            "both": [clocks.router, clocks.postgres],
        }[whose]
        with seeded(None if IS_LONG else 9) as seed:
            await set_clocks_again_and_again(
                world,
                clocks,
                whose=chosen,
                jumps=JUMPS if IS_LONG else JUMPS[:4],
                kills=share(0.03, least=1),
                seed=seed,
            )


async def test_nothing_is_attempted_twice_when_the_clock_of_postgresql_jumps_ahead(
    mosquitto: TestBroker, reachable_folder: Path
) -> None:
    with clocked_world(mosquitto, reachable_folder) as (world, clocks):
        await jump_ahead_again_and_again(world, clocks.postgres, jumps=20 if IS_LONG else 4)


async def test_what_a_killed_router_has_claimed_and_leased_is_free_after_a_jump_by_years(
    mosquitto: TestBroker, reachable_folder: Path
) -> None:
    with (
        clocked_world(mosquitto, reachable_folder) as (world, clocks),
        seeded(None if IS_LONG else 9) as seed,
    ):
        jumps = JUMPS if IS_LONG else JUMPS[:2]
        await jump_with_two_routers(world, clocks, jumps=jumps, seed=seed)
