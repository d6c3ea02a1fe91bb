"""The laws of the decoder: what is accepted, refused, matched, shown and recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import Reason
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.domain.routes import DestinationType, RouteSet
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.registry import DeviceRegistry
from tests.support.ingest.decoding import NOW, decode, route
from tests.support.ingest.fakes import (
    TOKEN,
    TOPIC,
    DecoderWorld,
    FakeArrival,
    FakePublication,
    publication,
)


async def test_a_good_message_becomes_a_row() -> None:
    sent = publication(ts="2026-02-16T00:00:00Z", site_id="SITE-1", firmware="1.2")
    batch = await decode(DecoderWorld(), sent)
    [message] = batch.messages
    assert batch.rejections == []
    assert message.time == datetime(2026, 2, 16, tzinfo=UTC)
    assert message.received_at == NOW
    assert (message.tenant_id, message.device_id, message.msg_type) == (
        "TENANT1",
        "DEV-001",
        "telemetry",
    )
    assert message.site_id == "SITE-1"
    assert message.metrics == '{"temperature":90}'
    assert message.extra == '{"firmware":"1.2"}'


@pytest.mark.parametrize(
    ("ts", "expected"),
    [
        (None, NOW),
        ("1969-07-20T20:17:40+02:00", datetime(1969, 7, 20, 18, 17, 40, tzinfo=UTC)),
        (1_771_200_000, datetime(2026, 2, 16, tzinfo=UTC)),
        (1_771_200_000.5, datetime(2026, 2, 16, 0, 0, 0, 500_000, tzinfo=UTC)),
        (1_771_200_000_250, datetime(2026, 2, 16, 0, 0, 0, 250_000, tzinfo=UTC)),
        ("2026-02-17T11:59:59Z", datetime(2026, 2, 17, 11, 59, 59, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-01-01T00:59:60.5+01:00", datetime(2017, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-02-16t12:00:00z", datetime(2026, 2, 16, 12, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-1.5, datetime(1969, 12, 31, 23, 59, 58, 500_000, tzinfo=UTC)),
    ],
)
async def test_a_time_is_read_in_every_form(ts: Any, expected: datetime) -> None:
    [message] = (await decode(DecoderWorld(), publication(ts=ts))).messages
    assert message.time == expected


async def test_metrics_may_be_absent_from_other_message_types() -> None:
    sent = publication("tenant/TENANT1/device/DEV-001/event", metrics=None, door="open")
    [message] = (await decode(DecoderWorld(), sent)).messages
    assert message.metrics is None
    assert message.extra == '{"door":"open"}'


@pytest.mark.parametrize(
    "fields",
    [
        {"note": f"<{TOKEN}>"},
        {"deep": [{"provision_token": "another-token"}]},
        {"deep": {TOKEN: {"x": [TOKEN]}}},
        {"metrics": {"temperature": 90, "serial": TOKEN, TOKEN: 1}},
        {"metrics": {"temperature": 90, "provision_token": TOKEN}},
        {"metrics": {"temperature": 90, "provision_token": "another-token"}},
    ],
    ids=repr,
)
async def test_an_accepted_message_holds_its_token_nowhere(fields: dict[str, Any]) -> None:
    world = DecoderWorld()
    world.live.tenants.add("TENANT1")
    world.routes.current = RouteSet([route(1)])
    sent = publication(**fields)
    escaped = attrs.evolve(sent, payload=sent.payload.replace(b"0123", b"\\u003012\\u0033"))
    batch = await decode(world, sent, escaped)
    assert len(batch.messages) == 2, batch.rejections
    everything = repr((batch.messages, batch.deliveries, world.live.events))
    for forbidden in (TOKEN, "another-token", "provision_token"):
        assert forbidden not in everything
    assert '"temperature":90' in everything


async def test_the_last_of_two_fields_of_a_name_counts() -> None:
    world = DecoderWorld()
    body = b'{"provision_token":"x","metrics":{"a":1,"a":2},"provision_token":"%b"}'
    batch = await decode(world, FakePublication(body % TOKEN.encode()))
    assert [message.metrics for message in batch.messages] == ['{"a":2}']


async def test_numbers_of_any_size_that_can_be_kept_are_kept() -> None:
    numbers = [10**400, -(10**30), 1.7e308, 5e-324, -0.0, 2**64, 0.1]
    sent = publication(metrics={f"m{n}": number for n, number in enumerate(numbers)})
    [message] = (await decode(DecoderWorld(), sent)).messages
    kept = [10**400, -(10**30), 17 * 10**307, 5e-324, 0.0, 2**64, 0.1]
    assert list(msgspec.json.decode(message.metrics or "").values()) == kept


async def test_what_pulse_router_published_itself_is_not_ingested_again() -> None:
    ours = attrs.evolve(publication(), user_properties=[("x", "y"), ("pulse-hops", "1")])
    other = attrs.evolve(publication(), user_properties=[("x", "pulse-hops")])
    batch = await decode(DecoderWorld(), ours, other)
    assert len(batch.messages) == 1
    assert dict(batch.duplicates) == {"TENANT1": 1}


async def test_what_comes_too_fast_is_refused_and_what_is_refused_or_repeated_costs_nothing(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = DecoderWorld(rates=RateLimits(device_rate=1, tenant_rate=0))
    decoder = world.decoder()
    one = attrs.evolve(publication(), packet_id=1)
    bad = [publication(ts="x")] * 5
    await decoder.decode(FakeArrival([*bad, one]))
    again = attrs.evolve(one, duplicate=True)
    batch = await decoder.decode(FakeArrival([again, *[publication()] * 2], new_connection=True))
    assert (batch.duplicates.total(), len(batch.messages)) == (1, 1)
    assert [rejection.reason for rejection in batch.rejections] == [Reason.RATE_LIMITED]
    await trio.sleep(1)
    assert len((await decoder.decode(FakeArrival([publication()]))).messages) == 1


async def test_a_message_is_matched_with_its_own_tenants_routes() -> None:
    world = DecoderWorld()
    world.routes.current = RouteSet(
        [
            route(1),
            route(2, tenant_id="TENANT2"),
            route(3, topic_filter="tenant/+/device/+/event"),
            route(4, accepts=lambda payload: payload["metrics"]["temperature"] > 100),
            route(5, accepts=lambda payload: payload["metrics"]["temperature"] > 80),
            route(6, destination_type=DestinationType.POSTGRESQL),
        ]
    )
    batch = await decode(world, publication(ts=1_771_200_000, firmware="1.2"))
    assert {delivery.route_id for delivery in batch.deliveries} == {1, 5}
    assert (batch.matched, len(batch.written)) == (3, 1)
    assert len({delivery.id for delivery in batch.deliveries}) == 2
    for delivery in batch.deliveries:
        assert delivery.event_id == batch.messages[0].event_id
        assert delivery.topic == TOPIC
        assert msgspec.json.decode(delivery.payload) == {
            "ts": 1_771_200_000,
            "metrics": {"temperature": 90},
            "firmware": "1.2",
        }


async def test_an_unknown_device_is_looked_up_once_a_batch_and_found_when_registered() -> None:
    world = DecoderWorld()
    decoder = world.decoder()
    stranger = publication("tenant/TENANT1/device/DEV-002/telemetry")
    first = await decoder.decode(FakeArrival([stranger, publication(), stranger]))
    assert [r.reason for r in first.rejections] == [Reason.UNREGISTERED_DEVICE] * 2
    world.devices.add("TENANT1", "DEV-002")
    second = await decoder.decode(FakeArrival([stranger, publication()]))
    assert len(second.messages) == 2
    await decoder.decode(FakeArrival([stranger, publication()]))
    assert world.devices.asked == [
        {("TENANT1", "DEV-001"), ("TENANT1", "DEV-002")},
        {("TENANT1", "DEV-002")},
    ]


async def test_decoding_is_held_while_devices_cannot_be_looked_up(
    autojump_clock: trio.testing.MockClock,
) -> None:
    world = DecoderWorld()
    world.devices.trouble = [Unavailable("the database is away"), Unavailable("still away")]
    batch = await decode(world, publication())
    assert len(batch.messages) == 1
    assert world.reports == ["the database is away", "still away", None]


async def test_a_message_sent_again_is_recognised() -> None:
    world = DecoderWorld()
    decoder = world.decoder()
    one, two = (attrs.evolve(publication(n=n), packet_id=n) for n in (1, 2))
    first = await decoder.decode(FakeArrival([one, two], new_connection=True, new_session=True))
    again = [attrs.evolve(sent, duplicate=True) for sent in (one, two)]
    second = await decoder.decode(
        FakeArrival([*again, attrs.evolve(one, packet_id=3)], new_connection=True)
    )
    assert first.packet_ids == [1, 2]
    assert second.duplicates.total() == 2
    assert second.packet_ids == [3]
    assert len(second.messages) == 1


async def test_the_channel_is_drained_and_the_next_one_closed() -> None:
    decoder = DecoderWorld().decoder()
    send_arrivals, arrivals = trio.open_memory_channel[FakeArrival](4)
    send_decoded, decoded = trio.open_memory_channel[DecodedBatch](4)
    for _ in range(3):
        send_arrivals.send_nowait(FakeArrival([publication()]))
    send_arrivals.close()
    await decoder.run(arrivals, send_decoded)
    assert [len(batch.messages) async for batch in decoded] == [1, 1, 1]


async def test_a_device_that_is_forgotten_while_another_is_looked_up_is_not_refused() -> None:
    world = DecoderWorld()
    world.devices.add("TENANT1", "DEV-002")
    registry = DeviceRegistry(world.devices)
    decoder = world.decoder(registry)
    await decoder.decode(FakeArrival([publication()]))
    world.devices.on_load = registry.forget_all
    other = publication(TOPIC.replace("DEV-001", "DEV-002"))
    batch = await decoder.decode(FakeArrival([publication(), other]))
    assert (len(batch.messages), batch.rejections) == (2, [])


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
field_names = st.sampled_from(
    ["ts", "site_id", "provision_token", "tenant_id", "metrics", "x", "\0"]
)


def python_json(value: object) -> bytes:
    import json  # noqa: PLC0415 - writes what msgspec will not: NaN, surrogates

    return json.dumps(value, ensure_ascii=True).encode()


@given(
    st.binary(max_size=300)
    | st.dictionaries(field_names, json_values, max_size=5).map(python_json)
    | json_values.map(python_json)
)
def test_any_bytes_end_as_a_row_or_a_reason(payload: bytes) -> None:
    async def main() -> None:
        world = DecoderWorld(limits=Limits(require_token=False))
        for msg_type in ("telemetry", "event"):
            topic = f"tenant/TENANT1/device/DEV-001/{msg_type}"
            batch = await decode(world, FakePublication(payload, topic))
            assert len(batch.messages) + len(batch.rejections) == 1
            for message in batch.messages:
                assert "\0" not in (message.metrics or "") + (message.extra or "")

    trio.run(main)
