"""Serves the API, and beside it, where the operator wants that, how the router does."""

from __future__ import annotations

from functools import partial
from typing import Final

import trio

from pulse_router.api import health
from pulse_router.api.app import create_app
from pulse_router.api.server.server import serve
from pulse_router.api.server.unsent import Unsent
from pulse_router.console.console import Demonstration
from pulse_router.parts.api import join_api
from pulse_router.parts.console import join_console
from pulse_router.parts.parts import Parts
from pulse_router.settings.live import LiveSettings

OPS_CONNECTIONS: Final = 64
"""How many clients the listener for operations has places for."""


async def serve_http(  # noqa: ASYNC128 - started by the server
    parts: Parts,
    live: LiveSettings,
    stop: trio.Event,
    demonstration: Demonstration | None,
    *,
    task_status: trio.TaskStatus[list[str]],
) -> None:
    """Serve until told to stop.

    Args:
        parts: What is served.
        live: The settings that hold.
        stop: Set to stop.
        demonstration: What a demo says of itself; None where this is none.
        task_status: Started with the addresses of the API, as `host:port`.

    Raises:
        CannotListen: An address cannot be listened on.
    """
    services = join_api(parts, live, join_console(parts, demonstration))
    app = create_app(services)
    http = parts.base.settings.http
    async with trio.open_nursery() as nursery:
        if parts.access.issuer_keys is not None:
            nursery.start_soon(parts.access.issuer_keys.run)
        if parts.access.sign_in is not None:
            nursery.start_soon(parts.access.sign_in.run)
        if http.ops_bind is not None:
            operations = partial(
                serve,
                app,
                http.ops_bind,
                setting="http.ops_bind",
                only=health.PATHS,
                shutdown=stop,
                max_connections=OPS_CONNECTIONS,
                unsent=Unsent(crowd=parts.base.gate.unsent.crowd),
            )
            await nursery.start(operations)
        await serve(
            app,
            http.bind,
            shutdown=stop,
            max_connections=http.max_connections,
            unsent=parts.base.gate.unsent,
            task_status=task_status,
        )
        nursery.cancel_scope.cancel()
