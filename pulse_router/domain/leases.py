"""Lanes fall into partitions, and each partition is leased by one router at a time.

Pure: who holds what is decided in the database, and who has died by whoever watches.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

import attrs

PARTITIONS: Final = 32
LEASE_SECONDS: Final = 5.0
"""How long a lease lasts that is not renewed."""
CLAIM_SECONDS: Final = 600.0
"""How long a dead letter stays claimed by who is not heard of: longer than any attempt may take,
and its turn."""


class LeaseLost(Exception):
    """What was to be written belongs to lanes that another router has taken over.

    Args:
        partitions: Which partitions are lost.
    """

    def __init__(self, partitions: Collection[int]) -> None:
        super().__init__(f"the leases of partitions {sorted(partitions)} are lost")
        self.partitions = frozenset(partitions)


@attrs.frozen
class Holding:
    """What a router holds, and beside whom.

    Attributes:
        epochs: The epoch of each partition.
        routers: How many routers live, this one too.
        doubtful: Of how many others it is not known yet whether they live.
    """

    epochs: Mapping[int, int]
    routers: int = 1
    doubtful: int = 0

    @property
    def surplus(self) -> int:
        """How many partitions it holds beyond its share."""
        return max(0, len(self.epochs) - fair_share(self.routers))


def partition_of(route_id: int) -> int:
    """Tell in which partition a route's lane is."""
    return route_id % PARTITIONS


def fair_share(routers: int) -> int:
    """Tell how many partitions one of so many routers may hold."""
    return -(-PARTITIONS // max(1, routers))
