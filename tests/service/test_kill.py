"""The short form of `make crash`."""

from __future__ import annotations

from tests.support.kills import kill_again_and_again
from tests.support.router import World


async def test_three_kills_under_load_lose_and_double_nothing(world: World) -> None:
    await kill_again_and_again(world, kills=3, per_second=3_000, seed=3)
