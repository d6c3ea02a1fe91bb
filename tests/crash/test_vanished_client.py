"""A live client that vanishes while nothing is sent to it: only keep-alive probes can tell."""

from __future__ import annotations

from pulse_router.postgres.database import Database
from tests.support.api.server import make_token
from tests.support.streams.bare_websocket import open_bare, vanish
from tests.support.streams.running import PATH, running
from tests.support.waiting import wait_until

FOUND_WITHIN_SECONDS = 30


async def test_an_idle_client_that_vanished_leaves_its_place_within_thirty_seconds(
    database: Database,
) -> None:
    bearer = f"Bearer {make_token()}"
    async with running(database) as api, open_bare(api.port, PATH, Authorization=bearer) as gone:
        assert (await gone.message())["type"] == "connected"
        vanish(gone.socket)
        await wait_until(
            lambda: api.broadcaster.total_connections == 0, seconds=FOUND_WITHIN_SECONDS
        )
