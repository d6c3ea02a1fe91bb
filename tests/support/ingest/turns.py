"""A life of a router, as far as it decides what is stored next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import attrs

from pulse_router.domain.messages import IngestCommit, Message, NewDelivery, Reason, Rejection
from pulse_router.ingest.batch import DecodedBatch, join
from pulse_router.ingest.redelivery import IDS_CLIMB, MARK, RedeliveryWindow
from pulse_router.ingest.repeats import Repeats
from pulse_router.ingest.writing.turns import Turn, Turns
from tests.support.ingest.fakes import FakeArrival, FakePublication

NOW = datetime(2026, 2, 16, tzinfo=UTC)
TURN_ROWS = 12
SMALL_ROWS = 4
LONE_ROWS = 24


@attrs.frozen
class Sent:
    """A message: whose, how many routes it matches, whether it is at QoS 1 and is accepted."""

    tenant: str
    matches: int = 0
    is_held: bool = True
    is_good: bool = True


@attrs.define
class Life:
    """A router from its start to its end; `log` is what is noted of all lives, by commit."""

    sent: Sequence[Sent]
    log: list[tuple[int, int]]
    stored: list[int]
    alike: bool = False
    now: float = 0.0
    turns: Turns = attrs.field(init=False)
    acknowledged: list[Any] = attrs.field(factory=list)
    arrivals: int = 0
    event_id: int = 0
    number_of: dict[int, int] = attrs.field(factory=dict)
    numbers_in: dict[int, Sequence[int]] = attrs.field(factory=dict)
    repeats: Repeats = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.turns = Turns(
            turn_rows=TURN_ROWS,
            small_rows=SMALL_ROWS,
            lone_rows=LONE_ROWS,
            clock=lambda: self.now,
        )
        self.repeats = Repeats(RedeliveryWindow([(MARK, IDS_CLIMB), *self.log]))

    def read(self, numbers: Sequence[int], *, again: bool = False) -> DecodedBatch:
        """Decode what one read brings."""
        (batch,) = self.read_in_parts(numbers, len(numbers), again=again)
        return batch

    def read_in_parts(
        self, numbers: Sequence[int], size: int, *, again: bool = False
    ) -> Sequence[DecodedBatch]:
        """Decode what one read brings, and hand it on so many messages at a time."""
        self.arrivals += 1
        self.numbers_in[self.arrivals] = numbers
        publications = [
            FakePublication(
                b"" if self.alike else b"%d" % number,
                "t",
                packet_id=number + 1 if self.sent[number].is_held else None,
                duplicate=again and self.sent[number].is_held,
            )
            for number in numbers
        ]
        is_first = self.arrivals == 1
        arrival = FakeArrival(publications, number=self.arrivals, new_connection=is_first)
        arrival.log = self.acknowledged
        self.repeats.begin(arrival)
        batches: list[DecodedBatch] = []
        for at, (number, publication) in enumerate(zip(numbers, publications, strict=True)):
            if at % size == 0:
                batches.append(DecodedBatch(arrival))
            self.event_id += 1
            batches[-1].received += 1
            self.decode(batches[-1], number, publication)
        for batch in batches[:-1]:
            batch.more_follows = True
        return batches

    def decode(self, batch: DecodedBatch, number: int, publication: FakePublication) -> None:
        sent, event_id = self.sent[number], self.event_id
        if self.repeats.have(batch, publication, event_id):
            batch.duplicates[sent.tenant] += 1
        elif not sent.is_good:
            self.number_of[event_id] = number
            batch.rejections.append(
                Rejection(NOW, sent.tenant, None, str(number), Reason.EMPTY, "", b"")
            )
        else:
            self.number_of[event_id] = number
            batch.matched += sent.matches
            batch.messages.append(
                Message(event_id, NOW, NOW, sent.tenant, "D", None, "telemetry", "{}", None)
            )
            batch.deliveries += [
                NewDelivery(event_id, sent.tenant, route, "D", "t", "{}", event_id, NOW)
                for route in range(sent.matches)
            ]

    def commit(self) -> tuple[Turn, IngestCommit]:
        """Store what is next, and acknowledge what is to be."""
        turn = self.turns.next()
        commit = join(turn.batches, sequence=1, last_id=1)
        self.log += zip(commit.packet_ids, commit.digests, strict=True)
        self.stored += [self.number_of[message.event_id] for message in commit.messages]
        self.stored += [int(rejection.topic) for rejection in commit.rejections]
        for arrival in turn.arrivals:
            assert set(self.numbers_in[arrival.number]) <= set(self.stored), "all of it is stored"
            arrival.acknowledge()
        return turn, commit


def life(*sent: Sent) -> Life:
    return Life(sent, [], [])
