"""Whose turn it is to be answered: few reads at once, so that ingest need not wait for many.

Every step that many requests take together is a step that all else waits for. It must not know
what is read.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import trio

AT_ONCE: Final = 2
"""How many reads are answered at once, those that last long apart."""
LONG_SECONDS: Final = 0.1
"""After this time a read waits for the database rather than it computes: it needs no turn."""
OF_OPERATORS: Final = 2
"""How many reads of those who see all tenants are under way at once."""

_NO_BOUND: Final = 1 << 30


class ReadTurns:
    """Gives turns, in the order of asking.

    A read that lasts long goes on without its turn; but a tenant has no more than its own few under
    way, so that one who asks for much keeps none but itself waiting.

    Args:
        most_of: Tells how many a tenant may have under way, those that last long included: as many
            as it may hold connections; 0 is no bound.
    """

    def __init__(self, most_of: Callable[[str], int]) -> None:
        self._most_of = most_of
        self._line = trio.StrictFIFOLock()
        self._begun_at: OrderedDict[object, float] = OrderedDict()
        self._ended = trio.lowlevel.ParkingLot()
        self._tenants: dict[str | None, trio.Semaphore] = {}

    async def take(self, tenant_id: str | None) -> AbstractContextManager[None]:
        """Wait for a turn; it lasts to the end of the block that it is given for.

        Args:
            tenant_id: Who reads; None for those who see all tenants.
        """
        places = self._places(tenant_id)
        try:
            await _acquire(places)
        except BaseException:
            self._forget_idle(tenant_id, places)
            raise
        reader = object()
        try:
            await self._begin(reader)
        except BaseException:
            self._end(reader, tenant_id, places)
            raise
        return self._turn(reader, tenant_id, places)

    def _places(self, tenant_id: str | None) -> trio.Semaphore:
        """Give the places of a tenant; another bound holds when none of them is taken."""
        places = self._tenants.get(tenant_id)
        if places is None:
            most = OF_OPERATORS if tenant_id is None else self._most_of(tenant_id) or _NO_BOUND
            places = self._tenants[tenant_id] = trio.Semaphore(most, max_value=most)
        return places

    @contextmanager
    def _turn(
        self, reader: object, tenant_id: str | None, places: trio.Semaphore
    ) -> Iterator[None]:
        try:
            yield
        finally:
            self._end(reader, tenant_id, places)

    def _end(self, reader: object, tenant_id: str | None, places: trio.Semaphore) -> None:
        self._begun_at.pop(reader, None)
        self._ended.unpark()
        places.release()
        self._forget_idle(tenant_id, places)

    def _forget_idle(self, tenant_id: str | None, places: trio.Semaphore) -> None:
        is_idle = places.value == places.max_value
        if is_idle and not places.statistics().tasks_waiting:
            self._tenants.pop(tenant_id, None)

    async def _begin(self, reader: object) -> None:
        if self._line.locked() or len(self._begun_at) >= AT_ONCE:
            async with self._line:  # only the first in line looks for a turn
                while len(self._begun_at) >= AT_ONCE:
                    await self._wait_for_one()
        self._begun_at[reader] = trio.current_time()

    async def _wait_for_one(self) -> None:
        """Wait until a read ends, or lasts so long that it needs no turn."""
        first, begun_at = next(iter(self._begun_at.items()))
        with trio.move_on_at(begun_at + LONG_SECONDS) as patience:
            await self._ended.park()
        if patience.cancelled_caught:
            self._begun_at.pop(first, None)


async def _acquire(places: trio.Semaphore) -> None:
    """Take a place, at once where there is one: waiting for nothing takes time too."""
    try:
        places.acquire_nowait()
    except trio.WouldBlock:
        await places.acquire()
