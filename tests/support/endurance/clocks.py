"""Sets wall clocks by years, both ways, under load: the router's, PostgreSQL's, or both."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime

import attrs
import trio

from tests.support.commands.router import World
from tests.support.endurance.proof import DEVICES, Proof, under_load
from tests.support.mqtt.fleet import stored_numbers
from tests.support.servers.faketime import WallClock
from tests.support.waiting import wait_until

PER_SECOND = 200.0
PAST = datetime(1970, 1, 2, tzinfo=UTC)
FUTURE = datetime(2035, 6, 1, tzinfo=UTC)
JUMPS = (FUTURE, None, PAST, None, FUTURE, PAST, FUTURE, None)
"""There and back, and from one to the other; None is the right time."""
SOON_SECONDS = 20
"""How long deliveries may take after a jump: a lease's length or two, on a busy machine."""
FALLS = """
SELECT count(*) FROM (
  SELECT number < max(number) OVER (ORDER BY event_id ROWS UNBOUNDED PRECEDING) AS falls
  FROM (SELECT event_id, (metrics->>'number')::bigint AS number FROM telemetry) AS numbered
) AS each WHERE falls
"""


@attrs.frozen
class Clocks:
    """The wall clocks of the two processes."""

    router: WallClock
    postgres: WallClock

    def set_right(self) -> None:
        """Set both to the machine's."""
        self.router.set_right()
        self.postgres.set_right()


async def set_clocks_again_and_again(
    world: World,
    clocks: Clocks,
    *,
    whose: Sequence[WallClock],
    jumps: Sequence[datetime | None],
    kills: int,
    seed: int,
) -> None:
    """Set clocks to moments and back under load, with a kill beside some jumps.

    At each jump deliveries are pending that have failed, and wait for a time of the clock before.

    Args:
        world: A router and a database that go by the clocks.
        clocks: All clocks.
        whose: Those that are set.
        jumps: To which moments; None for the right one.
        kills: Beside how many jumps the router is killed.
        seed: Beside which, and when.

    Raises:
        AssertionError: Something stands still, an id has gone back, or see `under_load`.
    """
    chance = random.Random(seed)
    # The first one beside the jump back from 2035, which tells most.
    others = [number for number in range(len(jumps)) if number != 1]
    deadly = {1, *chance.sample(others, kills - 1)}
    clocks.set_right()
    async with under_load(world, per_second=PER_SECOND) as proof:
        for number, moment in enumerate(jumps):
            await proof.wait_for_more()
            await trio.sleep(chance.uniform(0, 0.5))
            stored = world.value("SELECT count(*) FROM telemetry")
            await fail_some(proof)
            set_all(whose, moment)
            if number in deadly:
                await trio.to_thread.run_sync(proof.kill)
                await trio.to_thread.run_sync(world.router.start)
            proof.arrivals.is_away = False
            await wait_for_deliveries(proof)
            if moment is not None:
                assert_set(world, clocks, whose, moment)
            proof.assert_so_far()
            assert int(world.value("SELECT count(*) FROM telemetry")) > int(stored)
            assert world.value(FALLS) == "0", "ids never go back"
        clocks.set_right()


def set_all(clocks: Sequence[WallClock], moment: datetime | None) -> None:
    """Set clocks to a moment, or right."""
    for clock in clocks:
        if moment is None:
            clock.set_right()
        else:
            clock.set_to(moment)


async def fail_some(proof: Proof) -> None:
    """Have the endpoint fail until it has done so twice."""
    failures = proof.arrivals.failures
    proof.arrivals.is_away = True
    await wait_until(lambda: proof.arrivals.failures >= failures + 2)


def assert_set(world: World, clocks: Clocks, whose: Sequence[WallClock], moment: datetime) -> None:
    """Check that the processes do go by their clocks."""
    if clocks.postgres in whose:
        assert world.value("SELECT extract(year FROM now())") == str(moment.year)
    if clocks.router in whose:
        received = "SELECT count(*) FROM telemetry WHERE extract(year FROM received_at) ="
        assert world.value(f"{received} {moment.year}") != "0"


async def wait_for_deliveries(proof: Proof) -> None:
    """Wait until messages that were stored after a jump have been delivered, in order."""
    before = max(stored_numbers(proof.world), default=-1)
    await wait_until(
        lambda: max(proof.arrivals.numbers, default=-1) > before + DEVICES, seconds=SOON_SECONDS
    )
