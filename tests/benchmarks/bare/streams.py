"""A bare hypercorn loop: one event after the other to every WebSocket, and nothing else.

Arguments: RATE. It reads nothing, filters nothing and stores nothing: the limit that live streams
are measured against. Prints its port, and begins to send when a line arrives on its input.
"""

from __future__ import annotations

import json
import sys
import time
from functools import partial
from typing import cast

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Framework, Scope

EVENT = {
    "type": "telemetry",
    "id": "123456789012345678",
    "device_id": "DEV-00001",
    "tenant_id": "TENANT1",
    "site_id": "SITE-1",
    "metrics": {"temperature": 20.5},
    "timestamp": "2026-02-16T00:00:00.123456Z",
    "topic": "tenant/TENANT1/device/DEV-00001/telemetry",
}


class Bare:
    """An application that accepts whoever comes."""

    def __init__(self) -> None:
        self.clients: list[ASGISendCallable] = []

    async def __call__(
        self, scope: Scope, _receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        """Accept a client, and keep it."""
        if scope["type"] != "websocket":
            raise NotImplementedError(scope["type"])
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        self.clients.append(send)
        await trio.sleep_forever()

    async def publish(self, rate: float) -> None:
        """Send for ever, at a rate."""
        start, number = trio.current_time(), 0
        while True:
            number += 1
            await trio.sleep_until(start + number / rate)
            metrics = {**EVENT["metrics"], "sent_at": time.time()}  # type: ignore[dict-item]  # a dict
            text = json.dumps({**EVENT, "metrics": metrics}, separators=(",", ":"))
            for send in self.clients:
                await send({"type": "websocket.send", "bytes": None, "text": text})


async def main(rate: float) -> None:
    """Serve and publish until killed."""
    config, app = Config(), Bare()
    config.bind, config.errorlog, config.accesslog = ["127.0.0.1:0"], None, None
    async with trio.open_nursery() as nursery:
        run = partial(serve, cast("Framework", app), config)
        [address] = await nursery.start(run)
        print("port", address.rpartition(":")[2], flush=True)
        await trio.to_thread.run_sync(sys.stdin.readline)
        await app.publish(rate)


if __name__ == "__main__":
    trio.run(main, float(sys.argv[1]))
