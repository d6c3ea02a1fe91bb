"""Kills a router while a commit is held back on its way to PostgreSQL, or on its way home."""

from __future__ import annotations

import enum
import random

import trio

from tests.support.commands.router import World
from tests.support.endurance.proof import REFUSE_POISON, Proof, under_load
from tests.support.servers.commit_proxy import CommitProxy, Held, Storing, Trap
from tests.support.waiting import wait_until

PER_SECOND = {Storing.AT_ONCE: 400.0, Storing.BY_COPY: 1_000.0, Storing.IN_PIECES: 400.0}
GATHERING_SECONDS = 0.25
"""A commit that takes so long finds enough behind it for a COPY."""
LATE = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE"
LATE += " '%UPDATE ingest_nodes SET run_id%' AND datname = current_database()"


class Landing(enum.Enum):
    """When a commit takes effect that a router was killed in."""

    BEFORE_THE_KILL = enum.auto()
    AFTER_THE_KILL = enum.auto()
    IN_THE_NEXT_LIFE = enum.auto()
    NEVER = enum.auto()


_OTHERS = (Landing.BEFORE_THE_KILL, Landing.AFTER_THE_KILL, Landing.NEVER)
LANDINGS = {
    storing: (Landing.IN_THE_NEXT_LIFE, *_OTHERS[at:], *_OTHERS[:at])
    for at, storing in enumerate(Storing)
}
"""Taken in turn; short runs begin with what tells most, and differ in the next."""


async def kill_at_held_commits(
    world: World, proxy: CommitProxy, *, storing: Storing, kills: int, seed: int
) -> None:
    """Hold commits back under load, and kill the router at each; each lands at another time.

    Before each kill a commit loses its answer with its line, and the router lives on.

    Args:
        world: A router that reaches its database by the proxy.
        proxy: Catches the commits.
        storing: Which commits.
        kills: How often.
        seed: For the moments.

    Raises:
        AssertionError: See `under_load`.
    """
    chance = random.Random(seed)
    landings = LANDINGS[storing]
    proxy.delay_seconds = GATHERING_SECONDS if storing is Storing.BY_COPY else 0
    if storing is Storing.IN_PIECES:
        world.rows(REFUSE_POISON)
    async with under_load(world, per_second=PER_SECOND[storing]) as proof:
        for kill in range(kills):
            await proof.wait_for_more()
            await trio.sleep(chance.uniform(0, 0.3))
            await cut_at_commit(proof, proxy, storing, chance.choice(list(Held)))
            await proof.wait_for_more()
            await kill_at_commit(proof, proxy, storing, landings[kill % len(landings)])
            proof.assert_so_far()
        await proof.wait_for_more()


async def catch(proof: Proof, proxy: CommitProxy, storing: Storing, held: Held) -> Trap:
    """Wait for a commit, and hold part of it back."""
    trap = proxy.set_trap(storing, held)
    if storing is Storing.IN_PIECES:
        await proof.publish_poison()
    await trap.wait_caught()
    return trap


async def cut_at_commit(proof: Proof, proxy: CommitProxy, storing: Storing, held: Held) -> None:
    """Cut the line of a commit; the router cannot know whether it has landed."""
    trap = await catch(proof, proxy, storing, held)
    if held is Held.ANSWER:
        await trap.wait_landed()
    trap.cut()


async def kill_at_commit(
    proof: Proof, proxy: CommitProxy, storing: Storing, landing: Landing
) -> None:
    """Kill the router in a commit, start it again, and let the commit land at a time."""
    held = Held.ANSWER if landing is Landing.BEFORE_THE_KILL else Held.REQUEST
    trap = await catch(proof, proxy, storing, held)
    if landing is Landing.BEFORE_THE_KILL:
        await trap.wait_landed()
    await trio.to_thread.run_sync(proof.kill)
    if landing is Landing.AFTER_THE_KILL:
        trap.release()
        await trap.wait_landed()
    if landing is Landing.NEVER:
        trap.cut()
    proof.assert_so_far()
    await trio.to_thread.run_sync(proof.world.router.start)
    if landing is Landing.IN_THE_NEXT_LIFE:
        await release_in_next_life(proof.world, trap)
    await proof.world.router.wait_until_ready()
    trap.release()


async def release_in_next_life(world: World, trap: Trap) -> None:
    """Let a commit through when the next life has begun, or waits for this commit to begin."""
    await wait_until(lambda: world.router.missing == {} or world.value(LATE) != "0")
    trap.release()
    await trap.wait_landed()


HELD_BY_THE_SERVER = """
SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'
  AND datname = current_database() AND query LIKE 'SELECT pulse_commit_batch(%'
"""
NOBODY_CONFIRMS = "ALTER SYSTEM SET synchronous_standby_names = 'a_standby_that_is_not_there'"


async def kill_at_commits_that_the_server_holds(world: World, *, kills: int, seed: int) -> None:
    """Have PostgreSQL wait for a standby that is not there, and kill the router in its commit.

    The commit is on the disk, and neither seen nor answered until the next life has asked for it.

    Args:
        world: On a server of its own.
        kills: How often.
        seed: For the moments.

    Raises:
        AssertionError: See `under_load`.
    """
    chance = random.Random(seed)
    async with under_load(world, per_second=PER_SECOND[Storing.AT_ONCE]) as proof:
        for _ in range(kills):
            await proof.wait_for_more()
            await trio.sleep(chance.uniform(0, 0.3))
            configure(world, NOBODY_CONFIRMS)
            await wait_until(lambda: world.value(HELD_BY_THE_SERVER) != "0")
            await trio.to_thread.run_sync(proof.kill)
            proof.assert_so_far()
            await trio.to_thread.run_sync(world.router.start)
            await wait_until(lambda: world.value(LATE) != "0")
            configure(world, "ALTER SYSTEM RESET synchronous_standby_names")
            await world.router.wait_until_ready()
            await proof.wait_for_more()
            proof.assert_so_far()


def configure(world: World, sql: str) -> None:
    """Change what the server is set to, at once."""
    world.rows(sql)
    world.rows("SELECT pg_reload_conf()")
