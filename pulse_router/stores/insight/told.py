"""Messages that have come in, as routes were asked of them; satisfies the API's `MessageFinder`."""

from __future__ import annotations

from pulse_router.domain.insight.messages import (
    ToldMessage,
    payload_of,
    read_payload,
    told_by,
    topic_of,
)
from pulse_router.postgres.database import Database
from pulse_router.stores.dead_letters.dead_letters import PostgresDeadLetterStore
from pulse_router.stores.insight.deliveries import PostgresDeliveryFinder
from pulse_router.stores.insight.messages import PostgresMessageStore
from pulse_router.stores.rejections import PostgresRejectionStore


class PostgresMessageFinder:
    """The messages.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._messages = PostgresMessageStore(database)
        self._rejections = PostgresRejectionStore(database)
        self._dead_letters = PostgresDeadLetterStore(database)
        self._deliveries = PostgresDeliveryFinder(database)

    async def find_stored(self, tenant_id: str, event_id: int) -> ToldMessage | None:
        """See the port. What was not delivered has the payload as it came."""
        pending = await self._deliveries.find_pending(tenant_id, [event_id])
        dead = await self._deliveries.find_dead(tenant_id, [event_id])
        exact = told_by([*pending, *dead])
        if exact is not None:
            return exact
        message = await self._messages.load_message(tenant_id, event_id)
        if message is None:
            return None
        return ToldMessage(topic_of(tenant_id, message), payload_of(message), is_exact=False)

    async def find_refused(self, tenant_id: str, rejected_id: int) -> ToldMessage | None:
        """See the port."""
        refused = await self._rejections.load_rejected(tenant_id, rejected_id)
        if refused is None:
            return None
        return ToldMessage(refused.topic, read_payload(refused.payload or b""))

    async def find_dead(self, tenant_id: str, dead_letter_id: int) -> ToldMessage | None:
        """See the port."""
        letter = await self._dead_letters.load_dead_letter(tenant_id, dead_letter_id)
        if letter is None:
            return None
        return ToldMessage(letter.original_topic, read_payload(letter.payload or ""))
