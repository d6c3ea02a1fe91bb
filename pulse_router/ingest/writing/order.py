"""The order of arrival of what is stored in another order: what is acknowledged, and what is noted.

Acknowledgements go out in the order of arrival, and what is noted of the messages stands in it too,
for that is how what the broker sends again is recognised. What is stored ahead of its turn is noted
as such, and once more when its turn comes. It knows nothing of whose turn it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable

import attrs

from pulse_router.ingest.arrivals import Arrival
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.redelivery import AHEAD, MARK


@attrs.define(eq=False)
class _Read:
    """An arrival, or a part of it, that is not its last without `is_end`.

    Of what is to be noted of it, that from `at` on has not had its turn.
    """

    arrival: Arrival
    is_end: bool
    packet_ids: list[int]
    digests: list[int]
    noted: list[int]
    put_off: set[int]
    at: int = 0


class Order:
    """Arrivals of which something is not stored yet, and all that came after them."""

    def __init__(self) -> None:
        self._reads: deque[_Read] = deque()
        self._put_off: dict[int, _Read] = {}
        self._fresh: dict[_Read, None] = {}

    def add(self, batch: DecodedBatch, put_off: Collection[int]) -> None:
        """Add an arrival, or a part of it, the next one.

        Args:
            batch: What it became; what is noted of its messages is taken out of it.
            put_off: The messages that are not to be stored with the next commit, by event id and in
                their order; all else is.
        """
        read = _Read(
            batch.arrival,
            not batch.more_follows,
            batch.packet_ids,
            batch.digests,
            batch.noted,
            set(put_off),
        )
        batch.packet_ids, batch.digests, batch.noted = [], [], []
        self._reads.append(read)
        self._fresh[read] = None
        self._put_off.update(dict.fromkeys(put_off, read))

    @property
    def first_put_off(self) -> int | None:
        """The event id of the first message that is not stored."""
        return next(iter(self._put_off), None)

    def commit(self, event_ids: Iterable[int], noting: DecodedBatch) -> list[Arrival]:
        """Let a commit have its place.

        Args:
            event_ids: Which messages are in it that were put off; what is not put off of the
                arrivals that were added since the commit before is in it too.
            noting: Where what is to be noted with it is added.

        Returns:
            What is to be acknowledged after it, in order.
        """
        stored: dict[int, _Read] = {}
        for event_id in event_ids:
            read = stored[event_id] = self._put_off.pop(event_id)
            read.put_off.discard(event_id)
        finished: list[Arrival] = []
        while self._reads and self._finish(self._reads[0], noting):
            read = self._reads.popleft()
            if read.is_end:
                finished.append(read.arrival)
        for read in dict.fromkeys([*self._fresh, *stored.values()]):
            is_fresh = read in self._fresh
            for at in range(read.at, len(read.noted)):
                packet_id, event_id = read.packet_ids[at], read.noted[at]
                is_stored = event_id in stored or (is_fresh and event_id not in read.put_off)
                if is_stored and packet_id != MARK:
                    noting.packet_ids += [MARK, packet_id]
                    noting.digests += [AHEAD, read.digests[at]]
        self._fresh.clear()
        return finished

    def _finish(self, read: _Read, noting: DecodedBatch) -> bool:
        """Note what has its turn; tell whether that is all."""
        begin = read.at
        while read.at < len(read.noted) and read.noted[read.at] not in read.put_off:
            read.at += 1
        noting.packet_ids += read.packet_ids[begin : read.at]
        noting.digests += read.digests[begin : read.at]
        return not read.put_off
