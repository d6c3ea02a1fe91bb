"""The short form of `make soak`."""

from __future__ import annotations

from tests.support.commands.router import World
from tests.support.endurance.soak import assert_nothing_grows, live


async def test_everything_at_once_loses_doubles_and_keeps_nothing(world: World) -> None:
    vitals = await live(world, seconds=15, per_second=150, seed=7)
    # So soon after the start much is still new.
    assert_nothing_grows(vitals, more_megabytes=10)
