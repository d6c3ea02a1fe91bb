"""Live telemetry over real WebSockets: what is shown, said, and how it is closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import trio
from trio_websocket import ConnectionClosed, WebSocketConnection

from pulse_router.domain.messages import TelemetryEvent
from tests.support.api.server import ApiForTests

SECONDS = 20


def make_event(number: int, device: str = "DEV-1", tenant: str = "TENANT1") -> TelemetryEvent:
    return TelemetryEvent(
        event_id=number,
        tenant_id=tenant,
        device_id=device,
        site_id="SITE-1",
        topic=f"tenant/{tenant}/device/{device}/telemetry",
        time=datetime(2026, 2, 16, tzinfo=UTC),
        metrics={"temperature": 90, "humidity": 40},
    )


async def read(stream: WebSocketConnection) -> Any:
    with trio.fail_after(SECONDS):
        return msgspec.json.decode(await stream.get_message())


async def tell(stream: WebSocketConnection, **message: Any) -> Any:
    """Send a message and read the answer."""
    await stream.send_message(msgspec.json.encode(message).decode())
    return await read(stream)


async def closed_with(stream: WebSocketConnection) -> tuple[int, str | None]:
    """Read to the end, and say how it ended."""
    reason = None
    with trio.fail_after(SECONDS):
        while reason is None:
            try:
                await stream.get_message()
            except ConnectionClosed as closed:
                reason = closed.reason
    return reason.code, reason.reason


@asynccontextmanager
async def refused(api: ApiForTests, **options: Any) -> AsyncIterator[tuple[int, str | None]]:
    async with api.stream(**options) as stream:
        yield await closed_with(stream)
