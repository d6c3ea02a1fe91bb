"""What receivers do to their senders, all of them at once, each with a route of its own."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from pulse_router.postgres.database import Database
from tests.support.receivers.load import open_load
from tests.support.receivers.served import Receiver, serving
from tests.support.waiting import wait_until

UNDER_WAY = 8
"""At most so many requests are in hand when a receiver is killed."""


async def let_them_close_what_is_idle(
    database: Database, receivers: Sequence[Receiver], pauses_seconds: Sequence[float]
) -> None:
    """Send when they are about to close, or have just done it: nothing may cost an attempt."""
    urls = [receiver.url for receiver in receivers]
    async with serving(*receivers), open_load(database, urls) as load:
        for pause_seconds in (*pauses_seconds, 0.0):
            await load.arrive(15)
            await load.settle()
            await trio.sleep(pause_seconds)
        await _wait_until_written_down(receivers, 15 * (len(pauses_seconds) + 1))
        await load.assert_all_came_once([receiver.journal for receiver in receivers])
        assert load.failed == []


async def let_them_restart(database: Database, receivers: Sequence[Receiver]) -> None:
    """Restart them gently under load: everything comes, and nothing twice."""
    urls = [receiver.url for receiver in receivers]
    async with serving(*receivers), open_load(database, urls, max_in_flight=UNDER_WAY) as load:

        async def restart(receiver: Receiver) -> None:
            for _ in range(2):
                await receiver.restart_gently()
                await trio.sleep(0.3)

        async with trio.open_nursery() as nursery:
            for receiver in receivers:
                nursery.start_soon(restart, receiver)
            for _ in range(10):
                await load.arrive(15)
                await trio.sleep(0.1)
        await load.settle()
        await _wait_until_written_down(receivers, 150)
        await load.assert_all_came_once([receiver.journal for receiver in receivers])


async def kill_them(database: Database, receivers: Sequence[Receiver]) -> None:
    """Kill them under load: everything comes, and nothing that they have answered comes again."""
    urls = [receiver.url for receiver in receivers]
    async with serving(*receivers), open_load(database, urls, max_in_flight=UNDER_WAY) as load:
        async with trio.open_nursery() as nursery:
            for receiver in receivers:
                nursery.start_soon(receiver.kill_and_start)
            for _ in range(10):
                await load.arrive(15)
                await trio.sleep(0.05)
        await load.settle()
        journals = [receiver.journal for receiver in receivers]
        await load.assert_all_came_once(journals, may_miss=UNDER_WAY)


async def _wait_until_written_down(receivers: Sequence[Receiver], count: int) -> None:
    """They write it down when they have answered, which we may have read a moment before."""
    await wait_until(
        lambda: all(receiver.journal.accepted().total() >= count for receiver in receivers),
        seconds=20,
    )
