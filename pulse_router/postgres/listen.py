"""Hears what the database announces, on a connection of its own.

A NOTIFY is a hint: what comes while no connection stands is lost, so every new connection says that
there is a gap. It must not know what is announced, nor what is done about it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog
import trio

from pulse_router.domain.errors import TROUBLE, Unavailable
from pulse_router.postgres.connecting import ConnectOptions, connect
from pulse_router.postgres.connection import Connection
from pulse_router.postgres.errors import ConnectionLost

KEEP_ALIVE_SECONDS: Final = 15.0
ANSWER_WITHIN_SECONDS: Final = 5.0
FIRST_WAIT_SECONDS: Final = 0.1
LONGEST_WAIT_SECONDS: Final = 5.0
MAX_HINTS: Final = 1000

_log = structlog.get_logger()


def _do_nothing() -> None:
    pass


class Hints:
    """Announcements that nobody has taken yet: each once, in order of arrival.

    When they are too many, they become one None: a gap.
    """

    def __init__(self, capacity: int = MAX_HINTS) -> None:
        self._capacity = capacity
        self._pending: dict[str | None, None] = {}
        self._arrived = trio.Event()

    def put(self, payload: str | None) -> None:
        """Note an announcement; None, a gap, stands for all there could be. Never waits."""
        if None not in self._pending:
            if payload is None or len(self._pending) >= self._capacity:
                self._pending = {None: None}
            else:
                self._pending[payload] = None
        self._arrived.set()

    async def take(self) -> list[str | None]:
        """Wait until there are announcements, and take them all."""
        await self._arrived.wait()
        taken = list(self._pending)
        self._pending.clear()
        self._arrived = trio.Event()
        return taken


async def listen(
    url: str | None,
    channel: str,
    on_notify: Callable[[str], Awaitable[None]],
    *,
    on_gap: Callable[[], Awaitable[None]],
    on_connect: Callable[[], None] = _do_nothing,
    poll_seconds: float | None = None,
    keep_alive_seconds: float = KEEP_ALIVE_SECONDS,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Listen on a channel until cancelled; the database may come and go.

    Args:
        url: Where to LISTEN, past any PgBouncer; None where that is impossible.
        channel: The channel.
        on_notify: Called with each payload, one at a time. When it raises `Unavailable`, that is a
            gap.
        on_gap: Called when anything may have been announced, never beside the other: after every
            connect, at every poll, after too many announcements. When it raises `Unavailable` it is
            called until it succeeds.
        on_connect: Told of each connection, before the gap that it makes; must not wait.
        poll_seconds: How often to take it for a gap that nothing was heard; None for never.
        keep_alive_seconds: How often the silent connection is asked whether it lives.
        task_status: Told at once: nothing needs to be reachable to begin.
    """
    hints = Hints()
    async with trio.open_nursery() as nursery:
        if url is not None:
            nursery.start_soon(_stay_connected, url, channel, hints, on_connect, keep_alive_seconds)
        nursery.start_soon(_hand_on, hints, on_notify, on_gap)
        task_status.started()
        if poll_seconds is not None:
            while True:
                await trio.sleep(poll_seconds)
                hints.put(None)


async def _hand_on(
    hints: Hints,
    on_notify: Callable[[str], Awaitable[None]],
    on_gap: Callable[[], Awaitable[None]],
) -> None:
    wait_seconds = FIRST_WAIT_SECONDS
    while True:
        try:
            for payload in await hints.take():
                await (on_gap() if payload is None else on_notify(payload))
            wait_seconds = FIRST_WAIT_SECONDS
        except Exception as error:  # noqa: BLE001 - whatever it is, it was announced
            trace = None if isinstance(error, TROUBLE) else error
            _log.warning(
                "an announced change could not be read", problem=str(error), exc_info=trace
            )
            hints.put(None)
            await trio.sleep(wait_seconds)
            wait_seconds = min(LONGEST_WAIT_SECONDS, wait_seconds * 2)


async def _stay_connected(
    url: str,
    channel: str,
    hints: Hints,
    on_connect: Callable[[], None],
    keep_alive_seconds: float,
) -> None:
    wait_seconds = FIRST_WAIT_SECONDS
    while True:
        began_at = trio.current_time()
        try:
            await _listen_once(url, channel, hints, on_connect, keep_alive_seconds)
        except Unavailable as error:
            _log.warning("not listening to the database", channel=channel, problem=str(error))
        if trio.current_time() - began_at > LONGEST_WAIT_SECONDS:
            wait_seconds = FIRST_WAIT_SECONDS
        await trio.sleep(wait_seconds)
        wait_seconds = min(LONGEST_WAIT_SECONDS, wait_seconds * 2)


async def _listen_once(
    url: str,
    channel: str,
    hints: Hints,
    on_connect: Callable[[], None],
    keep_alive_seconds: float,
) -> None:
    """Listen on one connection until it is lost.

    Raises:
        Unavailable: Always, in the end.
    """
    connection = await connect(ConnectOptions(url))
    try:
        lost = trio.Event()
        await connection.add_listener(
            channel, hints.put, lost.set, timeout_seconds=ANSWER_WITHIN_SECONDS
        )
        _log.info("listening to the database", channel=channel)
        on_connect()
        hints.put(None)
        await _keep_alive(connection, lost, keep_alive_seconds)
    finally:
        connection.terminate()


async def _keep_alive(connection: Connection, lost: trio.Event, every_seconds: float) -> None:
    """Notice when the connection ends, with a sign or without (a line that went silent)."""
    while True:
        with trio.move_on_after(every_seconds):
            await lost.wait()
        if lost.is_set():
            raise ConnectionLost("the server ended the connection")
        await connection.fetch("SELECT 1", timeout_seconds=ANSWER_WITHIN_SECONDS)
