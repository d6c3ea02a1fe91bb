"""Pauses PostgreSQL (SIGSTOP, all of its processes) at each moment, under load."""

from __future__ import annotations

import enum
import random
from functools import partial

import trio

from tests.support.commands.router import World
from tests.support.endurance.proof import Proof, under_load
from tests.support.servers.commit_proxy import CommitProxy, Held, Storing
from tests.support.servers.frozen import freeze_all, thaw_all
from tests.support.waiting import wait_until

PER_SECOND = 300.0
ATTEMPTED_WITHIN_SECONDS = 20


class Moment(enum.Enum):
    """When PostgreSQL is paused."""

    BETWEEN = enum.auto()
    IN_A_COMMIT = enum.auto()
    IN_A_START = enum.auto()
    BEFORE_A_SETTLEMENT = enum.auto()


async def pause_again_and_again(
    world: World, proxy: CommitProxy, *, pauses: int, longest_seconds: float, seed: int
) -> None:
    """Pause PostgreSQL under load, at each moment in turn; in every other round with a kill.

    Args:
        world: A router that reaches its database by the proxy.
        proxy: Catches a commit to pause in.
        pauses: How often.
        longest_seconds: How long a pause lasts at the most.
        seed: For the lengths.

    Raises:
        AssertionError: See `under_load`.
    """
    chance = random.Random(seed)
    moments = list(Moment)
    async with under_load(world, per_second=PER_SECOND) as proof:
        for pause in range(pauses):
            await proof.wait_for_more()
            moment = moments[pause % len(moments)]
            seconds = chance.uniform(longest_seconds / 4, longest_seconds)
            dies = (pause // len(moments) + pause) % 2 == 0
            await pause_at(proof, proxy, moment, seconds=seconds, dies=dies)
            await proof.wait_for_more()
            proof.assert_so_far()


async def pause_at(
    proof: Proof, proxy: CommitProxy, moment: Moment, *, seconds: float, dies: bool
) -> None:
    """Pause PostgreSQL at a moment for a while; kill the router meanwhile, or do not."""
    router, pid = proof.world.router, proof.world.postgres.pid
    freeze = partial(freeze_all, pid)
    if moment is Moment.IN_A_COMMIT:
        trap = proxy.set_trap(Storing.AT_ONCE, Held.REQUEST)
        await trap.wait_caught()
        stopped = freeze()
        trap.release()
    elif moment is Moment.IN_A_START:
        await trio.to_thread.run_sync(proof.kill)
        await trio.to_thread.run_sync(router.start)
        await wait_until(lambda: router.missing is not None)
        stopped = freeze()
    elif moment is Moment.BEFORE_A_SETTLEMENT:
        stopped = await freeze_before_answer(proof, freeze)
    else:
        stopped = freeze()
    try:
        await trio.sleep(seconds / 2)
        if dies:
            await trio.to_thread.run_sync(router.kill)
        await trio.sleep(seconds / 2)
    finally:
        thaw_all(stopped)
    if dies:
        await trio.to_thread.run_sync(proof.note_blow)
        await trio.to_thread.run_sync(router.start)


async def freeze_before_answer(proof: Proof, freeze: partial[list[int]]) -> list[int]:
    """Have the endpoint pause PostgreSQL before it answers: the settlement meets it paused."""
    stopped: list[int] = []
    proof.arrivals.before_next = lambda: stopped.extend(freeze())
    await wait_until(lambda: bool(stopped), seconds=ATTEMPTED_WITHIN_SECONDS)
    return stopped
