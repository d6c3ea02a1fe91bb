"""What comes from outside, each with a value that nobody expects: how it gets in, and whose it is.

Every entry names the property that holds for its kind of value, whatever it is; here one of them is
put into a world that runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.support.hostile.deliveries import DELIVERIES
from tests.support.hostile.edges import EDGES
from tests.support.hostile.values import BEYOND_ALL_TIMES, TEMPLATES
from tests.support.hostile.ways import (
    Entry,
    batch_row,
    by_sql,
    delivery_row,
    published,
    requested,
    route_row,
    telemetry_row,
    templated,
    together,
    with_token,
)

ROWS: Final = "tests/component/stores/test_hostile_rows.py"
ENDS: Final = "tests/component/delivery/test_refused_ends.py"
TIMES: Final = "tests/component/postgres/test_time_codecs.py"


REGISTRY: Final[Sequence[Entry]] = (
    Entry(
        "telemetry at times beyond all times",
        by_sql(
            *(
                telemetry_row(n, time, "now()", '{"t": 1}')
                for n, time in enumerate(BEYOND_ALL_TIMES, 1)
            ),
            *(telemetry_row(9, "now", f"'{time}'", '{"t": 1}') for time in BEYOND_ALL_TIMES),
        ),
        f"{TIMES}::test_whatever_the_server_sends_is_an_aware_time",
    ),
    Entry(
        "telemetry whose metrics have another form",
        by_sql(
            *(
                telemetry_row(n, "now", "now()", metrics)
                for n, metrics in enumerate(('{"t": [1]}', "[1]", '"x"', "{deep}", "1e400"), 20)
            )
        ),
        f"{ROWS}::test_metrics_of_another_form_cost_their_event_only",
    ),
    Entry(
        "a trigger that refuses the ends of one delivery, and one device",
        by_sql(
            "CREATE FUNCTION refuse_it() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = '22023'; END $$",
            "CREATE TRIGGER refuse_it BEFORE UPDATE OR DELETE ON route_deliveries FOR EACH ROW"
            " WHEN (OLD.id = 140) EXECUTE FUNCTION refuse_it()",
            "CREATE TRIGGER refuse_it BEFORE UPDATE ON devices FOR EACH ROW"
            " WHEN (OLD.device_id = 'DEV-001') EXECUTE FUNCTION refuse_it()",
            delivery_row(140, "{failing}"),
            delivery_row(141, "{failing}"),
        ),
        f"{ENDS}::test_an_end_that_can_be_written_in_no_words_stays_pending_and_rests",
    ),
    Entry(
        "routes of another version",
        by_sql(
            route_row(1, destination_type="'carrier_pigeon'"),
            route_row(2, destination_config="'[]'"),
            route_row(3, destination_config="'{deep}'"),
            route_row(4, destination_config="""'{"url": 1e400, "batch": [], "retry": {"a": 1}}'"""),
            route_row(5, payload_filter="'[]'"),
            route_row(6, payload_filter="'{deep}'"),
            route_row(7, payload_filter="""'{"a": {"$future": 1e400}}'"""),
            route_row(8, topic_filter="'a/#/b+'"),
            route_row(9, topic_filter="''", name="''"),
            route_row(10, created_at="'infinity'", updated_at="'-infinity'", version="-5"),
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
    Entry(
        "secrets of routes written by hand",
        by_sql(
            route_row(20, secrets="'{}'"),
            route_row(21, secrets="""'[{"plain": 1}, 5]'"""),
            route_row(22, secrets="""'["a", {"plain": "b", "expires_at": "2026-02-31"}]'"""),
            route_row(23, secrets="""'[{"sealed": "v9.x.y"}]'"""),
            route_row(24, destination_config="""'{"headers": {"a": {"sealed": "v1.x.y"}}}'"""),
            route_row(25, secrets="""'[{"name": 5, "plain": "a"}]'"""),
            route_row(26, secrets="""'[{"name": "a", "plain": "b", "expires_at": "x"}]'"""),
            route_row(27, secrets="""'[{"name": "a"}, {"name": "", "sealed": "v1.x.y"}]'"""),
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
    Entry(
        "templates of routes written by hand",
        by_sql(
            *(
                route_row(60 + number, destination_config=templated(one))
                for number, one in enumerate(TEMPLATES)
            )
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
    Entry(
        "devices of another version",
        by_sql(
            "UPDATE devices SET status = 'ASLEEP', last_seen_at = 'infinity'"
            " WHERE device_id = 'DEV-004'",
            "UPDATE devices SET previous_token_hashes = ARRAY['\\x00'::bytea, NULL],"
            " previous_token_untils = ARRAY[NULL, 'infinity'::timestamptz, 'infinity']"
            " WHERE device_id = 'DEV-002'",
            "UPDATE devices SET created_at = '-infinity' WHERE device_id = 'DEV-003'",
        ),
        f"{ROWS}::test_a_device_of_another_kind_is_refused_and_asking_never_raises",
    ),
    Entry(
        "alerts and groups of another version",
        by_sql(
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
        by_sql(
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
        by_sql(
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
        by_sql(
            batch_row(-1, packet_ids="'{1,2,NULL}'", digests="'{NULL,1}'"),
            batch_row(-2, packet_ids="'{{1,2},{3,4}}'", digests="'{{1,2},{3,4}}'"),
            batch_row(-3, tenants="'[]'"),
            batch_row(
                -4, tenants="""'{"T": 5, "U": {"stored": "many"}, "V": {"stored": -1e400}}'"""
            ),
            batch_row(-5, committed_at="'infinity'", packet_ids="'{}'", digests="'{}'"),
            batch_row(-6, committed_at="'-infinity'", last_id="9223372036854775807"),
            batch_row(7, client_id="'another'", last_id="9223372036854775807"),
        ),
        "tests/service/stores/test_hostile_batches.py"
        "::test_rows_that_do_not_fit_together_cost_themselves_only",
    ),
    Entry(
        "what others hold",
        by_sql(
            "INSERT INTO lane_leases VALUES (-5, '', 0, '-infinity'), (999, '', 0, '-infinity')",
            "INSERT INTO lane_owners VALUES ('', '-infinity')",
            "UPDATE mqtt_sessions SET filters = ARRAY[NULL, 'a/#'], granted_at = 'infinity'",
            "INSERT INTO ledger_totals VALUES ('GHOST', 'a name', 9223372036854775807),"
            " ('GHOST', 'stored', 0)",
            "INSERT INTO ledger_sums (tenant_id, name, value) VALUES"
            " ('GHOST', 'a name', 9223372036854775807), ('GHOST', '', -9223372036854775808)",
        ),
        "tests/service/stores/test_hostile_batches.py"
        "::test_leases_beyond_all_partitions_take_the_place_of_none",
    ),
    Entry(
        "endpoints whose names are none",
        by_sql(
            route_row(30, destination_config="""'{"url": "http://a..b/"}'"""),
            route_row(31, destination_config=f"""'{{"url": "https://{"x" * 64}.example/"}}'"""),
            route_row(32, destination_config="""'{"url": "https://./"}'"""),
            route_row(33, destination_config="""'{"url": "http://[fe80::1%25lo]/"}'"""),
            route_row(34, destination_config="""'{"url": "http://[::ffff:169.254.169.254]/"}'"""),
        ),
        "tests/component/webhook/test_hostile_names.py"
        "::test_whatever_a_name_server_answers_costs_that_attempt_only",
    ),
    Entry(
        "announcements",
        by_sql(
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
        published(
            b"",
            b"\xff\xfe",
            b"[" * 5000,
            b"1e400",
            with_token('"ts":"0001-01-01T00:00:00Z","metrics":{"t":1}'),
            with_token('"ts":"0001-01-01T00:00:00+14:00","metrics":{"t":1}'),
            with_token('"ts":"9999-12-31T23:59:59.999999-14:00","metrics":{"t":1}'),
            with_token('"ts":-62135596800,"metrics":{"t":3.4028235e38,"z":-0.0}'),
            with_token('"ts":1e308,"metrics":{"t":1}'),
            with_token('"metrics":{"t":1},"x":' + "9" * 400),
            with_token('"metrics":{"t":"\\u0000"}'),
            with_token('"metrics":{"t":"\\ud800"}'),
        ),
        "tests/service/postgres/test_times.py::test_what_ingest_stores_is_read_again_as_it_was",
    ),
    Entry(
        "user properties of messages",
        published(
            with_token('"metrics":{"t":1}'),
            properties=[
                ("traceparent", "00-" + "0" * 32 + "-" + "1" * 16 + "-01"),
                ("traceparent", "x" * 60_000),
                ("tracestate", "a=1;é,=,,,=="),
                *(("a", "") for _ in range(1_000)),
            ],
        ),
        "tests/domain/test_tracing.py"
        "::test_whatever_properties_say_what_is_kept_can_be_told_onwards",
    ),
    Entry(
        "messages for filters that meet what they did not expect",
        together(
            by_sql(
                route_row(40, payload_filter="""'{"t": {"$regex": "^(a+)+$"}}'"""),
                route_row(41, payload_filter="""'{"a.b.0": {"$elemMatch": {"$gt": 1}}}'"""),
                route_row(42, payload_filter="""'{"t": {"$in": [1, "a", null, [[]]]}}'"""),
            ),
            published(
                with_token('"metrics":{"t":"' + "a" * 4000 + '!"}'),
                with_token('"metrics":{"t":1},"a":{"b":[[[{"0":[1,{"x":2}]}]]]}'),
                with_token('"metrics":{"t":' + "9" * 300 + "}"),
            ),
        ),
        "tests/component/ingest/test_faults.py"
        "::test_a_filter_that_raises_costs_that_match_of_that_route",
    ),
    Entry(
        "messages that cannot be shown, or fail inside",
        published(with_token('"metrics":{"\\u2028":"\\u2029","":1e-320}')),
        "tests/component/streaming/test_hostile_events.py"
        "::test_an_event_that_cannot_be_shown_is_counted_as_missed_and_the_others_come",
    ),
    Entry(
        "what clients write",
        requested(
            "POST",
            "/api/v1/customer/message-routes",
            b'{"name":"n","topic_filter":"#","destination_type":"webhook","destination_config":'
            b'{"url":"http://127.0.0.1/","timeout_seconds":' + b"9" * 310 + b"}}",
        ),
        f"{ROWS}::test_every_row_of_a_route_gives_a_route_that_can_be_shown_and_planned",
    ),
    *DELIVERIES,
    *EDGES,
)
