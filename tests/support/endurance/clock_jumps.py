"""Sets PostgreSQL's clock ahead again and again under two routers that live.

Each time all that either has written to hold lies in the past, by the clock: neither may take from
the other what it is attempting.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import trio

from tests.support.commands.router import RouterProcess, World
from tests.support.endurance.pair import Meeting, disturb_two
from tests.support.servers.faketime import WallClock

STEP = timedelta(hours=2)
EVERY_SECONDS = 2.0
"""Seldom enough that both renew between two jumps, and have as much to lose at the next."""
ANSWER_SECONDS = 1.0
"""Long enough for attempts to be under way at each jump."""
PER_SECOND = 20.0
HELD = "SELECT count(DISTINCT owner) FROM lane_leases WHERE owner <> ''"
EPOCHS = "SELECT string_agg(partition || ':' || epoch, ' ' ORDER BY partition) FROM lane_leases"


async def jump_ahead_again_and_again(world: World, clock: WallClock, *, jumps: int) -> None:
    """Publish to two routers, and set the server's clock two hours ahead, and again.

    Raises:
        AssertionError: A lane changed hands, a delivery was attempted twice, or what
            `disturb_two` says.
    """
    meeting = Meeting(answer_seconds=ANSWER_SECONDS)

    async def disturb(_routers: Sequence[RouterProcess]) -> None:
        await _until_shared(world)
        epochs = world.value(EPOCHS)
        for number in range(1, jumps + 1):
            await trio.sleep(EVERY_SECONDS)
            clock.set_to(datetime.now(UTC) + number * STEP)
        await trio.sleep(EVERY_SECONDS)
        assert world.value(EPOCHS) == epochs, "no lane has changed hands"

    await disturb_two(world, disturb, meeting, per_second=PER_SECOND)
    assert set(meeting.ids.values()) == {1}, "each is attempted once"


async def _until_shared(world: World) -> None:
    """Wait until both hold lanes, and none has changed hands for a while."""
    seen = ""
    with trio.fail_after(60):
        while (  # noqa: ASYNC110 - other processes set no event
            world.value(HELD) != "2" or seen != (seen := world.value(EPOCHS))
        ):
            await trio.sleep(EVERY_SECONDS)
