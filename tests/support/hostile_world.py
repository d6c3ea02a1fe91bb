"""What comes from outside, each with a value that nobody expects: how it gets in, and whose it is.

Every entry names the property that holds for its kind of value, whatever it is; here one of them is
put into a world that runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

import attrs
import httpx2

from tests.support.commands.router import DEVICE_TOKEN, TENANT, World, make_token
from tests.support.hostile import DEEP
from tests.support.mqtt.publisher import Publisher

CLIENT_ID: Final = "pulse-router"
ROWS: Final = "tests/component/stores/test_hostile_rows.py"
ENDS: Final = "tests/component/delivery/test_refused_ends.py"
TIMES: Final = "tests/component/postgres/test_time_codecs.py"

ANOTHER_VERSION: Final = """
DO $$
DECLARE
  rule record;
BEGIN
  FOR rule IN SELECT conrelid::regclass AS name, conname FROM pg_constraint
              WHERE contype = 'c' AND connamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', rule.name, rule.conname);
  END LOOP;
END
$$;
"""
"""Another version's schema may allow what this one does not."""

_DEEP = '{"a":' * DEEP + "1" + "}" * DEEP
_BEYOND = ("-infinity", "infinity", "0044-03-15 12:00+00 BC", "294276-12-31 00:00+00")


@attrs.frozen
class Outside:
    """The ways in.

    Attributes:
        world: Its database, as its superuser, and its router.
        publisher: A device that may publish anything.
        routes: Ids of a route that delivers, and of one whose endpoint refuses.
    """

    world: World
    publisher: Publisher
    good_route: int
    failing_route: int


Put: TypeAlias = Callable[[Outside], Awaitable[None]]


@attrs.frozen
class Entry:
    """A value from outside.

    Attributes:
        name: What it is.
        put: Puts it in.
        property: The test of the property that holds for all such values.
    """

    name: str
    put: Put
    property: str


def _sql(*statements: str) -> Put:
    async def put(outside: Outside) -> None:
        names = {
            "{tenant}": TENANT,
            "{good}": str(outside.good_route),
            "{failing}": str(outside.failing_route),
            "{client}": CLIENT_ID,
            "{deep}": _DEEP,
        }
        script = ";\n".join(statements)
        for name, value in names.items():
            script = script.replace(name, value)
        outside.world.rows(script)

    return put


def _route(number: int, **columns: str) -> str:
    known = {
        "name": "'hostile'",
        "topic_filter": "'tenant/+/device/+/telemetry'",
        "destination_type": "'webhook'",
        "destination_config": """'{"url": "http://127.0.0.1:9/hook"}'""",
    } | columns
    route_id = 900_000 + number
    return (
        f"INSERT INTO message_routes (id, tenant_id, {', '.join(known)}) OVERRIDING SYSTEM VALUE"
        f" VALUES ({route_id}, '{{tenant}}', {', '.join(known.values())});"
        "INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, topic, payload,"
        f" event_id, event_time) VALUES ({route_id}, '{{tenant}}', {route_id}, 'DEV-000', 'a/b',"
        " '{}', 1,"
        " now())"
    )


def _delivery(number: int, route: str, **columns: str) -> str:
    known = {
        "topic": "'tenant/{tenant}/device/DEV-000/telemetry'",
        "payload": "'{\"metrics\":{}}'",
        "event_time": "now()",
    } | columns
    return (
        f"INSERT INTO route_deliveries (id, tenant_id, route_id, device_id, event_id,"
        f" {', '.join(known)}) VALUES ({number}, '{{tenant}}', {route}, 'DEV-000', 1,"
        f" {', '.join(known.values())})"
    )


def _telemetry(number: int, time: str, received_at: str, metrics: str) -> str:
    return (
        "INSERT INTO telemetry (event_id, time, received_at, tenant_id, device_id, site_id,"
        f" msg_type, metrics) VALUES ({number}, '{time}', {received_at}, '{{tenant}}', 'DEV-000',"
        f" 'SITE-1', 'telemetry', '{metrics}')"
    )


def _batch(sequence: int, **columns: str) -> str:
    known = {
        "client_id": "'{client}'",
        "run_id": "1",
        "last_id": "1",
        "committed_at": "now()",
        "packet_ids": "'{1,2,3}'",
        "digests": "'{1,2,3}'",
        "tenants": "'{}'",
    } | columns
    return (
        f"INSERT INTO ingest_batches (sequence, {', '.join(known)}, received, stored, rejected,"
        f" duplicate, dropped, matched, written) VALUES ({sequence}, {', '.join(known.values())},"
        " 0, 0, 0, 0, 0, 0, 0)"
    )


def _published(*payloads: bytes) -> Put:
    async def put(outside: Outside) -> None:
        for payload in payloads:
            await outside.publisher.publish(outside.world.topic(1), payload)

    return put


def _requested(method: str, path: str, body: bytes) -> Put:
    async def put(outside: Outside) -> None:
        headers = {
            "Authorization": f"Bearer {make_token()}",
            "Content-Type": "application/json",
        }
        async with httpx2.AsyncClient(base_url=outside.world.router.url, headers=headers) as client:
            answer = await client.request(method, path, content=body)
        assert answer.status_code < 500, answer.text

    return put


def _with_token(fields: str) -> bytes:
    return f'{{"provision_token":"{DEVICE_TOKEN}",{fields}}}'.encode()


REGISTRY: Final[Sequence[Entry]] = (
    Entry(
        "telemetry at times beyond all times",
        _sql(
            *(_telemetry(n, time, "now()", '{"t": 1}') for n, time in enumerate(_BEYOND, 1)),
            *(_telemetry(9, "now", f"'{time}'", '{"t": 1}') for time in _BEYOND),
        ),
        f"{TIMES}::test_whatever_the_server_sends_is_an_aware_time",
    ),
    Entry(
        "telemetry whose metrics have another form",
        _sql(
            *(
                _telemetry(n, "now", "now()", metrics)
                for n, metrics in enumerate(('{"t": [1]}', "[1]", '"x"', "{deep}", "1e400"), 20)
            )
        ),
        f"{ROWS}::test_metrics_of_another_form_cost_their_event_only",
    ),
    Entry(
        "deliveries of times beyond all times, behind a route of CloudEvents",
        _sql(
            *(_delivery(100 + n, "{good}", event_time=f"'{t}'") for n, t in enumerate(_BEYOND)),
            _delivery(110, "{good}", next_attempt_at="'infinity'"),
            _delivery(111, "{good}", next_attempt_at="'-infinity'", created_at="'infinity'"),
        ),
        "tests/component/runtime/test_times.py::test_every_time_can_be_told_in_utc_and_written",
    ),
    Entry(
        "deliveries that make no sense",
        _sql(
            _delivery(120, "{good}", topic="E'a\\nb: c\\r\\n'"),
            _delivery(121, "{good}", topic="repeat('x', 70000)"),
            _delivery(122, "{good}", payload="'[1e400]'"),
            _delivery(123, "{good}", history="""'{"a": 1}'"""),
        ),
        "tests/component/delivery/test_hostile_values.py"
        "::test_a_delivery_that_cannot_be_attempted_is_buried_and_the_others_are_delivered",
    ),
    Entry(
        "deliveries whose end cannot be written",
        _sql(
            _delivery(130, "{failing}", attempts="2147483647"),
            _delivery(131, "{failing}", attempts="-2147483648", history="'null'"),
            _delivery(132, "{failing}", attempts="3", history="'5'"),
        ),
        f"{ENDS}::test_plain_words_are_ascii_and_short_and_of_the_same_delivery",
    ),
    Entry(
        "routes of another version",
        _sql(
            _route(1, destination_type="'carrier_pigeon'"),
            _route(2, destination_config="'[]'"),
            _route(3, destination_config="'{deep}'"),
            _route(4, destination_config="""'{"url": 1e400, "batch": [], "retry": {"a": 1}}'"""),
            _route(5, payload_filter="'[]'"),
            _route(6, payload_filter="'{deep}'"),
            _route(7, payload_filter="""'{"a": {"$future": 1e400}}'"""),
            _route(8, topic_filter="'a/#/b+'"),
            _route(9, topic_filter="''", name="''"),
            _route(10, created_at="'infinity'", updated_at="'-infinity'", version="-5"),
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
    Entry(
        "secrets of routes written by hand",
        _sql(
            _route(20, secrets="'{}'"),
            _route(21, secrets="""'[{"plain": 1}, 5]'"""),
            _route(22, secrets="""'["a", {"plain": "b", "expires_at": "2026-02-31"}]'"""),
            _route(23, secrets="""'[{"sealed": "v9.x.y"}]'"""),
            _route(24, destination_config="""'{"headers": {"a": {"sealed": "v1.x.y"}}}'"""),
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
    Entry(
        "devices of another version",
        _sql(
            "UPDATE devices SET status = 'ASLEEP', last_seen_at = 'infinity'"
            " WHERE device_id = 'DEV-001'",
            "UPDATE devices SET previous_token_hashes = ARRAY['\\x00'::bytea, NULL],"
            " previous_token_untils = ARRAY[NULL, 'infinity'::timestamptz, 'infinity']"
            " WHERE device_id = 'DEV-002'",
            "UPDATE devices SET created_at = '-infinity' WHERE device_id = 'DEV-003'",
        ),
        f"{ROWS}::test_a_device_of_another_kind_is_refused_and_asking_never_raises",
    ),
    Entry(
        "alerts and groups of another version",
        _sql(
            "INSERT INTO alerts (tenant_id, device_id, severity, title, key, status) VALUES"
            " ('{tenant}', 'DEV-000', 'AWFUL', 't', 'a', 'OPEN'),"
            " ('{tenant}', 'DEV-000', 'INFO', 't', 'b', 'SNOOZED')",
            "INSERT INTO alerts (tenant_id, device_id, severity, title, key, opened_at)"
            " VALUES ('{tenant}', 'DEV-000', 'INFO', '', 'c', '-infinity')",
            "INSERT INTO device_groups (tenant_id, name, created_at)"
            " VALUES ('{tenant}', '', 'infinity')",
        ),
        f"{ROWS}::test_an_alert_of_another_kind_is_left_out_and_the_others_are_shown",
    ),
    Entry(
        "dead letters of another version",
        _sql(
            *(
                "INSERT INTO dead_letter_messages (delivery_id, tenant_id, route_id, device_id,"
                " event_id, event_time, original_topic, payload, destination_type,"
                " destination_config, error_message, attempts, status, created_at, history) VALUES"
                f" ({number}, '{{tenant}}', {{good}}, 'D', 1, '{time}', '', '[1e400]', '',"
                f" '{config}', '', -1, '{status}', '{time}', '{history}')"
                for number, (time, config, status, history) in enumerate(
                    (
                        ("infinity", "[]", "FAILED", "{}"),
                        ("-infinity", "{deep}", "FAILED", "5"),
                        ("now", "{}", "ARCHIVED", "[]"),
                        ("294276-01-01", "{}", "FAILED", '[{"at": "never"}]'),
                    ),
                    200,
                )
            )
        ),
        f"{ROWS}::test_every_row_of_a_dead_letter_gives_one_that_can_be_shown",
    ),
    Entry(
        "rows of the audit log and refused messages of another version",
        _sql(
            "INSERT INTO audit_log (at, subject, actor, action, request_id, tenant_id, target_type,"
            " before, after) VALUES ('infinity', '', 'martian', '', '', '{tenant}', '', '{deep}',"
            " '[1e400]'), (now(), '', 'customer', '', '', '{tenant}', '', '\"x\"', '[]')",
            "INSERT INTO rejected_messages (received_at, tenant_id, topic, reason, detail, payload)"
            " VALUES ('-infinity', '{tenant}', '', 'NO_REASON', '', '\\xff'),"
            " ('infinity', NULL, '', '', '', '')",
        ),
        f"{ROWS}::test_what_is_left_out_is_told_once_and_by_its_name",
    ),
    Entry(
        "batches that do not fit together",
        _sql(
            _batch(-1, packet_ids="'{1,2,NULL}'", digests="'{NULL,1}'"),
            _batch(-2, packet_ids="'{{1,2},{3,4}}'", digests="'{{1,2},{3,4}}'"),
            _batch(-3, tenants="'[]'"),
            _batch(-4, tenants="""'{"T": 5, "U": {"stored": "many"}, "V": {"stored": -1e400}}'"""),
            _batch(-5, committed_at="'infinity'", packet_ids="'{}'", digests="'{}'"),
            _batch(-6, committed_at="'-infinity'", last_id="9223372036854775807"),
            _batch(7, client_id="'another'", last_id="9223372036854775807"),
        ),
        "tests/service/stores/test_hostile_batches.py"
        "::test_rows_that_do_not_fit_together_cost_themselves_only",
    ),
    Entry(
        "what others hold",
        _sql(
            "INSERT INTO lane_leases VALUES (-5, '', 0, '-infinity'), (999, '', 0, '-infinity')",
            "INSERT INTO lane_owners VALUES ('', '-infinity')",
            "UPDATE mqtt_sessions SET filters = ARRAY[NULL, 'a/#'], granted_at = 'infinity'",
            "INSERT INTO ledger_totals VALUES ('GHOST', 'a name', 9223372036854775807),"
            " ('GHOST', 'stored', 0)",
        ),
        "tests/service/stores/test_hostile_batches.py"
        "::test_leases_beyond_all_partitions_take_the_place_of_none",
    ),
    Entry(
        "announcements",
        _sql(
            "NOTIFY pulse_changes, 'hello'",
            "NOTIFY pulse_changes, ''",
            """NOTIFY pulse_changes, '{"table": 5, "tenant_id": []}'""",
            """NOTIFY pulse_changes, '{"table": "martians", "tenant_id": "T", "more": [1]}'""",
            "SELECT pg_notify('pulse_changes', repeat('[', 7000))",
        ),
        "tests/component/router/test_changes.py::test_whatever_is_announced_is_read_or_is_none",
    ),
    Entry(
        "messages of devices",
        _published(
            b"",
            b"\xff\xfe",
            b"[" * 5000,
            b"1e400",
            _with_token('"ts":"0001-01-01T00:00:00Z","metrics":{"t":1}'),
            _with_token('"ts":"0001-01-01T00:00:00+14:00","metrics":{"t":1}'),
            _with_token('"ts":"9999-12-31T23:59:59.999999-14:00","metrics":{"t":1}'),
            _with_token('"ts":-62135596800,"metrics":{"t":3.4028235e38,"z":-0.0}'),
            _with_token('"ts":1e308,"metrics":{"t":1}'),
            _with_token('"metrics":{"t":1},"x":' + "9" * 400),
            _with_token('"metrics":{"t":"\\u0000"}'),
            _with_token('"metrics":{"t":"\\ud800"}'),
        ),
        "tests/service/postgres/test_times.py::test_what_ingest_stores_is_read_again_as_it_was",
    ),
    Entry(
        "what clients write",
        _requested(
            "POST",
            "/api/v1/customer/message-routes",
            b'{"name":"n","topic_filter":"#","destination_type":"webhook","destination_config":'
            b'{"url":"http://127.0.0.1/","timeout_seconds":' + b"9" * 310 + b"}}",
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
)
