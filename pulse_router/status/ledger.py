"""The books of this process: what it has read and committed, held against what is persisted."""

from __future__ import annotations

import structlog

from pulse_router.domain.messages import IngestCounts
from pulse_router.mqtt.client import Client
from pulse_router.runtime.ledger import Figures, InHand, draw_up
from pulse_router.status.ports import Audit

_log = structlog.get_logger()


class Ledger:
    """What this process has committed, held against what it has read and what is persisted.

    Args:
        store: Where the books are kept.
        client: The MQTT client, which counts by itself what it reads.
    """

    def __init__(self, store: Audit, client: Client) -> None:
        self._store = store
        self._client = client
        self._opened_with = 0
        self._committed = 0
        self._dropped = 0
        self.books = draw_up(Figures(), InHand())

    async def open(self) -> None:
        """Begin with the books as earlier runs have left them.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        figures = await self._store.audit()
        self._opened_with = figures.total("received")
        self.books = draw_up(figures, InHand(opened_with=self._opened_with))

    def add(self, counts: IngestCounts) -> None:
        """Count a commit."""
        self._committed += counts.received - counts.dropped
        self._dropped += counts.dropped

    async def balance(self) -> None:
        """Draw the books up anew.

        Raises:
            Unavailable: The database cannot be asked now; the books stay as they were.
        """
        in_hand = InHand(
            read=self._client.messages,
            unacknowledged=self._client.messages_in_hand,
            committed=self._committed,
            dropped=self._dropped,
            opened_with=self._opened_with,
        )
        was_balanced = self.books.balanced
        self.books = draw_up(await self._store.audit(), in_hand)
        if was_balanced and not self.books.balanced:
            _log.error("the books do not balance", mismatch=dict(self.books.mismatch))
