"""What the figures are asked of: the database's counts, and what the parts have counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from pulse_router.domain.messages import Reason
from pulse_router.runtime.ledger import Figures


class Audit(Protocol):
    """Where the books are kept."""

    async def audit(self) -> Figures:
        """Add up the books.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class QueueDepth(Protocol):
    """Where the number of pending deliveries is asked."""

    async def queue_depth(self) -> int:
        """Count or estimate the pending deliveries.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class OldestSnapshot(Protocol):
    """Where the age of the oldest snapshot is asked."""

    async def oldest_snapshot_seconds(self) -> float:
        """Tell for how long nothing that was removed can be cleared away.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class FailedLetters(Protocol):
    """Where the dead letters are counted."""

    async def failed_by_route(self) -> Mapping[int | None, int]:
        """Count the failed ones of the routes that have most; all others stand under None.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class DeliveryFigures(Protocol):
    """What the delivery stage counts, since it started."""

    @property
    def delivered(self) -> int:
        """Deliveries made."""
        ...

    @property
    def failed(self) -> int:
        """Attempts that failed."""
        ...

    @property
    def dead_lettered(self) -> int:
        """Deliveries given up."""
        ...

    @property
    def causes(self) -> Mapping[str, int]:
        """What they were given up for."""
        ...

    @property
    def pushed_back(self) -> int:
        """Attempts that their receivers pushed back."""
        ...

    @property
    def held_lanes(self) -> int:
        """How many routes wait now, for their receivers have asked for it."""
        ...


class RefusalFigures(Protocol):
    """What ingest has refused since it started, by reason."""

    @property
    def refused(self) -> Mapping[Reason, int]:
        """Messages refused."""
        ...

    @property
    def not_kept(self) -> Mapping[Reason, int]:
        """Those of them that were not kept, for the cap."""
        ...


class ReceiptFigures(Protocol):
    """What is known of the receipts of today."""

    @property
    def bytes_today(self) -> int:
        """How many bytes they take, as of the last look."""
        ...

    @property
    def is_full(self) -> bool:
        """Whether what succeeds at once leaves none, for want of room."""
        ...


class FaultFigures(Protocol):
    """What has failed inside of ingest on a value from outside, since it started."""

    @property
    def filters(self) -> int:
        """How many times a payload filter could not judge a message."""
        ...

    @property
    def messages(self) -> int:
        """How many messages could not be read."""
        ...


class FilterFigures(Protocol):
    """What is known of payload filters that take too much."""

    @property
    def set_aside(self) -> int:
        """How many routes are set aside now."""
        ...

    @property
    def unasked(self) -> int:
        """How many times a filter was not asked of a message."""
        ...


class TenantFigures(Protocol):
    """Whose messages the decoder's time goes to."""

    def dearest(self, count: int) -> Sequence[tuple[str | None, float]]:
        """Give the tenants that take most, and what share of all time each takes."""
        ...


class LoopFigures(Protocol):
    """How late the event loop is."""

    @property
    def cumulative(self) -> Sequence[tuple[str, int]]:
        """How many lags were no longer than each bound, in seconds."""
        ...

    @property
    def sum_seconds(self) -> float:
        """What they come to."""
        ...

    @property
    def longest_seconds(self) -> float:
        """The longest of the last minute or two."""
        ...


class UpkeepFigures(Protocol):
    """What is known of the routes' secrets."""

    @property
    def unreadable(self) -> int:
        """How many routes are encrypted with a key that is not there."""
        ...


class ClockFigures(Protocol):
    """What is known of this machine's clock."""

    @property
    def behind_seconds(self) -> float:
        """By how much it is behind what was given by it before; 0 when it is not."""
        ...
