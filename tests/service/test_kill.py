"""The short form of `make crash`."""

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


async def test_three_kills_under_load_lose_and_double_nothing(world: World) -> None:
    await kill_again_and_again(world, kills=3, per_second=3_000, seed=3)


async def test_a_kill_in_the_middle_of_a_flood_loses_and_doubles_nothing(world: World) -> None:
    await kill_in_the_middle_of_a_flood(world)


async def test_a_flood_of_messages_that_look_alike_is_kept_whole_over_a_kill(world: World) -> None:
    await kill_in_the_middle_of_a_flood(world, alike=True)


@pytest.mark.parametrize("storing", [BY_COPY, AT_ONCE], ids=["COPY", "at once"])
async def test_sessions_of_postgresql_that_end_in_a_commit_lose_and_double_nothing(
    world: World, storing: Storing
) -> None:
    await kill_backends_while_they_store(world, kills=3, storing=storing)


async def test_kills_in_the_middle_of_deliveries_lose_nothing_and_change_no_id(
    world: World,
) -> None:
    await kill_in_the_middle_of_deliveries(world, kills=2, messages=1_000, seed=4)
