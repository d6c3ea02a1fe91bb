"""Serves the application with hypercorn, one connection's trouble kept from all others.

`hypercorn.trio.serve` lets an error in its own protocol code end the whole server: one request
with a malformed `HTTP2-Settings` header is enough. So its connection handler runs here, under a
guard of ours. The application has no lifespan: the router owns what it stands on.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Final, cast

import structlog
import trio
from hypercorn.config import Config
from hypercorn.logging import Logger
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import (
    AppWrapper,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    ConnectionState,
    Scope,
)
from hypercorn.utils import wrap_app
from quart_trio import QuartTrio

from pulse_router.api.listeners import bound_addresses, open_listeners
from pulse_router.settings.values import Bind

STALLED_CLIENT_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 3.0
MAX_WEBSOCKET_MESSAGE_BYTES: Final = 64 * 1024
_IDLE_SECONDS: Final = 30
_SEND_SECONDS: Final = 60  # a stalled client ends a send sooner
_log = structlog.get_logger(__name__)


async def serve(
    app: QuartTrio,
    bind: Bind,
    *,
    shutdown: trio.Event,
    grace_seconds: float = GRACE_SECONDS,
    stalled_client_seconds: float = STALLED_CLIENT_SECONDS,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until told to stop; then take no more, and let what is under way end.

    Args:
        app: The application.
        bind: Where to listen.
        shutdown: Set to stop. Live streams are closed by the application's own signal, before.
        grace_seconds: For how long requests under way may go on.
        stalled_client_seconds: After how long a client is cut off that does not take what it is
            sent. A send under way ends by nothing else, so stopping may take this long as well.
        task_status: Started with the addresses, as `host:port`.

    Raises:
        OSError: The address cannot be listened on.
    """
    listeners = await open_listeners(bind, stalled_client_seconds=stalled_client_seconds)
    context = WorkerContext(None)
    handle = partial(_handle, _wrap(app), _config(), context)
    try:
        async with trio.open_nursery() as connections:
            async with trio.open_nursery() as accepting:
                accepting.start_soon(
                    partial(trio.serve_listeners, handler_nursery=connections), handle, listeners
                )
                task_status.started(bound_addresses(listeners))
                await shutdown.wait()
                accepting.cancel_scope.cancel()
            await context.terminated.set()
            connections.cancel_scope.deadline = trio.current_time() + grace_seconds
    finally:
        for listener in listeners:
            listener.socket.close()


async def _handle(
    app: AppWrapper, config: Config, context: WorkerContext, stream: trio.SocketStream
) -> None:
    """Serve one connection; no error of its own leaves it."""
    server = TCPServer(
        app, config, context, ConnectionState({}), cast("trio.SSLStream[trio.SocketStream]", stream)
    )
    try:
        await server.run()
    except* Exception as errors:  # noqa: BLE001 - logged; a bug in one connection is not one in all
        _log.warning("a connection failed", exc_info=errors)
    finally:
        await trio.aclose_forcefully(stream)


def _wrap(app: QuartTrio) -> AppWrapper:
    """Let each message of a response be sent as a whole.

    Quart cancels a request when hypercorn reports its end, which happens inside the last send: the
    connection would be neither closed nor watched for idleness after that.
    """

    async def send_whole(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        async def send_shielded(message: ASGISendEvent) -> None:
            with trio.move_on_after(_SEND_SECONDS, shield=True):
                await send(message)

        await app(scope, receive, send_shielded if scope["type"] == "http" else send)

    return wrap_app(send_whole, 0, "asgi")


def _config() -> Config:
    config = Config()
    config.logger_class = _Log
    config.accesslog = None
    config.errorlog = None
    config.include_server_header = False
    config.keep_alive_timeout = _IDLE_SECONDS
    config.websocket_max_message_size = MAX_WEBSOCKET_MESSAGE_BYTES
    return config


class _Log(Logger):
    """What hypercorn has to say, in our log. It has no access log: that would hold tokens."""

    async def exception(self, message: str, *args: Any, **_options: Any) -> None:  # noqa: ANN401 - hypercorn's
        """Log an error with its traceback."""
        _log.exception(message % args if args else message)

    async def error(self, message: str, *args: Any, **_options: Any) -> None:  # noqa: ANN401 - hypercorn's
        """Log an error."""
        _log.error(message % args if args else message)

    async def warning(self, message: str, *args: Any, **_options: Any) -> None:  # noqa: ANN401 - hypercorn's
        """Log a warning."""
        _log.warning(message % args if args else message)
