"""Connections kept open between webhooks: a few for each origin, and not for too many of them.

Whoever sends takes the one that was used last, if it is fit; no other is looked at, for that would
cost more than the request. It knows nothing of deliveries.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Collection
from http import HTTPStatus
from typing import Final, TypeAlias

import attrs
import trio

from pulse_router.domain.webhook_config import WebhookUrl
from pulse_router.webhook.answer import Answer
from pulse_router.webhook.answers import AnswerReader
from pulse_router.webhook.breaks import LineBroken, LineCut
from pulse_router.webhook.deadlines import Deadlines
from pulse_router.webhook.lines import IDLE_SECONDS, Line, make_room
from pulse_router.webhook.network import GuardedNetwork
from pulse_router.webhook.outbox import LARGEST_BYTES, Outbox
from pulse_router.webhook.sessions import TlsSessions

_NEVER: Final = float("inf")
_REQUEST_TIMEOUT: Final = int(HTTPStatus.REQUEST_TIMEOUT)
MAX_ORIGINS: Final = 128
"""How many origins keep connections; more only while more are in use at once."""
ALONE: Final = 1
"""Up to so many under way at an origin are sent at once: there are no others to be sent with."""

Origin: TypeAlias = tuple[str, str, int, str | None]
"""Scheme, host, port, and the certificate that we show there: others share no connection."""


@attrs.define(eq=False)
class _Entry:
    """An origin's connections; of those that are idle, the one used last is last.

    Attributes:
        idle: The connections that nobody uses.
        in_use: How many are used.
    """

    idle: deque[Line] = attrs.field(factory=deque)
    in_use: int = 0


class OriginPools:
    """The connections to each origin that is in use, or was a moment ago.

    Args:
        network: How to connect.
        max_origins: How many origins keep their connections while they are not in use.
    """

    def __init__(self, network: GuardedNetwork, *, max_origins: int = MAX_ORIGINS) -> None:
        self._network = network
        self._max_origins = max_origins
        self._entries: OrderedDict[Origin, _Entry] = OrderedDict()
        self._sessions = TlsSessions()
        self._deadlines = Deadlines()
        self._outbox = Outbox()
        self._room = make_room()

    @property
    def origins(self) -> int:
        """How many origins have connections."""
        return len(self._entries)

    @property
    def connections(self) -> int:
        """How many connections there are, idle ones included."""
        return sum(len(entry.idle) + entry.in_use for entry in self._entries.values())

    async def exchange(
        self,
        url: WebhookUrl,
        request: bytes,
        reader: AnswerReader,
        *,
        now: float,
        certificate: str | None = None,
        deadline: float = _NEVER,
    ) -> None:
        """Send a request to a URL's origin and read the answer.

        A connection that was used before may have been closed just now: when it breaks before a
        byte of an answer has come, or with a word on its having been idle, the request goes out at
        once on a new one.

        Args:
            url: Whose origin.
            request: What to send.
            reader: Reads the answer; at the deadline it has what had come of it by then.
            now: The time, on Trio's clock.
            certificate: The one to show there.
            deadline: When it is given up, on Trio's clock; then it returns.

        Raises:
            AddressForbidden: The guard refuses the host's addresses.
            CannotConnect: No connection can be made.
            LineBroken: It broke before there was an answer.
            NotHttp: What came is no answer.
        """
        origin = (url.scheme, url.host, url.port, certificate)
        entry = self._entries.get(origin) or self._make_entry(origin)
        entry.in_use += 1
        try:
            outbox = self._outbox_for(entry, url, request)
            line = self._take_idle(entry, now, is_seen_to=outbox is not None)
            if line is not None:
                try:
                    self._deadlines.add(line, deadline)
                    try:
                        await line.exchange(request, reader, outbox)
                    finally:
                        self._put_back(entry, origin, line, reader)
                except LineBroken as broken:
                    if not broken.is_untouched:
                        raise
                except LineCut:
                    return
                else:
                    if not _ended_idle(reader.answer):
                        return
                self._drop_idle(entry)
                reader.begin()
            with trio.move_on_at(deadline):
                await self._exchange_anew(entry, origin, url, request, reader)
        finally:
            entry.in_use -= 1
            self._entries.move_to_end(origin)

    def _make_entry(self, origin: Origin) -> _Entry:
        entry = self._entries[origin] = _Entry()
        self._close_surplus(but=entry)
        return entry

    def _outbox_for(self, entry: _Entry, url: WebhookUrl, request: bytes) -> Outbox | None:
        """Give the outbox where a request is to be sent with others."""
        may_wait = url.scheme == "http" and len(request) <= LARGEST_BYTES
        return self._outbox if entry.in_use > ALONE and may_wait else None

    async def _exchange_anew(
        self, entry: _Entry, origin: Origin, url: WebhookUrl, request: bytes, reader: AnswerReader
    ) -> None:
        """Make a connection, and send a request over it and read the answer."""
        line = await self._make(origin, url)
        try:
            await line.exchange(request, reader)
        finally:
            self._put_back(entry, origin, line, reader)

    async def run(self) -> None:
        """Send what is to be sent with others, and give up what lasts too long, for ever."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._outbox.run)
            nursery.start_soon(self._deadlines.watch)

    async def close_idle_for_ever(self) -> None:
        """Close what nobody has used for a while, again and again."""
        while True:
            await trio.sleep(IDLE_SECONDS / 2)
            now = trio.current_time()
            for origin, entry in list(self._entries.items()):
                living = [line for line in entry.idle if line.idle_until > now]
                for line in entry.idle:
                    if line.idle_until <= now:
                        line.close()
                entry.idle = deque(living)
                if not entry.idle and not entry.in_use:
                    del self._entries[origin]

    def close(self) -> None:
        """Close every connection; none is in use any more."""
        self._close_origins(list(self._entries))

    def _put_back(self, entry: _Entry, origin: Origin, line: Line, reader: AnswerReader) -> None:
        """Note that an exchange has ended: its connection waits for another, or is closed."""
        self._deadlines.remove(line)
        if reader.has_begun:
            line.teach(self._sessions, origin)
        if line.is_reusable:
            entry.idle.append(line)
        else:
            line.close()

    def _take_idle(self, entry: _Entry, now: float, *, is_seen_to: bool) -> Line | None:
        """Take the connection that was used last; whatever is not fit is closed here."""
        while entry.idle:
            line = entry.idle.pop()
            if line.is_fit(now, is_seen_to=is_seen_to):
                return line
            line.close()
        return None

    def _drop_idle(self, entry: _Entry) -> None:
        """Close what is idle: what has closed one has most likely closed all."""
        while entry.idle:
            entry.idle.pop().close()

    async def _make(self, origin: Origin, url: WebhookUrl) -> Line:
        sock = await self._network.connect(url)
        if url.scheme == "https":
            *_, certificate = origin
            earlier = self._sessions.get(origin)
            sock = await self._network.secure(sock, url, earlier, certificate)
        return Line(sock, self._room)

    def _close_surplus(self, *, but: _Entry) -> None:
        """Close the connections to the least recently used origins that are too many."""
        excess = len(self._entries) - self._max_origins
        if excess > 0:
            unused = [
                origin
                for origin, entry in self._entries.items()
                if not entry.in_use and entry is not but
            ]
            self._close_origins(unused[:excess])

    def _close_origins(self, origins: Collection[Origin]) -> None:
        for origin in origins:
            self._drop_idle(self._entries.pop(origin))


def _ended_idle(answer: Answer) -> bool:
    """Tell whether a server has closed an idle connection with an answer to no request."""
    return answer.status == _REQUEST_TIMEOUT and not answer.is_reusable
