"""Figures of the router as a test sets them."""

from __future__ import annotations

import trio

from pulse_router.api.health import Status


class ScriptedStatus:
    """Figures that a test sets."""

    def __init__(self) -> None:
        self.status = Status(
            delivered=3,
            failed=2,
            delivery_queue_depth=7,
            dead_lettered=1,
            mqtt="ok",
            database="ok",
            nats="disabled",
            ledger={"received": 5, "stored": 5, "balanced": True},
            oldest_snapshot_seconds=12.34,
        )

    async def current(self) -> Status:
        await trio.lowlevel.checkpoint()
        return self.status
