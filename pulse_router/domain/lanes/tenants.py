"""What each tenant with work holds of all that tenants share: workers, fetches, memory.

Pure: it knows neither lanes nor who comes next.
"""

from __future__ import annotations

import itertools
from typing import Final

import attrs

from pulse_router.domain.lanes.control import Trust
from pulse_router.domain.lanes.shares import Share

NOBODY: Final = ""
"""Whose lanes are of which it is not known yet whose they are."""


@attrs.define(eq=False)
class Tenant:
    """One tenant with work.

    Attributes:
        name: Its id.
        workers: Its attempts that hold a worker.
        fetches: What is done for it at the table.
        by_trust: Its attempts that hold a worker, by what is known of their endpoints.
        yielded: Its attempts that last so long that they hold no worker.
        held_bytes: What its lanes hold in memory.
        lanes: How many lanes it has.
    """

    name: str
    workers: Share
    fetches: Share
    _all_by_trust: list[int]
    by_trust: list[int] = attrs.field(factory=lambda: [0] * len(Trust))
    yielded: int = 0
    held_bytes: int = 0
    lanes: int = 0

    def weigh(self, trust: Trust, change: int) -> None:
        """Note by how much the workers that its lanes of one kind hold have changed."""
        self.by_trust[trust] += change
        self._all_by_trust[trust] += change


class Tenants:
    """The tenants that have lanes.

    Attributes:
        by_trust: The attempts of all that hold a worker, by what is known of their endpoints.
        nobody: Whose lanes are of which it is not known yet whose they are.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._by_name: dict[str, Tenant] = {}
        self.by_trust = [0] * len(Trust)
        self.nobody = self._make(NOBODY)

    def enter(self, name: str) -> Tenant:
        """Give the tenant of a new lane."""
        tenant = self._by_name.get(name)
        if tenant is None:
            tenant = self._by_name[name] = self._make(name)
        tenant.lanes += 1
        return tenant

    def leave(self, tenant: Tenant) -> None:
        """Note that a lane is gone; a tenant without lanes is forgotten."""
        tenant.lanes -= 1
        if not tenant.lanes and tenant is not self.nobody:
            del self._by_name[tenant.name]

    def _make(self, name: str) -> Tenant:
        number = next(self._numbers)
        return Tenant(name, Share(number), Share(number), self.by_trust)
