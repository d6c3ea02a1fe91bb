"""Numbers that devices count with: what is missing is found, and nothing is made up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import attrs
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Message
from pulse_router.domain.sequences import MAX_NUMBER, SequenceKey, Step
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.sequences import NumberReader, Sequences
from tests.support.ingest.fakes import FakeArrival

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)


def message(
    event_id: int, metrics: str | None, extra: str | None = None, *, device: str = "D"
) -> Message:
    return Message(event_id, NOON, NOON, "T", device, None, "telemetry", metrics, extra)


@attrs.define
class Table:
    """What is committed."""

    last: dict[SequenceKey, int] = attrs.field(factory=dict)
    asked: list[SequenceKey] = attrs.field(factory=list)
    outages: int = 0

    async def last_numbers(self, keys: Collection[SequenceKey]) -> Mapping[SequenceKey, int]:
        await trio.lowlevel.checkpoint()
        if self.outages:
            self.outages -= 1
            raise Unavailable("away")
        self.asked += keys
        return {key: self.last[key] for key in keys if key in self.last}


@attrs.define
class World:
    """Devices that count, one router after the other, and a table."""

    table: Table = attrs.field(factory=Table)
    capacity: int = 100
    per_minute: int = 100
    event_id: int = 0
    gaps: list[tuple[str, int, int, int]] = attrs.field(factory=list)
    reports: list[str | None] = attrs.field(factory=list)
    sequences: Sequences = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.sequences = Sequences(
            "seq",
            self.table,
            capacity=self.capacity,
            per_minute=self.per_minute,
            report=self.reports.append,
        )

    async def decode(self, *numbers: tuple[str, int]) -> DecodedBatch:
        batch = DecodedBatch(FakeArrival(()))
        for device, number in numbers:
            self.event_id += 1
            batch.messages.append(message(self.event_id, f'{{"seq":{number}}}', device=device))
        await self.sequences.follow(batch)
        return batch

    def commit(self, batch: DecodedBatch) -> None:
        for tenant_id, device_id, msg_type, last, _ in batch.last_numbers:
            self.table.last[tenant_id, device_id, msg_type] = last
        self.gaps += [(gap.device_id, gap.expected, gap.got, gap.missing) for gap in batch.gaps]
        if batch.messages:
            self.sequences.committed(batch.messages[-1].event_id)

    async def send(self, *numbers: tuple[str, int]) -> None:
        self.commit(await self.decode(*numbers))


@pytest.mark.parametrize(
    ("metrics", "extra", "number"),
    [
        ('{"seq":7,"t":1.5}', None, 7),
        ('{"t":1}', '{"seq":-7}', -7),
        (None, '{"seq":0}', 0),
        ('{"seq":1}', '{"seq":2}', 1),
        ('{"seq":"1"}', '{"seq":2}', None),
        ('{"seq":1.0}', None, None),
        ('{"seq":true}', None, None),
        ('{"seq":null}', None, None),
        ('{"seq":[1]}', None, None),
        ('{"t":1}', None, None),
        (f'{{"seq":{MAX_NUMBER}}}', None, MAX_NUMBER),
        (f'{{"seq":{MAX_NUMBER + 1}}}', None, None),
        (f'{{"seq":{"9" * 300}}}', None, None),
    ],
)
def test_a_number_is_an_integer_in_the_metrics_or_beside_them(
    metrics: str | None, extra: str | None, number: int | None
) -> None:
    assert NumberReader("seq").read(message(1, metrics, extra)) == number


async def test_greater_is_a_gap_smaller_a_restart_and_equal_a_repeat() -> None:
    world = World()
    await world.send(("A", 5), ("A", 6), ("A", 9), ("A", 9), ("A", 1), ("A", 2), ("B", 40))
    assert world.gaps == [("A", 7, 9, 2)]
    assert world.sequences.steps == {
        Step.FIRST: 2,
        Step.NEXT: 2,
        Step.GAP: 1,
        Step.REPEAT: 1,
        Step.RESTART: 1,
    }
    assert world.sequences.missing == 2


async def test_a_gap_over_a_restart_is_found_and_one_batch_looks_each_device_up_once() -> None:
    world = World()
    await world.send(("A", 5), ("B", 1))
    world.start()
    await world.send(("A", 8), ("A", 9), ("B", 2), ("A", 10), ("C", 77))
    assert world.gaps == [("A", 6, 8, 2)]
    assert sorted(world.table.asked[2:]) == [("T", each, "telemetry") for each in "ABC"]


async def test_what_was_not_committed_before_a_kill_comes_again_and_is_no_gap_of_its_own() -> None:
    world = World()
    await world.send(("A", 1))
    await world.decode(("A", 2), ("A", 5))
    world.start()
    await world.send(("A", 2), ("A", 5))
    assert world.gaps == [("A", 3, 5, 2)]
    assert world.sequences.steps[Step.REPEAT] == 0


async def test_memory_is_bounded_and_forgets_nothing_that_the_table_lacks() -> None:
    world = World(capacity=10)
    waiting = [await world.decode((f"D{number}", 1)) for number in range(50)]
    assert len(world.sequences) == 50, "none of it is committed"
    await world.send(("D0", 2))  # it was said before the others are known to be committed
    for batch in waiting:
        world.commit(batch)
    world.sequences.committed(world.event_id)
    await world.send(("LAST", 1))
    assert len(world.sequences) == 10
    world.table.last["T", "D0", "telemetry"] = 2
    for number in range(50):
        await world.send((f"D{number}", 3 if number == 0 else 2))
    assert world.gaps == []
    assert world.sequences.steps == {Step.FIRST: 51, Step.NEXT: 51}


async def test_gaps_are_counted_beyond_what_is_kept_of_a_tenant_a_minute(
    autojump_clock: MockClock,
) -> None:
    world = World(per_minute=3)
    await world.send(*(("A", 2 * number) for number in range(11)))
    assert (len(world.gaps), world.sequences.unkept) == (3, 7)
    assert (world.sequences.steps[Step.GAP], world.sequences.missing) == (10, 10)
    await trio.sleep(60)
    await world.send(("A", 100))
    assert len(world.gaps) == 4


async def test_it_holds_while_the_table_cannot_be_asked(autojump_clock: MockClock) -> None:
    world = World(Table({("T", "A", "telemetry"): 3}, outages=3))
    await world.send(("A", 5))
    assert world.gaps == [("A", 4, 5, 1)]
    assert world.reports[-1] is None


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.sampled_from("ABCDEF"), st.integers(0, 30)), max_size=12),
            st.sampled_from(["commit", "kill before the commit", "kill after it"]),
        ),
        max_size=15,
    ),
    st.integers(1, 4),
)
def test_however_it_is_cut_killed_and_forgotten_the_same_gaps_are_found(
    batches: list[tuple[list[tuple[str, int]], str]], capacity: int
) -> None:
    world = World(capacity=capacity)

    async def live() -> None:
        for numbers, end in batches:
            batch = await world.decode(*numbers)
            if end == "kill before the commit":
                world.start()
                batch = await world.decode(*numbers)  # the broker sends it again
            world.commit(batch)
            if end == "kill after it":
                world.start()

    trio.run(live)
    expected, last = [], dict[str, int]()
    for device, number in (each for numbers, _ in batches for each in numbers):
        if device in last and number > last[device] + 1:
            before = last[device]
            expected.append((device, before + 1, number, number - before - 1))
        last[device] = number
    assert world.gaps == expected
