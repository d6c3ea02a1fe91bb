"""What looking into messages needs from the outside; the stores implement it, the router joins.

Every method raises Unavailable when the database cannot be asked now.
"""

from __future__ import annotations

from typing import Protocol

from pulse_router.domain.insight.messages import MessageFilter
from pulse_router.domain.telemetry import StoredMessage
from pulse_router.runtime.pages import Found, Wanted


class MessageStore(Protocol):
    """A tenant's stored messages of all types, across its devices."""

    async def list_messages(
        self, tenant_id: str, chosen: MessageFilter, wanted: Wanted
    ) -> Found[StoredMessage]:
        """Give a page of those that are chosen, the newest first.

        A page looks through so many messages at the most: it may be short, or empty, and lead on.
        """
        ...

    async def load_message(self, tenant_id: str, event_id: int) -> StoredMessage | None:
        """Give one; None when the tenant has no such one."""
        ...
