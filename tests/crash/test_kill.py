"""`kill -9` under load, again and again.

In short here; `make crash` says by PULSE_CRASH_KILLS how often, and leaves the moments to chance.
"""

from __future__ import annotations

import pytest

from tests.support.commands.router import World
from tests.support.endurance.delivery_kills import kill_in_the_middle_of_deliveries
from tests.support.endurance.kills import (
    AT_ONCE,
    BY_COPY,
    Storing,
    kill_again_and_again,
    kill_backends_while_they_store,
    kill_in_the_middle_of_a_flood,
)
from tests.support.endurance.seeds import seeded
from tests.support.endurance.shares import IS_LONG, share


async def test_kills_at_random_moments_lose_and_double_nothing(world: World) -> None:
    per_second = 5_000 if IS_LONG else 3_000
    with seeded(None if IS_LONG else 3) as seed:
        kills = share(0.2, least=3)
        await kill_again_and_again(world, kills=kills, per_second=per_second, seed=seed)


async def test_a_kill_in_the_middle_of_a_flood_loses_and_doubles_nothing(world: World) -> None:
    await kill_in_the_middle_of_a_flood(world)


async def test_a_flood_of_messages_that_look_alike_is_kept_whole_over_a_kill(world: World) -> None:
    await kill_in_the_middle_of_a_flood(world, alike=True)


@pytest.mark.parametrize("storing", [BY_COPY, AT_ONCE], ids=["COPY", "at once"])
async def test_sessions_of_postgresql_that_end_in_a_commit_lose_and_double_nothing(
    world: World, storing: Storing
) -> None:
    await kill_backends_while_they_store(world, kills=share(0.2, least=3), storing=storing)


async def test_kills_in_the_middle_of_deliveries_lose_nothing_and_change_no_id(
    world: World,
) -> None:
    kills = share(0.16, least=2)
    messages = 2_000 * kills if IS_LONG else 1_000
    with seeded(None if IS_LONG else 4) as seed:
        await kill_in_the_middle_of_deliveries(world, kills=kills, messages=messages, seed=seed)
