"""The newest events of all tenants, whoever listens: where a client that resumes goes on from.

An event leaves only when it is committed, so that this and the table never leave a hole between
them. It knows nothing of clients.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from pulse_router.domain.live import STREAMED_TYPE, as_event
from pulse_router.domain.messages import Message, TelemetryEvent

MAX_EVENTS: Final = 8_192
MAX_BYTES: Final = 8 * 1024 * 1024


class _Chunk(NamedTuple):
    """Messages that came together; they leave together too."""

    last_id: int
    messages: Sequence[Message]
    size_bytes: int


class RecentEvents:
    """A ring of the newest messages, bounded by count and by bytes of their metrics.

    Beyond its bounds it holds what is not committed yet: that is bounded by what ingest may have
    in hand.

    Args:
        max_events: How many messages it holds beyond what is not committed.
        max_bytes: How many bytes.
    """

    def __init__(self, *, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._chunks: deque[_Chunk] = deque()
        self._events = 0
        self._bytes = 0
        self._committed = 0
        self._stored_to: int | None = None
        self._newest = 0

    @property
    def stored_to(self) -> int | None:
        """All events up to this id are in the table, all later ones here; None before `open`."""
        return self._stored_to

    @property
    def newest(self) -> int:
        """The highest id so far."""
        return self._newest

    def open(self, last_id: int) -> None:
        """Begin where earlier runs have ended.

        Args:
            last_id: The highest id that they have committed.
        """
        self._stored_to = self._committed = self._newest = last_id

    def add(self, messages: Sequence[Message]) -> None:
        """Add messages in the order of their ids; never waits."""
        if not messages:
            return
        chunk = _Chunk(messages[-1].event_id, messages, sum(map(_size, messages)))
        self._chunks.append(chunk)
        self._events += len(messages)
        self._bytes += chunk.size_bytes
        self._newest = chunk.last_id
        self._shrink()

    def commit(self, event_id: int) -> None:
        """Note that every event up to this id can be read from the table."""
        self._committed = event_id
        self._shrink()

    def after(self, tenant_id: str, event_id: int, limit: int) -> tuple[list[TelemetryEvent], int]:
        """Give a tenant's telemetry after an id, which must not be before `stored_to`.

        Returns:
            The first events, and the id up to which these are all.
        """
        found: list[TelemetryEvent] = []
        for chunk in self._chunks_after(event_id):
            for message in chunk.messages:
                if (
                    message.event_id > event_id
                    and message.tenant_id == tenant_id
                    and message.msg_type == STREAMED_TYPE
                ):
                    found.append(as_event(message))
                    if len(found) == limit:
                        return found, message.event_id
        return found, max(event_id, self._newest)

    def latest(self, tenant_id: str, device_id: str) -> TelemetryEvent | None:
        """Give the newest telemetry of a device; None when it is older than what is here."""
        for chunk in reversed(self._chunks):
            for message in reversed(chunk.messages):
                if (
                    message.device_id == device_id
                    and message.tenant_id == tenant_id
                    and message.msg_type == STREAMED_TYPE
                ):
                    return as_event(message)
        return None

    def _chunks_after(self, event_id: int) -> Iterator[_Chunk]:
        chunks: list[_Chunk] = []
        for chunk in reversed(self._chunks):
            if chunk.last_id <= event_id:
                break
            chunks.append(chunk)
        return reversed(chunks)

    def _shrink(self) -> None:
        while (self._events > self._max_events or self._bytes > self._max_bytes) and self._chunks[
            0
        ].last_id <= self._committed:
            chunk = self._chunks.popleft()
            self._events -= len(chunk.messages)
            self._bytes -= chunk.size_bytes
            self._stored_to = chunk.last_id


def _size(message: Message) -> int:
    return len(message.metrics or "")
