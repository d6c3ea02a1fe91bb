"""Real servers as receivers: nothing is delivered twice that was answered 2xx, and nothing buried.

All at once, each with a route of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import trio

from pulse_router.postgres.database import Database
from tests.support.receivers.load import open_load
from tests.support.receivers.nginx import make_nginx
from tests.support.receivers.node import make_node
from tests.support.receivers.python_servers import make_gunicorn, make_http_1_0
from tests.support.receivers.served import Receiver, serving
from tests.support.waiting import wait_until

UNDER_WAY = 8
"""At most so many requests are in hand when a receiver is killed."""


def all_of_them(folder: Path) -> list[Receiver]:
    return [
        make_nginx(folder),
        make_gunicorn(folder, "sync"),
        make_gunicorn(folder, "gthread"),
        make_node(folder, "http"),
        make_node(folder, "express"),
        make_http_1_0(folder),
    ]


async def test_receivers_that_close_what_is_idle_get_everything_at_the_first_attempt(
    database: Database, reachable_folder: Path
) -> None:
    """They do so after 0.7, 1 and 2 seconds, or ten requests; here beside the next request."""
    receivers = all_of_them(reachable_folder)
    async with (
        serving(*receivers),
        open_load(database, [receiver.url for receiver in receivers]) as load,
    ):
        for pause_seconds in (0.7, 1.0, 2.0):
            await load.arrive(15)
            await load.settle()
            await trio.sleep(pause_seconds)
        await load.arrive(15)
        await load.settle()
        await wait_until_written_down(receivers, 60)
        await load.assert_all_came_once([receiver.journal for receiver in receivers])
        assert load.failed == []


async def test_receivers_that_restart_get_everything_once(
    database: Database, reachable_folder: Path
) -> None:
    receivers = all_of_them(reachable_folder)
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
        await wait_until_written_down(receivers, 150)
        await load.assert_all_came_once([receiver.journal for receiver in receivers])


async def test_receivers_that_are_killed_get_everything_and_nothing_that_they_answered_again(
    database: Database, reachable_folder: Path
) -> None:
    receivers = all_of_them(reachable_folder)
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


async def wait_until_written_down(receivers: Sequence[Receiver], count: int) -> None:
    """They write it down when they have answered, which we may have read a moment before."""
    await wait_until(
        lambda: all(receiver.journal.accepted().total() >= count for receiver in receivers),
        seconds=20,
    )
