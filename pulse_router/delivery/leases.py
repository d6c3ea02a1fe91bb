"""Which lanes are this router's: held by leases, renewed in time, given up in good order.

It knows neither SQL nor what lanes do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Final

import attrs
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
NO_LEASE: Final = 0
"""The epoch of what is not of the queue, and needs no lease."""
SHARED_SECONDS: Final = 60.0
"""For how long a router that is gone may still have commits under way."""


@attrs.frozen
class Hold:
    """One continuous holding of a partition: what is known of the table under it ends with it.

    Attributes:
        epoch: That of the lease.
        lapses: How often leases of this router have run out, if only for a moment.
        is_shared: Whether others store deliveries for it too, of which nobody tells.
    """

    epoch: int
    lapses: int = 0
    is_shared: bool = False

    def as_epochs(self, route_id: int) -> Mapping[int, int]:
        """Give what a transaction that depends on the lease is to check."""
        return {} if self.epoch == UNCHECKED else {partition_of(route_id): self.epoch}


class Attempting:
    """A block in which attempts are made; a generator would cost as much as its scope.

    Args:
        under_way: The scopes of all such blocks, and their partitions.
        partition: That of these attempts.
        cut_at: When they must have ended.
    """

    __slots__ = ("_partition", "_scope", "_under_way")

    def __init__(
        self, under_way: dict[trio.CancelScope, int], partition: int, cut_at: float
    ) -> None:
        self._under_way = under_way
        self._partition = partition
        self._scope = trio.CancelScope(deadline=cut_at)

    def __enter__(self) -> trio.CancelScope:
        """Begin; it is cut from now on."""
        self._under_way[self._scope] = self._partition
        return self._scope.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        """End; what its cut has raised goes no further."""
        del self._under_way[self._scope]
        return self._scope.__exit__(kind, error, traceback)


class Leases:
    """The leases of this router.

    Args:
        store: Where they are kept; None for a router that is alone and holds everything.
        on_change: Told when partitions were won or lost.
        busy: Tells which partitions have attempts that are not settled yet.
        random: Gives numbers from 0 up to 1, for the jitter.
        report: Told what keeps it from renewing, and None when it is over.

    Attributes:
        is_shared: Whether there are other routers, or were a while ago.
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
        self._holds: dict[int, Hold] = {}
        self._leaving: set[int] = set()
        self._valid_until = 0.0
        self._lapses = 0
        self._shared_until = 0.0
        self.is_shared = False
        self._under_way: dict[trio.CancelScope, int] = {}
        if store is None:
            self._holds = dict.fromkeys(range(PARTITIONS), Hold(UNCHECKED))
            self._valid_until = float("inf")

    def hold_of(self, route_id: int) -> Hold | None:
        """Tell how a route's lane is held now; None when it may not work."""
        partition = partition_of(route_id)
        if partition in self._leaving or trio.current_time() >= self._valid_until:
            return None
        return self._holds.get(partition)

    def attempting(self, route_id: int) -> Attempting:
        """Make attempts in this block: where others may take over, it ends with its lease.

        Returns:
            The block; it gives the scope, to be asked afterwards whether an attempt was cut.
        """
        return Attempting(self._under_way, partition_of(route_id), self._cut_at)

    @property
    def _cut_at(self) -> float:
        """When attempts must have ended: a router that is alone is succeeded by nobody."""
        return self._valid_until if self.is_shared else float("inf")

    def _cut(self, is_lost: Callable[[int], bool]) -> None:
        for scope, partition in self._under_way.items():
            if is_lost(partition):
                scope.cancel()
            else:
                scope.deadline = self._cut_at

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

    def note_lost(self, partitions: Collection[int]) -> None:
        """Note that another router has taken some over, though their time is not up."""
        for partition in partitions:
            self._epochs.pop(partition, None)
            self._holds.pop(partition, None)
            self._leaving.discard(partition)
        self._cut(lambda partition: partition in partitions)
        self._on_change()

    async def release_all(self) -> None:
        """Give everything back, for this router stops; when that fails, the leases end anyway."""
        epochs, self._epochs = self._epochs, {}
        self._holds = {}
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
        # Now, not when it was asked: the lease was looked at meanwhile, and had run out.
        self._lapses += trio.current_time() >= self._valid_until
        self._valid_until = started_at + (store.lease_seconds if store else 0.0)
        self._note_routers(holding.routers + holding.doubtful)
        self._holds = {
            partition: Hold(epoch, self._lapses, self.is_shared)
            for partition, epoch in self._epochs.items()
        }
        self._cut(lambda partition: self.is_shared and partition not in self._epochs)
        for partition in sorted(set(self._epochs) - self._leaving, reverse=True):
            if len(self._leaving) >= holding.surplus:
                break
            self._leaving.add(partition)
        if not holding.surplus:
            self._leaving.clear()
        if before != self._epochs or self._leaving:
            self._on_change()

    def _note_routers(self, routers: int) -> None:
        now = trio.current_time()
        if routers > 1:
            self._shared_until = now + SHARED_SECONDS
        self.is_shared = now < self._shared_until

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
            self._holds.pop(partition, None)
