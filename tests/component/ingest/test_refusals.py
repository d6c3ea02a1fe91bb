"""What the decoder refuses, and for which reason; what is beside it goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.messages import DeviceStatus, Reason
from pulse_router.ingest.limits import Limits
from tests.support.ingest.decoding import NOW, decode
from tests.support.ingest.fakes import TOKEN, DecoderWorld, FakePublication, publication


async def refusal(world: DecoderWorld, sent: FakePublication) -> tuple[Reason, str]:
    batch = await decode(world, sent)
    assert batch.messages == []
    assert batch.deliveries == []
    [rejection] = batch.rejections
    assert rejection.topic == sent.topic
    assert TOKEN.encode() not in rejection.payload
    assert TOKEN not in rejection.detail
    return rejection.reason, rejection.detail


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


@pytest.mark.parametrize(("ahead", "is_kept"), [(0, True), (24, True), (25, False)])
async def test_a_time_is_judged_by_what_was_stored_when_the_clock_is_behind(
    ahead: int, is_kept: bool
) -> None:
    """A board without a battery wakes with the clock of long ago."""
    stored_at = NOW + timedelta(days=400)
    [last_id] = EventIds().take(1, stored_at.timestamp())
    world = DecoderWorld(ids=EventIds(last=last_id))
    batch = await decode(world, publication(ts=(stored_at + timedelta(hours=ahead)).timestamp()))
    assert [len(batch.messages), len(batch.rejections)] == [is_kept, not is_kept]


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
