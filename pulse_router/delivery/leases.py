"""Which lanes are this router's: held by leases, renewed in time, given up in good order.

It knows neither SQL nor what lanes do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final

import trio

from pulse_router.delivery.ports import LeaseStore
from pulse_router.domain.errors import TROUBLE
from pulse_router.domain.leases import PARTITIONS, Holding, partition_of
from pulse_router.runtime.patience import outlast

RENEWALS: Final = 3
"""How many times in its life a lease is renewed."""
RELEASE_SECONDS: Final = 2.0
UNCHECKED: Final = 0
"""The epoch of a router that shares its database with nobody."""


class Leases:
    """The leases of this router.

    Args:
        store: Where they are kept; None for a router that is alone and holds everything.
        on_change: Told when partitions were won or lost.
        busy: Tells which partitions have attempts that are not settled yet.
        random: Gives numbers from 0 up to 1, for the jitter.
        report: Told what keeps it from renewing, and None when it is over.
    """

    def __init__(
        self,
        store: LeaseStore | None,
        *,
        on_change: Callable[[], None],
        busy: Callable[[], Collection[int]],
        random: Callable[[], float],
        report: Callable[[str | None], None],
    ) -> None:
        self._store = store
        self._on_change = on_change
        self._busy = busy
        self._random = random
        self._report = report
        self._epochs: dict[int, int] = {}
        self._leaving: set[int] = set()
        self._valid_until = 0.0
        self.routers = 1
        if store is None:
            self._epochs = dict.fromkeys(range(PARTITIONS), UNCHECKED)
            self._valid_until = float("inf")

    def epoch_of(self, route_id: int) -> int | None:
        """Tell the epoch under which a route's lane may work now; None when it may not."""
        partition = partition_of(route_id)
        if partition in self._leaving or trio.current_time() >= self._valid_until:
            return None
        return self._epochs.get(partition)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Hold leases, for ever; started once the first are held."""
        if self._store is None:
            task_status.started()
            return
        await self._renew(self._store.take_back)
        task_status.started()
        store = self._store
        while True:
            await trio.sleep(store.lease_seconds / RENEWALS * (0.5 + 0.5 * self._random()))
            await self._renew(lambda: store.renew(dict(self._epochs)))
            await self._give_up_surplus(store)

    async def release_all(self) -> None:
        """Give everything back, for this router stops; when that fails, the leases end anyway."""
        epochs, self._epochs = self._epochs, {}
        store = self._store
        if store is None:
            return
        with trio.move_on_after(RELEASE_SECONDS, shield=True):
            try:
                await store.release(epochs, leave=True)
            except TROUBLE as error:
                self._report(str(error))

    async def _renew(self, ask: Callable[[], Awaitable[Holding]]) -> None:
        started_at = trio.current_time()

        async def renew() -> Holding:
            nonlocal started_at
            started_at = trio.current_time()
            return await ask()

        holding = await outlast(TROUBLE, renew, report=self._report)
        self._accept(holding, started_at)

    def _accept(self, holding: Holding, started_at: float) -> None:
        store = self._store
        was_valid = started_at < self._valid_until
        before = dict(self._epochs) if was_valid else {}
        self._epochs = dict(holding.epochs)
        self._leaving &= set(self._epochs)
        self._valid_until = started_at + (store.lease_seconds if store else 0.0)
        self.routers = holding.routers
        for partition in sorted(set(self._epochs) - self._leaving, reverse=True):
            if len(self._leaving) >= holding.surplus:
                break
            self._leaving.add(partition)
        if not holding.surplus:
            self._leaving.clear()
        if before != self._epochs or self._leaving:
            self._on_change()

    async def _give_up_surplus(self, store: LeaseStore) -> None:
        """Release what is too much, once its attempts are settled; the others next time."""
        idle = self._leaving - set(self._busy())
        if not idle:
            return
        epochs: Mapping[int, int] = {partition: self._epochs[partition] for partition in idle}
        try:
            await store.release(epochs)
        except TROUBLE as error:
            self._report(str(error))
            return
        for partition in idle:
            self._leaving.discard(partition)
            self._epochs.pop(partition, None)
