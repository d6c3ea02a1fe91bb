"""Serves the application with hypercorn, one connection's trouble kept from all others.

`hypercorn.trio.serve` lets an error in its own protocol code end the whole server, and waits for a
client without a limit. So its connections run here, under a guard of ours. The application has no
lifespan: the router owns what it stands on.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import structlog
import trio
from hypercorn.config import Config
from hypercorn.logging import Logger
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import (
    AppWrapper,
    ASGIReceiveCallable,
    ASGISendCallable,
    ASGISendEvent,
    HTTPScope,
    Scope,
    WebsocketScope,
)
from hypercorn.utils import wrap_app
from quart_trio import QuartTrio

from pulse_router.api.server.bare_problems import bare_problem, refusal
from pulse_router.api.server.connection import Connection
from pulse_router.api.server.exchange import INSIDE
from pulse_router.api.server.listeners import bound_addresses, open_listeners
from pulse_router.api.server.places import NoPlace, Places
from pulse_router.api.server.unsent import Unsent
from pulse_router.settings.values import Bind

STALLED_CLIENT_SECONDS: Final = 10.0
GRACE_SECONDS: Final = 3.0
MAX_WEBSOCKET_MESSAGE_BYTES: Final = 64 * 1024
MAX_CONNECTIONS: Final = 1000
MAX_HEADER_BYTES: Final = 32 * 1024
"""How long a request's headers may be at the least: a token may have 16 KiB."""

IDLE_SECONDS: Final = 30.0
_REFUSAL_SECONDS: Final = 1.0
_MAX_REFUSING: Final = 100
_RETRY_AFTER_SECONDS: Final = 5
_log = structlog.get_logger(__name__)


async def serve(
    app: QuartTrio,
    bind: Bind,
    *,
    setting: str = "http.bind",
    only: Collection[str] | None = None,
    shutdown: trio.Event,
    max_connections: int = MAX_CONNECTIONS,
    unsent: Unsent | None = None,
    grace_seconds: float = GRACE_SECONDS,
    stalled_client_seconds: float = STALLED_CLIENT_SECONDS,
    idle_seconds: float = IDLE_SECONDS,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until told to stop; then take no more, and let what is under way end.

    Args:
        app: The application.
        bind: Where to listen.
        setting: Where the operator has set that, for errors.
        only: The paths that are served, to operators alone; None for all that the application
            has, to everybody.
        shutdown: Set to stop. Live streams are closed by the application's own signal, before.
        max_connections: How many clients are served at once; others are told to come later.
        unsent: Counts what waits for clients that are slow to take it, all together, and who is cut
            off when it is too much.
        grace_seconds: For how long requests under way may go on.
        stalled_client_seconds: After how long a client is cut off that does not take what it is
            sent.
        idle_seconds: How long a client may take to send a request's headers, or the next request.
        task_status: Started with the addresses, as `host:port`.

    Raises:
        CannotListen: The address cannot be listened on.
    """
    listeners = await open_listeners(
        bind, setting=setting, stalled_client_seconds=stalled_client_seconds
    )
    clients = _Clients(
        _wrap(app, only),
        _config(idle_seconds),
        most=max_connections,
        unsent=unsent or Unsent(),
    )
    try:
        async with trio.open_nursery() as connections:
            async with trio.open_nursery() as accepting:
                accepting.start_soon(
                    partial(trio.serve_listeners, handler_nursery=connections),
                    clients.serve,
                    listeners,
                )
                task_status.started(bound_addresses(listeners))
                await shutdown.wait()
                accepting.cancel_scope.cancel()
            await clients.end(grace_seconds)
            connections.cancel_scope.cancel()
    finally:
        for listener in listeners:
            listener.socket.close()


class _Clients:
    """The connections that are open, and how many there may be.

    Args:
        app: The application.
        config: hypercorn's settings.
        most: How many are served at once.
        unsent: Counts what waits for them, and who had to go, or was not let in.
    """

    def __init__(self, app: AppWrapper, config: Config, *, most: int, unsent: Unsent) -> None:
        self._app = app
        self._crowd = unsent.crowd
        self._places = Places(most, crowd=unsent.crowd)
        self._unsent = unsent
        self._config = config
        self._context = WorkerContext(None)
        self._open: set[Connection] = set()
        self._refusing = 0
        self._left = trio.lowlevel.ParkingLot()

    async def serve(self, stream: trio.SocketStream) -> None:
        """Serve one connection; no error of its own leaves it."""
        try:
            host = stream.socket.getpeername()[0]
            take_place = partial(self._places.take, host)
            connection = Connection(
                self._app, self._config, self._context, stream, take_place, self._unsent
            )
        except OSError:  # it is gone already
            await trio.aclose_forcefully(stream)
            return
        except NoPlace as full:
            await self._refuse(stream, str(full))
            return
        self._open.add(connection)
        try:
            await connection.run()
        except* Exception as errors:  # noqa: BLE001 - logged; a bug in one is not one in all
            _log.warning("a connection failed", exc_info=errors)
        finally:
            self._open.discard(connection)
            self._left.unpark_all()
            await trio.aclose_forcefully(stream)

    async def end(self, grace_seconds: float) -> None:
        """Let what is under way end, and cut off what has not ended by then."""
        await self._context.terminated.set()
        for connection in self._open:
            connection.stop()
        with trio.move_on_after(grace_seconds):
            while self._open:
                await self._left.park()
        for connection in self._open:
            connection.cut()

    async def _refuse(self, stream: trio.SocketStream, why: str) -> None:
        """Tell a client to come later, as long as not too many are being told."""
        _log.warning("a client is refused: http.max_connections is reached", most=self._places.most)
        self._crowd.refused += 1
        self._refusing += 1
        try:
            if self._refusing <= _MAX_REFUSING:
                with trio.move_on_after(_REFUSAL_SECONDS):
                    # Closing on what is unread would break the answer.
                    received = bytes(await stream.receive_some())
                    await stream.send_all(
                        refusal(received, why, retry_after_seconds=_RETRY_AFTER_SECONDS)
                    )
        except trio.BrokenResourceError:
            pass
        finally:
            self._refusing -= 1
            await trio.aclose_forcefully(stream)


def _wrap(app: QuartTrio, only: Collection[str] | None) -> AppWrapper:
    """Let each message of a response be sent as a whole.

    Quart cancels a request when hypercorn reports its end, which happens inside the last send: the
    connection would be neither closed nor watched for idleness after that.
    """

    async def send_whole(
        scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        async def send_shielded(message: ASGISendEvent) -> None:
            with trio.CancelScope(shield=True):  # the connection bounds how long it takes
                await send(message)

        to_client = send_shielded if scope["type"] == "http" else send
        if only is not None and scope["type"] != "lifespan":
            scope["state"][INSIDE] = True
        if only is not None and scope["type"] != "lifespan" and scope["path"] not in only:
            await _refuse_path(scope, to_client)
        else:
            await app(scope, receive, to_client)

    return wrap_app(send_whole, 0, "asgi")


async def _refuse_path(scope: HTTPScope | WebsocketScope, send: ASGISendCallable) -> None:
    """Answer to what is not served here."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": None})
        return
    path = scope["raw_path"].decode("ascii", "replace")
    headers, body = bare_problem(HTTPStatus.NOT_FOUND, "This is not served here.", path=path)
    status = int(HTTPStatus.NOT_FOUND)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _config(idle_seconds: float) -> Config:
    config = Config()
    config.logger_class = _Log
    config.accesslog = None
    config.errorlog = None
    config.include_server_header = False
    config.keep_alive_timeout = idle_seconds
    config.h11_max_incomplete_size = MAX_HEADER_BYTES
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
