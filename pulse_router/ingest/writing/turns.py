"""Whose messages go into the next commit: everybody's, or a share of those who bring too much.

While little waits, all that waits is stored at once, in the order of arrival. When more waits than
others can wait for, tenants who bring much of it are put off: what others bring goes before, and of
theirs a share goes with every second commit. A tenant's own messages stay in their order. Where
there is only one tenant, or each brings little, commits are large: those cost the least.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Final

import attrs
import trio

from pulse_router.ingest.arrivals import Arrival
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.writing.order import Order
from pulse_router.ingest.writing.splitting import cut, rows_by_tenant, separate

TURN_ROWS: Final = 1_024
"""For how many rows of one tenant's another's message has to wait, unless one message has more:
about 15 ms of work for the database."""
LONE_ROWS: Final = 4_096
"""How many rows a commit has at the most where nobody is put off."""
LONE_SECONDS: Final = 10.0
"""For so long after a message of another a tenant is not alone."""
SMALL_ROWS: Final = 256
"""A tenant of whom no more than that waits is never put off."""
MOST_ROWS: Final = 32_768
"""Of so many rows nothing more is taken in: the pressure reaches the broker."""


@attrs.define
class Turn:
    """What one commit stores, and what is acknowledged after it, in order.

    `up_to` is the last message before which everything is stored then.
    """

    batches: Sequence[DecodedBatch]
    arrivals: Sequence[Arrival]
    up_to: int


class Turns:
    """What has been decoded and is not stored.

    Args:
        turn_rows: See `TURN_ROWS`.
        small_rows: See `SMALL_ROWS`.
        lone_rows: See `LONE_ROWS`.
        clock: Gives the time, in seconds.

    Attributes:
        rows: How many rows it will have.
    """

    def __init__(
        self,
        *,
        turn_rows: int = TURN_ROWS,
        small_rows: int = SMALL_ROWS,
        lone_rows: int = LONE_ROWS,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.rows = 0
        self._lone_rows = lone_rows
        self._clock = clock
        self._tenant: str | None = None
        self._alone_from = clock()
        self._turn_rows = turn_rows
        self._small_rows = small_rows
        self._whole: deque[DecodedBatch] = deque()  # nobody has looked into these yet
        self._rows_of: deque[Mapping[str, int]] = deque()  # the first of them, by tenant
        self._rows_of_all: dict[str, int] = {}  # the sums of these
        self._put_off: dict[str, deque[DecodedBatch]] = {}  # by tenant; who is next stands first
        self._order = Order()
        self._newest = 0
        self._is_turn_of_others = True

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not self._whole and not self._put_off

    @property
    def room(self) -> int:
        """How many rows more may be added before something is stored."""
        return MOST_ROWS - self.rows

    def add(self, batches: Iterable[DecodedBatch]) -> None:
        """Add batches, in order of arrival."""
        for batch in batches:
            self._whole.append(batch)
            self.rows += batch.rows
            if messages := batch.messages:
                before, first = self._tenant or messages[0].tenant_id, messages[0].tenant_id
                self._tenant = messages[-1].tenant_id
                if not before == first == self._tenant:
                    self._note_others()  # the cheap half of it: `_count_rows` sees all

    def next(self) -> Turn:
        """Give what is to be stored next; there must be something."""
        if not self._put_off:
            if self.rows <= self._turn_rows:
                return self._take_whole(len(self._whole))
            if (count := self._count_untroubled()) > 0:
                return self._take_whole(count)
        others: list[DecodedBatch] = []
        if self._is_turn_of_others or not self._put_off:
            others = self._put_off_large()
        self._is_turn_of_others = not others
        return self._take_out(others or self._take_share(), are_shares=not others)

    def _take_whole(self, count: int) -> Turn:
        batches = [self._pop() for _ in range(count)]
        for batch in batches:
            self.rows -= batch.rows
            self._note_newest(batch)
        arrivals = [batch.arrival for batch in batches if not batch.more_follows]
        return Turn(batches, arrivals, self._newest)

    def _count_untroubled(self) -> int:
        """How many of the first arrivals can be stored as they are, as nobody is to be put off."""
        rows_of = self._count_rows()
        most_rows = self._lone_rows
        if max(rows_of.values(), default=0) > self._small_rows:
            if len(rows_of) > 1:
                self._note_others()
                return 0
            if self._clock() < self._alone_from:
                most_rows = self._turn_rows
        rows = count = 0
        for batch in self._whole:
            rows += batch.rows
            if rows > most_rows:
                break
            count += 1
        return count

    def _note_others(self) -> None:
        self._alone_from = self._clock() + LONE_SECONDS

    def _count_rows(self) -> Mapping[str, int]:
        """Count the rows of what nobody has looked into, by tenant."""
        for batch in islice(self._whole, len(self._rows_of), None):
            rows_of = rows_by_tenant(batch)
            self._rows_of.append(rows_of)
            for tenant_id, rows in rows_of.items():
                self._rows_of_all[tenant_id] = self._rows_of_all.get(tenant_id, 0) + rows
        return self._rows_of_all

    def _pop(self) -> DecodedBatch:
        """Take the first of what nobody has looked into."""
        for tenant_id, rows in self._rows_of.popleft().items() if self._rows_of else ():
            self._rows_of_all[tenant_id] -= rows
            if not self._rows_of_all[tenant_id]:
                del self._rows_of_all[tenant_id]
        return self._whole.popleft()

    def _put_off_large(self) -> list[DecodedBatch]:
        """Put off what is too much of what has come, and give all else."""
        large = {
            tenant_id for tenant_id, rows in self._count_rows().items() if rows > self._small_rows
        }
        large |= self._put_off.keys()
        others: list[DecodedBatch] = []
        rows = 0
        while self._whole and rows < self._turn_rows:
            if self._put_off and self._whole[0].arrival.new_session:
                break  # what is noted of a session must not stand before what ends the one before
            batch = self._pop()
            self._note_newest(batch)
            event_ids = [each.event_id for each in batch.messages if each.tenant_id in large]
            batch, parts = separate(batch, large)
            self._order.add(batch, event_ids)
            for tenant_id, part in parts.items():
                self._put_off.setdefault(tenant_id, deque()).append(part)
            if batch.received or batch.dropped:
                others.append(batch)
                rows += batch.rows
        return others

    def _take_share(self) -> list[DecodedBatch]:
        """Take what has been put off: of the tenant who is next, and of others what has room."""
        taken: list[DecodedBatch] = []
        left = self._turn_rows
        for tenant_id in list(self._put_off):
            parts = self._put_off.pop(tenant_id)
            while parts and parts[0].rows <= left:
                left -= parts[0].rows
                taken.append(parts.popleft())
            if parts and not taken:
                taken.append(cut(parts[0], left))
                left = 0
            if parts:
                self._put_off[tenant_id] = parts
                break
        return taken

    def _take_out(self, batches: list[DecodedBatch], *, are_shares: bool) -> Turn:
        self.rows -= sum(batch.rows for batch in batches)
        event_ids = [each.event_id for batch in batches for each in batch.messages]
        noting = DecodedBatch(batches[0].arrival, dropped=0)
        arrivals = self._order.commit(event_ids if are_shares else (), noting)
        first = self._order.first_put_off
        return Turn([*batches, noting], arrivals, self._newest if first is None else first - 1)

    def _note_newest(self, batch: DecodedBatch) -> None:
        if batch.messages:
            self._newest = batch.messages[-1].event_id
