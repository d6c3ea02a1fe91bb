"""nginx as people have it: it limits, refuses what is too large, and stands before others."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import trio

from pulse_router.postgres.database import Database
from tests.support.receivers.load import open_load
from tests.support.receivers.nginx import make_nginx
from tests.support.receivers.node import make_node
from tests.support.receivers.served import serving
from tests.support.waiting import wait_until

COUNT = 20


async def test_receivers_that_limit_get_everything_once(
    database: Database, reachable_folder: Path
) -> None:
    """One says 429, the other 503 with `Retry-After`; 50 a second are let in."""
    nginx = make_nginx(reachable_folder)
    root = nginx.url.removesuffix("/hook")
    async with (
        serving(nginx),
        open_load(database, [f"{root}/limited", f"{root}/busy"], max_in_flight=2) as load,
    ):
        await load.arrive(COUNT)
        await load.settle()
        assert await load.buried() == []
        await wait_until(lambda: nginx.journal.accepted().total() >= 2 * COUNT, seconds=20)
        nginx.journal.assert_nothing_came_again()
        assert set(nginx.journal.accepted()) == load.sent[0] | load.sent[1]
        assert {outcome.status for outcome in load.failed} <= {429, 503}


async def test_what_is_too_large_is_refused_while_it_is_sent_and_hurts_nothing_else(
    database: Database, reachable_folder: Path
) -> None:
    """nginx answers 413 by the head, and closes."""
    nginx = make_nginx(reachable_folder)
    async with serving(nginx), open_load(database, [nginx.url], max_in_flight=4) as load:
        await load.arrive(10)
        await load.arrive(6, more_bytes=3_000_000)
        await load.arrive(10)
        await load.settle()
        buried = await load.buried()
        assert len(buried) == 6
        assert all("HTTP 413" in letter["error_message"] for letter in buried)
        assert {letter["attempts"] for letter in buried} == {1}
        await wait_until(lambda: nginx.journal.accepted().total() >= 20, seconds=20)
        assert nginx.journal.accepted() == Counter(dict.fromkeys(range(1, 11), 1)) + Counter(
            dict.fromkeys(range(17, 27), 1)
        )


async def test_an_upstream_that_is_away_for_a_while_gets_everything_once(
    database: Database, reachable_folder: Path
) -> None:
    """A proxy says 502 meanwhile, and its connections to us stay."""
    upstream = make_node(reachable_folder, "express")
    nginx = make_nginx(reachable_folder, upstream=upstream.port)
    url = nginx.url.replace("/hook", "/read")
    async with serving(nginx), open_load(database, [url]) as load:
        await load.arrive(10)
        await trio.sleep(0.5)
        async with serving(upstream):
            await load.arrive(20)
            await load.settle()
            await wait_until(lambda: upstream.journal.accepted().total() >= 30, seconds=20)
            await load.assert_all_came_once([upstream.journal])
        assert nginx.journal.statuses()[502] > 0
