"""Stores decoded batches, many in one transaction, and acknowledges them once it has committed.

Commits at once when it is idle. Otherwise it starts the next commit no sooner than five
milliseconds after the last start, and takes what has gathered meanwhile: a transaction costs CPU
and an fsync, so one per message would burn the box. What comes almost one by one, though never
evenly, would only be made to wait by that: then it is two. What goes into a commit when more has
gathered than one should have is said by `turns`.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

import attrs
import structlog
import trio

from pulse_router.domain.errors import REFUSALS, Unavailable
from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import IngestCommit, IngestCounts, Message, NewDelivery
from pulse_router.domain.spans import ingest_span
from pulse_router.ingest.batch import DecodedBatch, join
from pulse_router.ingest.poison import NotTheMessages, commit_without_poison
from pulse_router.ingest.ports import DeliveryReceiver, IngestStore, RecentMessages, SpanRecorder
from pulse_router.ingest.sequences import Sequences
from pulse_router.ingest.suspicion import Suspicion
from pulse_router.ingest.writing.turns import Turn, Turns
from pulse_router.runtime.patience import outlast
from pulse_router.runtime.stride import Stride

INTERVAL_SECONDS: Final = 0.005
SHORT_INTERVAL_SECONDS: Final = 0.002
FEW_MESSAGES: Final = 2
"""After a commit of so many the interval is short."""
MAX_MESSAGES: Final = 8_192
FEW_DELIVERIES: Final = 64
"""So many are handed over at once. A route of each takes 20 µs."""
SUSPECT_COMMITS: Final = 100
"""For how many commits after one with poison the next is expected."""

_log = structlog.get_logger()

PRUNE_EVERY: Final = 200
"""Commits between two prunings of `ingest_batches`: little each time, or others would feel it."""


class Writer:
    """The stage that makes messages durable.

    Args:
        store: Where they go.
        receiver: Told of the deliveries of each commit.
        ids: The generator whose state is stored with each commit.
        last_sequence: The sequence number of the newest commit.
        report: Told why nothing can be stored, and None when it goes on.
        on_commit: Told the counts of each commit.
        recent: Told up to which message everything is committed.
        sequences: Told the same, where what devices count is followed.
        spans: Told of each stored message that is part of a sampled trace, if anybody records them.

    Attributes:
        sequence: The sequence number of the newest commit.
    """

    def __init__(
        self,
        *,
        store: IngestStore,
        receiver: DeliveryReceiver,
        ids: EventIds,
        last_sequence: int,
        report: Callable[[str | None], None],
        on_commit: Callable[[IngestCounts], None],
        recent: RecentMessages,
        sequences: Sequences | None = None,
        spans: SpanRecorder | None = None,
    ) -> None:
        self._store = store
        self._receiver = receiver
        self._ids = ids
        self.sequence = last_sequence
        self._suspect_until = last_sequence
        self._suspicion = Suspicion()
        self._report = report
        self._on_commit = on_commit
        self._recent = recent
        self._sequences = sequences
        self._spans = spans
        self._prune_is_due = trio.Event()

    async def run(self, decoded: trio.MemoryReceiveChannel[DecodedBatch]) -> None:
        """Store and acknowledge batches until their channel closes."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._prune_when_due)
            with decoded:
                await self._write_all(decoded)
            nursery.cancel_scope.cancel()

    async def _write_all(self, decoded: trio.MemoryReceiveChannel[DecodedBatch]) -> None:
        turns = Turns()
        not_before = trio.current_time()
        async for first in decoded:
            batches = [first, *first.followers]
            while batches or not turns.is_empty:
                await trio.sleep_until(not_before)
                received = _gather(batches, decoded, turns.room)
                not_before = trio.current_time() + _interval_seconds(received)
                turns.add(batches)
                await self._write(turns.next())
                batches = []

    async def _prune_when_due(self) -> None:
        """Prune now and then, beside the commits: no message should have to wait for it."""
        while True:
            await self._prune_is_due.wait()
            self._prune_is_due = trio.Event()
            try:
                await outlast(Unavailable, self._store.prune, report=self._report)
            except REFUSALS as error:  # a row of somebody's; it holds up nothing but this
                _log.warning("what is known of old messages cannot be pruned", problem=str(error))

    async def _write(self, turn: Turn) -> None:
        commit = join(turn.batches, sequence=self.sequence + 1, last_id=self._ids.last)
        is_suspect = commit.sequence <= self._suspect_until
        attempts = _Attempts(self._store, commit, self._suspicion, is_suspect=is_suspect)
        self._receiver.committing(commit.deliveries)
        stored = await outlast(Unavailable, attempts, report=self._report)
        self.sequence = stored.sequence
        if stored.counts.stored < commit.counts.stored:
            self._suspect_until = stored.sequence + SUSPECT_COMMITS
        if commit.messages:
            self._recent.commit(turn.up_to)
            if self._sequences is not None:
                self._sequences.committed(turn.up_to)
        for arrival in turn.arrivals:
            arrival.acknowledge()
        self._on_commit(stored.counts)
        if self._spans is not None:
            _record(self._spans, turn.batches, stored.messages)
        if stored.deliveries and attempts.tries == 1:
            await self._hand_over(stored.deliveries)
        elif stored.deliveries:
            # An earlier try may have committed unheard, and lanes may have found them since.
            self._receiver.wake({delivery.route_id for delivery in stored.deliveries})
        if stored.sequence % PRUNE_EVERY == 0:
            self._prune_is_due.set()

    async def _hand_over(self, deliveries: Sequence[NewDelivery]) -> None:
        """Tell of new deliveries; so many that it takes long, route by route."""
        if len(deliveries) <= FEW_DELIVERIES:
            self._receiver.committed(deliveries)
            return
        by_route: defaultdict[int, list[NewDelivery]] = defaultdict(list)
        for delivery in deliveries:
            by_route[delivery.route_id].append(delivery)
        stride = Stride()
        left = len(by_route)
        for of_route in by_route.values():
            left -= 1
            self._receiver.committed(of_route, more=left > 0)
            await stride.step()


@attrs.define
class _Attempts:
    """Stores one batch, whatever of it can be stored; called until it succeeds.

    After an attempt whose end is unknown, the next one stores the same batch under the same
    sequence number, and finds out.
    """

    store: IngestStore
    commit: IngestCommit
    suspicion: Suspicion
    is_suspect: bool = False
    tries: int = 0

    async def __call__(self) -> IngestCommit:
        self.tries += 1
        try:
            return await commit_without_poison(
                self.store, self.commit, self.suspicion, is_suspect=self.is_suspect
            )
        except NotTheMessages as error:
            raise Unavailable(str(error)) from error


def _record(
    spans: SpanRecorder, batches: Sequence[DecodedBatch], messages: Sequence[Message]
) -> None:
    """Tell of the stored messages that are part of a trace."""
    traces = {number: trace for batch in batches for number, trace in batch.traces.items()}
    if not traces:
        return
    now = time.time()
    for message in messages:
        trace = traces.get(message.event_id)
        if trace is not None and (span := ingest_span(message, trace, ended_at=now)) is not None:
            spans.record(span)


def _interval_seconds(received: int) -> float:
    return SHORT_INTERVAL_SECONDS if received <= FEW_MESSAGES else INTERVAL_SECONDS


def _gather(
    batches: list[DecodedBatch], decoded: trio.MemoryReceiveChannel[DecodedBatch], most_rows: int
) -> int:
    """Take what is waiting, up to a cap; batches are never split. Tell how many messages it is."""
    count = sum(batch.received for batch in batches)
    rows = sum(batch.rows + len(batch.written) for batch in batches)
    while count < MAX_MESSAGES and rows < most_rows:
        try:
            batch = decoded.receive_nowait()
        except (trio.WouldBlock, trio.EndOfChannel):
            break
        for each in (batch, *batch.followers):
            batches.append(each)
            count += each.received
            rows += each.rows + len(each.written)  # no rows, but they are held as well
    return count
