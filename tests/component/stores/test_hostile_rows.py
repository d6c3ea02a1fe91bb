"""Whatever a row holds, reading it gives something or says that it cannot be read."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from pulse_router.api.dead_letters.bodies import dead_letter_answer
from pulse_router.api.requests.responses import encode_json
from pulse_router.api.routes.bodies import route_answer
from pulse_router.delivery.attempts import LanePlan
from pulse_router.domain.alerts import AlertSeverity, AlertStatus
from pulse_router.domain.deliveries import DeadLetterStatus
from pulse_router.domain.destinations import WebhookDefaults
from pulse_router.domain.errors import Unreadable
from pulse_router.domain.live import read_event
from pulse_router.domain.messages import DeviceStatus, TelemetryEvent
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.postgres.database import Database
from pulse_router.postgres.pool import Pool
from pulse_router.postgres.transaction import Deadlines, Record
from pulse_router.runtime.seldom import Seldom
from pulse_router.runtime.sharing import SharedTexts
from pulse_router.runtime.times import EARLIEST, LATEST
from pulse_router.stores.alerts import read_alert
from pulse_router.stores.dead_letters.dead_letters import read_dead_letter
from pulse_router.stores.devices.source import read_known
from pulse_router.stores.reading import read_each, read_one
from pulse_router.stores.routes.rows import read_route
from pulse_router.streaming.encoding import Encodings
from tests.support.hostile.values import JSON, SCALARS, TIMES, json_texts

SEALER = Sealer([b"k" * 32])
SEALED = st.sampled_from(["", "v1", "v1..", "v1.abc.def", SEALER.prefix, SEALER.prefix + "AAAA"])
TYPES = st.sampled_from([*DestinationType]) | st.text(max_size=60)
SECRETS = st.lists(
    st.text(max_size=10)
    | st.fixed_dictionaries(
        {},
        optional={
            "plain": st.text(max_size=10) | SCALARS,
            "sealed": SEALED | st.text(max_size=10),
            "expires_at": TIMES.map(str) | st.just("0001-01-01T00:00:00") | SCALARS,
            "name": st.just("token") | st.text(max_size=5) | SCALARS,
        },
    )
)
TEMPLATES = st.sampled_from(
    ["{{ a }}", "{{ secrets.token }}", "{{", "{{ a( }}", "{{ " + "(" * 9000, "{{ '\ud800' }}"]
) | st.text(alphabet="{} a.|('", max_size=20)
CONFIGS = st.fixed_dictionaries(
    {},
    optional={
        "url": st.text(max_size=30) | st.just("http://a/b?c=d") | SCALARS,
        "headers": st.dictionaries(
            st.text(max_size=8),
            st.text(max_size=8) | st.fixed_dictionaries({"sealed": SEALED}) | SCALARS,
        ),
        "timeout_seconds": SCALARS,
        "max_in_flight": SCALARS,
        "ordered": SCALARS,
        "retry": st.dictionaries(
            st.sampled_from(["max_attempts", "initial_seconds", "max_seconds", "multiplier"]),
            SCALARS,
        ),
        "batch": st.dictionaries(st.sampled_from(["max_messages", "max_wait_ms"]), SCALARS),
        "topic": st.text(max_size=30) | SCALARS,
        "method": SCALARS,
        "format": st.sampled_from(["template", "text"]) | SCALARS,
        "template": JSON | TEMPLATES | st.lists(TEMPLATES),
        "content_type": SCALARS,
        "template_secrets": SCALARS,
        "secret": SCALARS,
    },
)
ROUTE_ROWS = st.fixed_dictionaries(
    {
        "id": st.integers(1, 2**63 - 1),
        "tenant_id": st.text(max_size=10),
        "name": st.text(max_size=10),
        "topic_filter": st.text(max_size=20),
        "destination_type": TYPES,
        "destination_config": json_texts(CONFIGS),
        "payload_filter": st.none() | json_texts(st.dictionaries(st.text(max_size=5), JSON)),
        "is_enabled": st.booleans(),
        "created_at": TIMES,
        "updated_at": TIMES,
        "secrets": json_texts(SECRETS),
        "disabled_reason": st.none() | st.text(max_size=5),
        "version": st.integers(-5, 2**31 - 1),
    }
)


ATTEMPTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "at": TIMES.map(str) | SCALARS,
            "status": SCALARS,
            "duration_seconds": SCALARS,
            "error": SCALARS,
            "response": SCALARS,
        },
    )
)
NUMBERS = st.integers(-(2**63), 2**63 - 1)
NAMES = st.text(max_size=8)
LETTER_ROWS = st.fixed_dictionaries(
    {
        "id": NUMBERS,
        "delivery_id": NUMBERS,
        "tenant_id": NAMES,
        "route_id": NUMBERS,
        "device_id": NAMES,
        "event_id": NUMBERS,
        "event_time": TIMES,
        "original_topic": NAMES,
        "payload": json_texts(),
        "destination_type": NAMES,
        "destination_config": json_texts(CONFIGS),
        "error_message": NAMES,
        "attempts": NUMBERS,
        "status": st.sampled_from([*DeadLetterStatus]),
        "created_at": TIMES,
        "replayed_at": st.none() | TIMES,
        "history": st.none() | json_texts(ATTEMPTS),
    }
)
ALERT_ROWS = st.fixed_dictionaries(
    {
        "id": NUMBERS,
        "tenant_id": NAMES,
        "device_id": NAMES,
        "severity": st.sampled_from([*AlertSeverity]) | NAMES,
        "title": NAMES,
        "key": NAMES,
        "status": st.sampled_from([*AlertStatus]) | NAMES,
        "opened_at": TIMES,
        "updated_at": TIMES,
        "closed_at": st.none() | TIMES,
    }
)
DEVICE_ROWS = st.fixed_dictionaries(
    {
        "site_id": st.none() | NAMES,
        "provision_token_hash": st.none() | st.binary(max_size=40),
        "status": st.sampled_from([*DeviceStatus]) | NAMES,
        "previous_token_hashes": st.none() | st.lists(st.none() | st.binary(max_size=40)),
        "previous_token_untils": st.none() | st.lists(st.none() | TIMES),
    }
)


def as_record(row: dict[str, Any]) -> Record:
    return cast("Record", row)


@given(ROUTE_ROWS)
def test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned(
    row: dict[str, Any],
) -> None:
    route = read_route(as_record(row), SEALER)
    assert msgspec.json.decode(encode_json(route_answer(route)))["id"] == row["id"]
    plan = LanePlan.of(route, WebhookDefaults())
    assert not plan.is_broken
    if route.destination_type not in set(DestinationType):
        assert route.is_foreign
        assert not plan.may_be_attempted


@given(LETTER_ROWS)
def test_every_row_of_a_dead_letter_gives_one_that_can_be_shown(row: dict[str, Any]) -> None:
    letter = read_dead_letter(as_record(row))
    shown = encode_json(dead_letter_answer(letter))
    fields = msgspec.json.decode(shown, type=dict[str, msgspec.Raw])
    assert bytes(fields["id"]) == str(row["id"]).encode()


@given(st.lists(ALERT_ROWS, max_size=5))
def test_an_alert_of_another_kind_is_left_out_and_the_others_are_shown(
    rows: list[dict[str, Any]],
) -> None:
    known = [
        row
        for row in rows
        if row["severity"] in set(AlertSeverity) and row["status"] in set(AlertStatus)
    ]
    with capture_logs():
        found = read_each(a_database(), map(as_record, rows), read_alert)
    assert [alert.id for alert in found] == [row["id"] for row in known]


def test_what_is_left_out_is_told_once_and_by_its_name() -> None:
    row = as_record({"id": 7, "tenant_id": "T", "severity": "AWFUL", "secret": "hush"})
    database = a_database()
    with capture_logs() as logs:
        for _ in range(3):
            assert read_each(database, [row], read_alert) == []
        with pytest.raises(Unreadable, match="id 7, tenant_id T"):
            read_one(database, row, read_alert)
    assert [line["row"] for line in logs] == ["id 7, tenant_id T"]
    assert "hush" not in str(logs)


@given(DEVICE_ROWS, st.binary(min_size=32, max_size=32))
def test_a_device_of_another_kind_is_refused_and_asking_never_raises(
    row: dict[str, Any], token_hash: bytes
) -> None:
    device = read_known(as_record(row), SharedTexts(1))
    assert device.accepts(token_hash, LATEST) is (token_hash == row["provision_token_hash"])
    if row["status"] not in set(DeviceStatus):
        assert device.status is DeviceStatus.REVOKED


@given(json_texts())
def test_metrics_of_another_form_cost_their_event_only(metrics: str) -> None:
    def read(text: str) -> TelemetryEvent:
        return read_event(1, "T", "D", None, LATEST, text)

    with capture_logs():
        database = a_database()
        rows = [as_record({"metrics": text}) for text in (metrics, '{"t":1}')]
        events = read_each(database, rows, lambda row: read(row["metrics"]))
    assert events[-1].metrics == {"t": 1}
    for event in events:
        assert Encodings(event).under(frozenset()) is not None


def a_database() -> Database:
    """One that remembers what it was told, and is never asked."""
    database = Database(cast("Pool", None), Deadlines())
    database.told = Seldom(clock=lambda: 0.0)
    return database


def test_a_secret_of_an_overlap_that_names_no_zone_ends_in_utc() -> None:
    row = {
        "id": 1,
        "tenant_id": "T",
        "name": "n",
        "topic_filter": "#",
        "destination_type": "webhook",
        "destination_config": "{}",
        "payload_filter": None,
        "is_enabled": True,
        "created_at": EARLIEST,
        "updated_at": EARLIEST,
        "secrets": '["a", {"plain": "b", "expires_at": "0001-01-01T00:00:00"}]',
        "disabled_reason": None,
        "version": 1,
    }
    assert read_route(as_record(row), SEALER).secrets[1].expires_at == EARLIEST
