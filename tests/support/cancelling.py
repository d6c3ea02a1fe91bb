"""Cancelling at every step, and seeing what is left open."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from pulse_router.mqtt.options import ClientOptions
from tests.support.mqtt.peer import ScriptedBroker


class CancelAtStep(trio.abc.Instrument):
    """Cancels a scope at the nth step that any task takes."""

    def __init__(self, scope: trio.CancelScope, step: int) -> None:
        self.scope = scope
        self.left = step

    def before_task_step(self, _task: trio.lowlevel.Task) -> None:
        self.left -= 1
        if self.left == 0:
            self.scope.cancel()


class RememberingBroker(ScriptedBroker):
    """Remembers the client's ends of its streams."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[trio.abc.Stream] = []

    async def open_stream(self, options: ClientOptions) -> trio.abc.Stream:
        stream = await super().open_stream(options)
        self.opened.append(stream)
        return stream

    async def expect_all_closed(self) -> None:
        """Every stream must have been closed by the client."""
        for stream in self.opened:
            with pytest.raises(trio.ClosedResourceError):
                await stream.send_all(b"x")
