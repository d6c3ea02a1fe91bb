"""Wall clocks set to 2035 and 1970 under load: the router's, PostgreSQL's, and both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.commands.router import world_of
from tests.support.endurance.clocks import JUMPS, Clocks, set_clocks_again_and_again
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share
from tests.support.servers.clusters import running_cluster
from tests.support.servers.faketime import WallClock
from tests.support.servers.mosquitto import TestBroker


@pytest.mark.parametrize("whose", ["router", "postgres", "both"] if IS_LONG else ["both"])
async def test_clocks_that_jump_by_years_stop_nothing_and_lose_nothing(
    mosquitto: TestBroker, reachable_folder: Path, whose: str
) -> None:
    clocks = Clocks(
        WallClock(reachable_folder / "router"), WallClock(reachable_folder / "postgres")
    )
    clocks.set_right()
    chosen = {
        "router": [clocks.router],
        "postgres": [clocks.postgres],
        "both": [clocks.router, clocks.postgres],
    }[whose]
    with running_cluster(environment=clocks.postgres.environment) as postgres:
        database = postgres.create_database()
        with world_of(postgres, database, mosquitto) as world:
            world.router.environment |= clocks.router.environment
            with seeded(None if IS_LONG else 9) as seed:
                await set_clocks_again_and_again(
                    world,
                    clocks,
                    whose=chosen,
                    jumps=JUMPS if IS_LONG else JUMPS[:4],
                    kills=share(0.03, least=1),
                    seed=seed,
                )
