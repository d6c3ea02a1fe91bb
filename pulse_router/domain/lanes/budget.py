"""The bytes of deliveries that are in memory, shared by all lanes: an eighth for one at the most.

Pure: it knows only sizes.
"""

from __future__ import annotations

from typing import Final

from pulse_router.domain.lanes.shares import MOST
from pulse_router.domain.lanes.tenants import Tenant

ALL_WINDOWS_BYTES: Final = 24 * 1024 * 1024
"""How much all lanes together hold: waiting, under way, and not settled yet."""
ONE_FETCH_BYTES: Final = 2 * 1024 * 1024
FETCH_SHARE: Final = 4
"""One fetch may bring a quarter of what is left."""
LANE_SHARE: Final = 8
"""One lane may hold an eighth of all."""


class ByteBudget:
    """How many bytes all windows together may hold.

    Half of them are for lanes whose endpoints are trusted: what waits before the others must not
    slow these down. Where nothing is left, a lane that holds nothing may still fetch one delivery,
    so that no lane waits for another.

    Args:
        total: How many.

    Attributes:
        free: How many nobody holds; below 0 when it is too much.
        kept_for_trusted: How many of them are for those that are trusted.
    """

    def __init__(self, total: int = ALL_WINDOWS_BYTES) -> None:
        self.total = total
        self.free = total
        self.kept_for_trusted = total // 2

    def hold(self, size: int) -> None:
        """Note that so many bytes are held."""
        self.free -= size

    def give_back(self, size: int) -> None:
        """Note that so many bytes are no longer held."""
        self.free += size

    def left(self, *, is_trusted: bool) -> int:
        """Tell how many bytes lanes of this kind may still hold; below 0 when it is too much."""
        return self.free - (0 if is_trusted else self.kept_for_trusted)


class LaneBytes:
    """What one lane holds of the budget.

    It may take so much that its tenant holds no more than `MOST` times what is left to all others.

    Args:
        budget: What all share.
        tenant: Whose lane it is, as far as that is known.

    Attributes:
        tenant: Whose lane it is; to be changed only while it holds nothing.
        is_trusted: Whether its endpoint answers in good time.
    """

    def __init__(self, budget: ByteBudget, tenant: Tenant | None = None) -> None:
        self._budget = budget
        self._most = budget.total // LANE_SHARE
        self._held = 0
        self.tenant = tenant
        self.is_trusted = False

    @property
    def left(self) -> int:
        """How many bytes it may still take; 0 or less when it may take none."""
        budget, tenant = self._budget, self.tenant
        free = budget.free if self.is_trusted else budget.free - budget.kept_for_trusted
        of_tenant = self._held if tenant is None else tenant.held_bytes
        left = (MOST * free - of_tenant) // (MOST + 1)
        of_lane = self._most - self._held
        return min(left, of_lane)

    def hold(self, size: int) -> None:
        """Note that it holds so many bytes more."""
        self._held += size
        self._budget.hold(size)
        if self.tenant is not None:
            self.tenant.held_bytes += size

    def give_back(self, size: int) -> None:
        """Note that it holds so many bytes less."""
        self.hold(-size)

    def grant(self) -> int:
        """Set apart what a fetch may bring; give it back when the fetch has ended."""
        share = self._budget.left(is_trusted=self.is_trusted) // FETCH_SHARE
        granted = max(0, min(ONE_FETCH_BYTES, share, self.left))
        self.hold(granted)
        return granted
