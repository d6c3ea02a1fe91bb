"""What a filter or a message raises costs that match, or that message, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import trio
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pulse_router.domain.messages import Reason
from pulse_router.domain.routes import DestinationType, RouteSet
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.faults import MAX_ROUTES, IngestFaults
from tests.support.ingest.decoding import decode, route
from tests.support.ingest.fakes import (
    TOKEN,
    DecoderWorld,
    FakeLive,
    FakePublication,
    publication,
)

ERRORS = [RecursionError, MemoryError, KeyError, ValueError, ExceptionGroup]


def raise_one(kind: type[Exception], text: str) -> None:
    if kind is ExceptionGroup:
        raise ExceptionGroup(text, [ValueError(text)])
    raise kind(text)


@attrs.frozen
class Choosy:
    """A filter that fails on messages with some numbers; it takes all others."""

    fails_on: frozenset[int]
    kind: type[Exception]

    def __call__(self, payload: Mapping[str, Any]) -> bool:
        if (number := payload["metrics"]["number"]) in self.fails_on:
            raise_one(self.kind, f"it is {number}, and the message says {payload}")
        return True


@given(st.lists(st.frozensets(st.integers(0, 5)), min_size=1, max_size=5), st.sampled_from(ERRORS))
@settings(max_examples=30)
def test_a_filter_that_raises_costs_that_match_of_that_route(
    failing: list[frozenset[int]], kind: type[Exception]
) -> None:
    async def main() -> None:
        world = DecoderWorld()
        filters = [Choosy(numbers, kind) for numbers in failing]
        world.routes.current = RouteSet(
            [
                *(route(number, accepts=each) for number, each in enumerate(filters)),
                route(98),
                route(99, destination_type=DestinationType.POSTGRESQL, accepts=filters[0]),
            ]
        )
        sent = [publication(metrics={"number": number}) for number in range(6)]
        with capture_logs() as told:
            batch = await decode(world, *sent)
        assert len(batch.messages) == 6, batch.rejections
        wanted = {
            (number, route_id)
            for number in range(6)
            for route_id, numbers in [*enumerate(failing), (98, frozenset()), (99, failing[0])]
            if number not in numbers
        }
        assert matches_of(batch) == wanted
        assert batch.matched == len(wanted)
        assert world.faults.filters == sum(map(len, [*failing, failing[0]]))
        faulty = {number for number, numbers in enumerate(failing) if numbers}
        assert {line["route_id"] for line in told} - {99} == faulty
        assert len(told) == len(faulty) + bool(failing[0])  # each of them once
        for number in faulty:
            fault = world.faults.of_route(number)
            assert fault is not None
            assert kind.__name__ in fault.problem
        assert "the message says" not in repr((told, world.faults.of_route(0)))
        assert world.faults.of_route(98) is None

    trio.run(main)


def matches_of(batch: DecodedBatch) -> set[tuple[int, int]]:
    numbers = {message.event_id: number for number, message in enumerate(batch.messages)}
    pairs = [(each.event_id, each.route_id) for each in batch.deliveries]
    pairs += [(each.event_id, each.route_id) for each in batch.written]
    return {(numbers[event_id], route_id) for event_id, route_id in pairs}


async def test_of_many_routes_that_fail_the_newest_are_remembered() -> None:
    faults = IngestFaults(utc_now=lambda: datetime(2026, 2, 16, tzinfo=UTC))
    await trio.lowlevel.checkpoint()
    for number in range(MAX_ROUTES + 10):
        faults.filter_failed(route(number), ValueError("x"))
    assert faults.of_route(9) is None
    newest = faults.of_route(MAX_ROUTES + 9)
    assert newest is not None
    assert newest.at == datetime(2026, 2, 16, tzinfo=UTC)


class Trap:
    def __iter__(self) -> Any:
        raise RuntimeError(f"this holds {TOKEN}")


@attrs.frozen
class HostileBytes(FakePublication):
    """A message whose properties raise when they are looked at."""

    user_properties: Any = attrs.field(factory=Trap)


async def test_a_message_that_fails_inside_is_refused_and_the_others_are_stored() -> None:
    world = DecoderWorld()
    world.live.tenants.add("TENANT1")
    world.routes.current = RouteSet([route(1)])
    good = publication()
    bad = HostileBytes(good.payload, good.topic)
    with capture_logs() as told:
        batch = await decode(world, good, bad, good, bad)
    assert (len(batch.messages), len(batch.deliveries), len(world.live.events)) == (2, 2, 2)
    assert [refused.reason for refused in batch.rejections] == [Reason.UNSTORABLE] * 2
    assert "RuntimeError" in batch.rejections[0].detail
    assert world.faults.messages == 2
    assert [line["problem"] for line in told] == ["RuntimeError"]
    assert "test_faults.py" in told[0]["at"]
    assert TOKEN not in repr((told, batch.rejections))


class BrokenFeed(FakeLive):
    """Live streams that fail when they are asked."""

    def wants(self, tenant_id: str) -> bool:
        raise RuntimeError(tenant_id)


async def test_what_is_half_done_with_a_message_that_fails_is_not_kept() -> None:
    world = DecoderWorld(live=BrokenFeed())
    world.routes.current = RouteSet([route(1)])
    batch = await decode(world, publication(), publication("tenant/TENANT1/device/DEV-001/event"))
    assert [message.msg_type for message in batch.messages] == ["event"]
    assert (batch.deliveries, batch.matched) == ([], 0)
    assert [refused.detail for refused in batch.rejections] == [
        "the router failed on it (RuntimeError); its log says where"
    ]
    assert (batch.received, len(batch.messages) + len(batch.rejections)) == (2, 2)
