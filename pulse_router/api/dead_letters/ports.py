"""What the API's dead letters need from the outside; the edges implement it."""

from __future__ import annotations

from typing import Protocol

from pulse_router.domain.dead_letters.selection import DeadLetterFilter, DeadLetterSummary
from pulse_router.domain.deliveries import (
    ClaimRefused,
    DeadLetter,
    DeadLetterStatus,
)
from pulse_router.runtime.pages import Found, Wanted


class DeadLetterStore(Protocol):
    """A tenant's dead letters, or, where it is None, everybody's, for the operator.

    Every method raises Unavailable when the database is away.
    """

    async def list_dead_letters(
        self,
        tenant_id: str | None,
        *,
        asked: DeadLetterFilter,
        wanted: Wanted,
    ) -> Found[DeadLetter]:
        """Give a page of the dead letters, newest first.

        Those that a page of its weight has no room for, or nobody wants, come without payload.
        """
        ...

    async def load_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> DeadLetter | None:
        """Give one dead letter, or None when the tenant has no such one."""
        ...

    async def discard_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> ClaimRefused | None:
        """Discard a dead letter that is FAILED and that nobody is replaying.

        Returns:
            None when it is done, otherwise what forbids it.
        """
        ...

    async def restore_dead_letter(
        self, tenant_id: str | None, dead_letter_id: int
    ) -> DeadLetterStatus | None:
        """Make a dead letter that is DISCARDED one that is FAILED again.

        Returns:
            What it was: only where that is DISCARDED, it is done. None when there is no such one.
        """
        ...

    async def count_purge(self, tenant_id: str | None, *, older_than_days: int) -> int:
        """Count what `purge_dead_letters` would remove now."""
        ...

    async def purge_dead_letters(self, tenant_id: str | None, *, older_than_days: int) -> int:
        """Remove dead letters by age, whatever their status, and say how many went."""
        ...


class DeadLetterCounts(Protocol):
    """How many dead letters a tenant has. Raises Unavailable when the database is away."""

    async def summarize(
        self,
        tenant_id: str | None,
        *,
        asked: DeadLetterFilter,
        buckets: int,
        limit: int,
        offset: int,
    ) -> DeadLetterSummary:
        """Count by route and status, and the most frequent errors, those of a page of routes.

        Args:
            tenant_id: Whose; None for everybody's.
            asked: Which ones.
            buckets: Into how many pieces of time the counts are cut; 0 for none.
            limit: How many routes at the most.
            offset: How many to pass over.
        """
        ...
