"""Numbers at the edge of what their columns hold, each with its way in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tests.support.hostile.ways import Entry, batch_row, by_sql

_TESTS: Final = "tests/service/stores/test_number_edges.py"
_MOST: Final = 2**63 - 1
_LEAST: Final = -(2**63)

_JOB: Final = (
    "action, filter, up_to_id, staged, state, matched, matched_is_exact, cursor, done, failed,"
    " skipped, tried, subject, actor, request_id, created_at, life, turn"
)


def _job(
    tenant: str, action: str, wanted: str, state: str, *, number: int = 1, life: int | None = None
) -> str:
    """A row of `jobs` whose numbers are all this one, at a time beyond all times."""
    owner = "null" if life is None else life
    return (
        f"'{tenant}', '{action}', '{wanted}', {_MOST}, true, '{state}', {number}, true, {number},"
        f" {number}, {number}, {number}, {number}, '', 'martian', '', '-infinity', {owner},"
        f" {_LEAST}"
    )


EDGES: Final[Sequence[Entry]] = (
    Entry(
        "sums at the edge of what their columns hold",
        by_sql(
            *(
                f"INSERT INTO ledger_deltas (tenant_id, name, value) VALUES"
                f" ('{tenant}', '{name}', {value}), ('{tenant}', '{name}', {value})"
                for tenant in ("GHOST", "*")
                for name, value in (("matched", _MOST), ("delivered", _LEAST), ("written", _MOST))
            ),
            "INSERT INTO ledger_totals SELECT 'GHOST', name, value FROM (VALUES"
            f" ('received', {_MOST}), ('matched', {_LEAST}), ('buried', {_MOST}))"
            " AS hostile (name, value)"
            " ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value",
            "INSERT INTO route_deltas (route_id, tenant_id, delivered, failed) VALUES"
            f" ({{good}}, '{{tenant}}', {_MOST}, {_LEAST}),"
            f" ({{good}}, '{{tenant}}', {_MOST}, {_LEAST})",
        ),
        f"{_TESTS}::test_sums_at_the_edge_are_cut_there_and_go_on",
    ),
    Entry(
        "the number of a commit that nobody can have reached",
        by_sql(batch_row(_MOST), batch_row(_MOST - 1, packet_ids="'{}'", digests="'{}'")),
        f"{_TESTS}::test_a_commit_whose_number_nobody_can_have_reached_is_no_commit_of_ours",
    ),
    Entry(
        "numbers and gaps of devices that nobody can have counted",
        by_sql(
            "INSERT INTO device_sequences VALUES"
            f" ('{{tenant}}', 'DEV-000', 'telemetry', {_MOST}, {_MOST}),"
            f" ('', '', '', {_LEAST}, {_LEAST})",
            "INSERT INTO device_gaps (at, tenant_id, device_id, msg_type, event_id, expected, got,"
            " missing) VALUES"
            f" ('infinity', '{{tenant}}', 'DEV-000', '', {_LEAST}, {_MOST}, {_LEAST}, -1),"
            f" ('-infinity', '{{tenant}}', 'DEV-000', 'x', {_MOST}, {_LEAST}, {_MOST}, {_MOST})",
        ),
        "tests/component/stores/test_gap_rows.py::test_a_gap_at_any_time_can_be_shown",
    ),
    Entry(
        "jobs that nobody can have made, and results of jobs that there are not",
        by_sql(
            *(
                f"INSERT INTO jobs (tenant_id, {_JOB}) VALUES ({values})"
                for values in (
                    _job("{tenant}", "DISCARD", "{}", "WAITING"),
                    _job("{tenant}", "discard", '{"site_id": "S"}', "WAITING"),
                    _job("{tenant}", "replay", "[1e400]", "RUNNING", life=_MOST),
                    _job("{tenant}", "restore", "{deep}", "PAUSED"),
                    _job("{tenant}", "purge", "{}", "ASLEEP", number=_MOST),
                    _job("{tenant}", "discard", '{"error": "none has it"}', "WAITING"),
                    _job("", "restore", '{"device_id": "NOBODY"}', "WAITING", number=_LEAST),
                    _job("GHOST", "purge", '{"before": 1}', "RUNNING", number=_MOST, life=_LEAST),
                )
            ),
            "INSERT INTO job_results (job_id, dead_letter_id, tenant_id, outcome, at, counted_as)"
            f" SELECT id, {_MOST}, tenant_id, 'FAILED', 'infinity', 'DONE' FROM jobs",
            "INSERT INTO job_results (job_id, dead_letter_id, tenant_id, outcome, at) VALUES"
            f" ({_LEAST}, {_LEAST}, '{{tenant}}', 'DREAMT', '-infinity'),"
            f" ({_MOST}, 1, '', '', now())",
        ),
        "tests/component/stores/test_job_rows.py"
        "::test_a_job_of_another_kind_is_left_out_and_the_others_are_shown",
    ),
    Entry(
        "leases whose epoch can grow no further",
        by_sql(f"UPDATE lane_leases SET epoch = {_MOST}"),
        f"{_TESTS}::test_leases_go_round_when_their_epoch_can_grow_no_further",
    ),
    Entry(
        "a route of the highest version",
        by_sql(
            "ALTER TABLE message_routes DISABLE TRIGGER next_version",
            f"UPDATE message_routes SET version = {_MOST} WHERE id = {{good}}",
            "ALTER TABLE message_routes ENABLE TRIGGER next_version",
            "UPDATE message_routes SET name = name WHERE id = {good}",
        ),
        f"{_TESTS}::test_a_route_of_the_highest_version_can_be_changed",
    ),
    Entry(
        "marks of another server and of routes that there are not",
        by_sql(
            "INSERT INTO route_marks (route_id, tenant_id, entered, last_id, in_doubt, server)"
            f" VALUES ({{good}}, '{{tenant}}', '{2**64 - 1}', {_MOST}, '{{5,NULL}}', ''),"
            f" ({{failing}}, 'GHOST', '0', {_LEAST}, '{{}}', 'x'), (-1, '', '0', 0, '{{}}', '')",
            f"UPDATE delta_marks SET entered = '{2**64 - 1}', in_doubt = '{{3,NULL}}'",
            f"INSERT INTO deleted_routes VALUES ({_LEAST}, 'GHOST', 'carrier_pigeon', '{{deep}}')",
        ),
        "tests/service/stores/deliveries/test_kept_marks.py"
        "::test_a_mark_of_another_server_hides_nothing",
    ),
    Entry(
        "marks of batches that are not there, and contacts of devices that nobody has",
        by_sql(
            "INSERT INTO ingest_batch_marks (client_id, since, live)"
            " SELECT client_id, made_up.since, made_up.live FROM"
            " (VALUES ('{client}'), ('ghost'), ('')) AS clients (client_id), (VALUES"
            f" ({_MOST}, ARRAY[NULL, {_LEAST}]), ({_LEAST}, '{{}}')) AS made_up (since, live)",
            "INSERT INTO device_last_seen (tenant_id, device_id, at) VALUES"
            " ('{tenant}', 'DEV-001', 'infinity'), ('{tenant}', 'GHOST', '-infinity'),"
            " ('', '', now())",
            "INSERT INTO tenant_last_seen (tenant_id, at) VALUES"
            " ('{tenant}', 'infinity'), ('GHOST', '-infinity')",
        ),
        "tests/service/stores/ingest/test_batch_marks.py"
        "::test_a_mark_that_somebody_has_made_up_hides_not_the_last_and_is_mended",
    ),
    Entry(
        "heartbeats and written announcements that nobody made",
        by_sql(
            "INSERT INTO lane_heartbeats (life, expires_at) VALUES"
            f" ({_LEAST}, 'infinity'), ({_MOST}, '-infinity'), (0, 'infinity')",
            "INSERT INTO announced_changes (payload, made_at) VALUES ('', 'infinity'),"
            " (repeat('[', 7000), '-infinity'), ('{\"table\": 5}', now())",
            f"INSERT INTO announced_changes (xid, payload) VALUES ('{2**64 - 1}', '[1e400]')",
        ),
        "tests/component/router/test_changes.py::test_whatever_is_announced_is_read_or_is_none",
    ),
)
