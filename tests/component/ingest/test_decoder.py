"""The laws of the decoder: what is accepted, refused, matched, shown and recognised."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import attrs
import msgspec
import pytest
import trio
from hypothesis import assume, given
from hypothesis import strategies as st

from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import DeviceStatus, Reason
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.domain.routes import DestinationType, MatchableRoute, RouteSet
from pulse_router.ingest.batch import DecodedBatch
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.registry import DeviceRegistry
from tests.support.ingest.fakes import (
    TOKEN,
    TOPIC,
    DecoderWorld,
    FakeArrival,
    FakePublication,
    publication,
)

NOW = datetime(2026, 2, 16, 12, tzinfo=UTC)


async def decode(world: DecoderWorld, *publications: FakePublication) -> DecodedBatch:
    return await world.decoder().decode(FakeArrival(publications, received_at=NOW.timestamp()))


async def refusal(world: DecoderWorld, sent: FakePublication) -> tuple[Reason, str]:
    batch = await decode(world, sent)
    assert batch.messages == []
    assert batch.deliveries == []
    [rejection] = batch.rejections
    assert rejection.topic == sent.topic
    assert TOKEN.encode() not in rejection.payload
    assert TOKEN not in rejection.detail
    return rejection.reason, rejection.detail


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


def nested(depth: int) -> FakePublication:
    """Fields of its own, so deep that a walk through them would overrun the stack."""
    outer = b'{"provision_token":"%b","metrics":{"a":1},"x":' % TOKEN.encode()
    return FakePublication(outer + b"[" * depth + b'"\\u0000"' + b"]" * depth + b"}")


@pytest.mark.parametrize(
    ("sent", "reason", "named"),
    [
        (FakePublication(b"{}", "tenant/TENANT1/telemetry"), Reason.BAD_TOPIC, "tenant/{id}"),
        (FakePublication(b"{"), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b"[1]"), Reason.BAD_JSON, "object"),
        (FakePublication(b'{"metrics":{"a":\xff}}'), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b'{"metrics":{"a":"\\ud800"}}'), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b'{"metrics":{"a":1e400000}}'), Reason.METRIC_INVALID, "out of range"),
        (FakePublication(b'{"metrics":{"a":-%b}}' % (b"9" * 5_000)), Reason.METRIC_INVALID, "a is"),
        (FakePublication(b'{"ts":1e999}'), Reason.BAD_TIMESTAMP, "out of range"),
        (FakePublication(b'{"x":[1e999]}'), Reason.BAD_JSON, "out of range"),
        (FakePublication(b'{"metrics":{"a":NaN}}'), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b'{"metrics":{"a":Infinity}}'), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b'{"metrics":{"a":1}} x'), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b""), Reason.BAD_JSON, "not JSON"),
        (FakePublication(b"null"), Reason.BAD_JSON, "object"),
        (FakePublication(b"[" * 60_000), Reason.BAD_JSON, "recursion"),
        (nested(65), Reason.BAD_JSON, "64 levels"),
        (nested(900), Reason.BAD_JSON, "64 levels"),
        (publication(blob="x" * 70_000), Reason.PAYLOAD_TOO_LARGE, "65536"),
        (publication(ts="yesterday"), Reason.BAD_TIMESTAMP, "yesterday"),
        (publication(ts="2026-02-16T00:00:00"), Reason.BAD_TIMESTAMP, "offset"),
        (publication(ts="2026-02-17T12:00:01Z"), Reason.BAD_TIMESTAMP, "24 hours"),
        (publication(ts=1e300), Reason.BAD_TIMESTAMP, "1e+300"),
        (publication(ts="0001-01-01T00:00:00+23:59"), Reason.BAD_TIMESTAMP, "0001"),
        (publication(ts=[1]), Reason.BAD_TIMESTAMP, "ts must be"),
        (publication(ts=True), Reason.BAD_TIMESTAMP, "ts must be"),
        (publication(ts=""), Reason.BAD_TIMESTAMP, "neither"),
        (publication(ts="2026-02-16T12:00:61Z"), Reason.BAD_TIMESTAMP, "neither"),
        (publication(ts=10**400), Reason.BAD_TIMESTAMP, "neither"),
        (publication(metrics=None), Reason.METRICS_MISSING, "metrics"),
        (publication(metrics=[1]), Reason.METRIC_INVALID, "metrics must be"),
        (publication(metrics={"a": [1]}), Reason.METRIC_INVALID, "metrics.a"),
        (publication(metrics={"": 1}), Reason.METRIC_INVALID, "1 to 128"),
        (publication(metrics={"m" * 129: 1}), Reason.METRIC_INVALID, "1 to 128"),
        (publication(metrics={f"m{n}": n for n in range(201)}), Reason.TOO_MANY_METRICS, "201"),
        (publication(metrics={"a": "x\0"}), Reason.UNSTORABLE, "u0000"),
        (publication(note={"deep": ["\0"]}), Reason.UNSTORABLE, "u0000"),
        (publication(tenant_id="TENANT2"), Reason.TENANT_MISMATCH, "TENANT1"),
        (publication(tenant_id=5), Reason.TENANT_MISMATCH, "string"),
        (publication(tenant_id=""), Reason.TENANT_MISMATCH, "TENANT1"),
        (publication(provision_token=None), Reason.TOKEN_MISSING, "provision_token"),
        (publication(provision_token="wrong"), Reason.TOKEN_INVALID, "provision_token"),
        (publication(provision_token=7), Reason.TOKEN_INVALID, "string"),
        (publication(provision_token=""), Reason.TOKEN_MISSING, "provision_token"),
        (publication(site_id="SITE-2"), Reason.SITE_MISMATCH, "site_id"),
        (publication(site_id=""), Reason.SITE_MISMATCH, "site_id"),
        (publication(site_id=["SITE-1"]), Reason.SITE_MISMATCH, "string"),
        (
            publication("tenant/TENANT1/device/DEV-999/telemetry"),
            Reason.UNREGISTERED_DEVICE,
            "not registered",
        ),
        (
            publication("tenant/TENANT2/device/DEV-001/telemetry"),
            Reason.UNREGISTERED_DEVICE,
            "not registered",
        ),
    ],
    ids=lambda value: value.value if isinstance(value, Reason) else "",
)
async def test_a_bad_message_is_refused_for_its_reason(
    sent: FakePublication, reason: Reason, named: str
) -> None:
    found, detail = await refusal(DecoderWorld(), sent)
    assert found == reason
    assert named in detail


async def test_a_revoked_device_is_refused() -> None:
    world = DecoderWorld()
    world.devices.add("TENANT1", "DEV-001", status=DeviceStatus.REVOKED)
    assert (await refusal(world, publication()))[0] == Reason.DEVICE_REVOKED


async def test_a_device_without_a_token_is_accepted_when_none_is_required() -> None:
    world = DecoderWorld(limits=Limits(require_token=False))
    batch = await decode(world, publication(provision_token=None))
    assert len(batch.messages) == 1


async def test_a_bad_message_does_not_stop_the_good_ones_beside_it() -> None:
    batch = await decode(
        DecoderWorld(), publication(), FakePublication(b"{"), publication(ts="x"), publication()
    )
    assert len(batch.messages) == 2
    assert [r.reason for r in batch.rejections] == [Reason.BAD_JSON, Reason.BAD_TIMESTAMP]
    assert batch.received == 4


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
    assert list(msgspec.json.decode(message.metrics or "").values()) == numbers


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


def route(number: int, **changes: Any) -> MatchableRoute:
    whole = MatchableRoute(
        id=number,
        tenant_id="TENANT1",
        topic_filter="tenant/+/device/+/telemetry",
        destination_type=DestinationType.WEBHOOK,
        accepts=None,
    )
    return attrs.evolve(whole, **changes)


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


async def test_telemetry_is_shown_live_under_the_id_of_its_row() -> None:
    world = DecoderWorld()
    world.live.tenants.add("TENANT1")
    batch = await decode(
        world, publication(), publication("tenant/TENANT1/device/DEV-001/event"), publication(ts=[])
    )
    [event] = world.live.events
    assert event.event_id == batch.messages[0].event_id
    assert event.metrics == {"temperature": 90}
    assert event.topic == TOPIC


async def test_what_is_accepted_can_be_resumed_from_though_nobody_listened() -> None:
    world = DecoderWorld()
    batch = await decode(
        world, publication(), publication("tenant/TENANT1/device/DEV-001/event"), publication(ts=[])
    )
    assert world.live.events == []
    assert world.recent.messages == batch.messages
    assert len(batch.messages) == 2


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


@pytest.mark.parametrize(
    ("size", "shown"),
    # Of a flood, what the channel holds and one more; of single messages, sixty-four and one.
    [(1, 65), (20, 20 * 5)],
)
async def test_few_messages_are_shown_live_though_none_is_stored_and_a_flood_waits(
    size: int, shown: int, autojump_clock: trio.testing.MockClock
) -> None:
    world = DecoderWorld()
    world.live.tenants.add("TENANT1")
    send_arrivals, arrivals = trio.open_memory_channel[FakeArrival](100)
    send_decoded, decoded = trio.open_memory_channel[DecodedBatch](4)
    sent = [FakeArrival([publication()] * size) for _ in range(100)]
    with send_arrivals:
        for arrival in sent:
            send_arrivals.send_nowait(arrival)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.decoder().run, arrivals, send_decoded)
        await trio.testing.wait_all_tasks_blocked()
        assert len(world.live.events) == shown
        taken = [each async for batch in decoded for each in (batch, *batch.followers)]
    assert [batch.arrival for batch in taken] == sent


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


GOOD = msgspec.json.encode(
    {
        "ts": "2026-02-16T00:00:00Z",
        "site_id": "SITE-1",
        "tenant_id": "TENANT1",
        "provision_token": TOKEN,
        "metrics": {"temperature": 90.5, "ok": True, "state": "on", "none": None},
        "position": {"lat": 52.1, "tags": ["a", {"b": 1}]},
    }
)
# Outside of these, a change cannot turn the token into another one.
_TOKEN_BEGINS = GOOD.index(b'"provision_token"')
_TOKEN_ENDS = GOOD.index(TOKEN.encode()) + len(TOKEN) + 1
places = st.integers(0, _TOKEN_BEGINS) | st.integers(_TOKEN_ENDS, len(GOOD))
junk = st.binary(max_size=2) | st.sampled_from(
    [b'"', b"\\", b"\\u0000", b"{", b"}", b"[", b"]", b",", b":", b"1e999", b"null", b"\xff", b"\0"]
)


@given(st.lists(st.tuples(places, st.integers(0, 4), junk), min_size=1, max_size=3), st.booleans())
def test_a_good_payload_with_faults_is_a_row_or_a_reason_and_never_shows_its_token(
    faults: list[tuple[int, int, bytes]], cut: bool
) -> None:
    payload = GOOD
    for at, length, put in sorted(faults, reverse=True):
        end = min(at + length, _TOKEN_BEGINS) if at <= _TOKEN_BEGINS else at + length
        payload = payload[:at] + put + payload[end:]
    if cut:
        payload = payload[: faults[0][0]]
    assume(GOOD[_TOKEN_BEGINS:_TOKEN_ENDS] in payload or TOKEN.encode() not in payload)

    async def main() -> None:
        world = DecoderWorld()
        world.live.tenants.add("TENANT1")
        world.routes.current = RouteSet([route(1)])
        batch = await decode(world, FakePublication(payload))
        assert len(batch.messages) + len(batch.rejections) == 1
        kept = repr((batch.messages, batch.rejections, batch.deliveries, world.live.events))
        assert TOKEN not in kept

    trio.run(main)
