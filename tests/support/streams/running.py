"""An API of its own for live streams, and events as large as a test wants."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import trio
import trio.testing

from pulse_router.api.app import create_app
from pulse_router.api.server.server import serve
from pulse_router.domain.messages import TelemetryEvent
from pulse_router.postgres.database import Database
from pulse_router.settings.values import Bind
from tests.support.api.server import ApiForTests

SECONDS = 60
PATH = "/customer/telemetry/stream"


def make_event(number: int, size: int = 1) -> TelemetryEvent:
    topic = "tenant/TENANT1/device/D/telemetry"
    now = datetime(2026, 2, 16, tzinfo=UTC)
    return TelemetryEvent(number, "TENANT1", "D", "S", topic, now, {"x": "x" * size})


@asynccontextmanager
async def running(database: Database, **options: object) -> AsyncIterator[ApiForTests]:
    """An API of its own; leaving stops it and waits until it has ended."""
    api = ApiForTests()
    app = create_app(api.services(database, max_streams=10, ring_capacity=100))
    run = partial(serve, app, Bind("127.0.0.1", 0), shutdown=api.shutdown, **options)  # type: ignore[arg-type]  # passed on
    async with trio.open_nursery() as nursery:
        (api.address,) = await nursery.start(run)
        yield api
        api.stopping.set()
        api.shutdown.set()
