"""What all clients together have not taken yet: bounded, and who holds most makes room.

A client that does not read holds its answer in memory. It knows nothing of sockets or HTTP.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pulse_router.api.server.crowd import Crowd

MAX_BYTES: Final = 16 * 1024 * 1024
"""How much may wait for slow clients, all of them together; in memory it is up to thrice that."""


class Unsent:
    """Counts what waits for each client that does not keep up.

    Args:
        most: How many bytes may wait in all.
        crowd: Where it is counted who is cut.

    Attributes:
        crowd: Where it is counted who is cut, and what else happens to clients in a crowd.
    """

    def __init__(self, most: int = MAX_BYTES, *, crowd: Crowd | None = None) -> None:
        self._most = most
        self.crowd = crowd or Crowd()
        self._waiting: dict[Callable[[], None], int] = {}
        self._tenants: dict[Callable[[], None], str | None] = {}
        self._by_tenant: dict[str | None, int] = {}
        self._total = 0

    @property
    def total(self) -> int:
        """How many bytes wait in all."""
        return self._total

    def of_tenant(self, tenant_id: str | None) -> int:
        """Tell how many bytes wait for a tenant's clients; None is for all that have none."""
        return self._by_tenant.get(tenant_id, 0)

    def hold(self, cut: Callable[[], None], count: int, tenant_id: str | None = None) -> None:
        """Note how much waits for a client; where it is too much in all, some client is cut.

        That is the one that has waited for longest, of tenants for which about as much waits as
        for the one with most.

        Args:
            cut: Ends the client's connection at once; it stands for the client.
            count: How many bytes wait for it now.
            tenant_id: Whose client it is, where that is known.
        """
        before = self._waiting.get(cut, 0)
        self._count(self._tenants.get(cut), -before)  # a connection may be another tenant's now
        self._count(tenant_id, count)
        self._total += count - before
        self._waiting[cut], self._tenants[cut] = count, tenant_id
        while self._total > self._most:
            much = max(self._by_tenant.values()) / 2
            slowest = next(
                each for each in self._waiting if self.of_tenant(self._tenants[each]) >= much
            )
            self.crowd.cut_off += 1
            self.release(slowest)
            slowest()

    def release(self, cut: Callable[[], None]) -> None:
        """Note that nothing waits for a client any more; twice is once."""
        count = self._waiting.pop(cut, 0)
        tenant_id = self._tenants.pop(cut, None)
        self._total -= count
        self._count(tenant_id, -count)

    def _count(self, tenant_id: str | None, count: int) -> None:
        total = self._by_tenant.get(tenant_id, 0) + count
        if total:
            self._by_tenant[tenant_id] = total
        else:
            self._by_tenant.pop(tenant_id, None)
