"""The short form of the resume over random disconnects; the long one is in `make crash`."""

from __future__ import annotations

from tests.support.commands.router import World
from tests.support.streams.followers import follow_over_disconnects


async def test_sixty_random_disconnects_under_load_lose_double_and_swap_nothing(
    world: World,
) -> None:
    await follow_over_disconnects(world, disconnects=60, per_second=400, seed=6)
