"""Kills the primary under load and promotes its standby, there and back again."""

from __future__ import annotations

import random

import trio

from tests.support.commands.router import World
from tests.support.endurance.proof import Proof, under_load
from tests.support.servers.standby import Pair

PER_SECOND = 300.0


async def fail_over_again_and_again(world: World, pair: Pair, *, times: int, seed: int) -> None:
    """Fail over from either server to the other; in every other round the router is killed too.

    What was the primary is rebuilt as a standby each time, while messages flow.

    Raises:
        AssertionError: See `under_load`.
    """
    chance = random.Random(seed)
    async with under_load(world, per_second=PER_SECOND) as proof:
        for time in range(times):
            await proof.wait_for_more()
            await trio.sleep(chance.uniform(0, 0.5))
            await fail_over(proof, pair, dies=time % 2 == 1)
            await proof.wait_for_more()
            proof.assert_so_far()
            await trio.to_thread.run_sync(pair.follow)
            await proof.wait_for_more()
            proof.assert_so_far()


async def fail_over(proof: Proof, pair: Pair, *, dies: bool) -> None:
    """Fail over; the router goes on by itself, or dies in the middle and is started again."""
    world = proof.world
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, pair.fail_over)
        if dies:
            await trio.to_thread.run_sync(world.router.kill)
    world.postgres = pair.primary
    if dies:
        await trio.to_thread.run_sync(proof.note_blow)
        await world.router.start_and_wait()
