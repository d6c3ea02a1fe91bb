"""Acting as `pulse_app` for one tenant, nothing of another's can be read or changed, whatever is
sent: in no table that there is, and by no function.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.actors import Actor, acting
from pulse_router.stores.roles import Role
from tests.support.api.rows import ROWS, row_of
from tests.support.servers.postgres import PostgresForTests

OWN, OTHER = "TENANT1", "TENANT2"
FORBIDDEN = "42501"
FUNCTIONS = {
    "telemetry_history": "telemetry_history('D-{tenant}', NULL, NULL, NULL, NULL, 10, 0)",
    "telemetry_history_count": "telemetry_history_count('D-{tenant}', NULL, NULL, 10)",
    "telemetry_resume_point": "telemetry_resume_point(0, 10, 10)",
    "telemetry_events": "telemetry_events(0, 10, NULL, NULL, 10)",
    "telemetry_latest": "telemetry_latest('D-{tenant}')",
    "telemetry_messages": "telemetry_messages(0, 10, NULL, NULL, NULL, NULL, 10, 100)",
    "telemetry_messages_count": ("telemetry_messages_count(0, 10, NULL, NULL, NULL, NULL, 100)"),
    "telemetry_message": "telemetry_message(CASE '{tenant}' WHEN 'TENANT1' THEN 1 ELSE 2 END)",
    "telemetry_preview_start": "telemetry_preview_start(0, 10, 1)",
    "telemetry_preview": "telemetry_preview(0, 10, 10, 1000000)",
    "telemetry_metric_names": (
        "telemetry_metric_names('D-{tenant}', '2000-01-01', '2200-01-01', 10, 10)"
    ),
    "telemetry_metric_stretches": (
        "telemetry_metric_stretches('D-{tenant}', 't', '2000-01-01', '2200-01-01', 60, 10)"
    ),
    "pulse_route_changes": "pulse_route_changes('2000-01-01', 10)",
    "pulse_audit_of_request": "pulse_audit_of_request('r')",
    "receipts_find": "receipts_find(1, NULL)",
    "receipts_left_out": "receipts_left_out(1, NULL)",
    "receipts_of_route": "receipts_of_route(1, NULL, NULL, NULL, 9)",
    "receipts_by_minute": "receipts_by_minute(1, '2000-01-01', '2200-01-01')",
}
"""What runs with more rights than `pulse_app` has and may be called by it."""


WRITES_IT_DOWN = "pulse_audit_hurry"
"""Writes down who has had something attempted, in the name of the tenant that asks."""
READ_ONLY = {"device_gaps"}
"""What tenants have no business to write: found by ingest, removed by retention."""
OF_NOBODY = {"schema_migrations", "lane_heartbeats"}
"""What is no tenant's, and may be read: which migrations there are, and which routers live."""


@pytest.fixture
def catalogue(postgres_server: PostgresForTests, database_name: str) -> _Catalogue:
    made = _Catalogue(postgres_server, database_name)
    tables, owners = [*ROWS, "telemetry", "delivery_receipts", "audit_log"], ((OWN, 1), (OTHER, 2))
    script = [row_of(table, *owner) for table in tables for owner in owners]
    postgres_server.psql(database_name, ";".join(script))
    return made


class _Catalogue:
    """What there is in the database, as PostgreSQL knows it."""

    def __init__(self, postgres: PostgresForTests, database: str) -> None:
        self._postgres = postgres
        self._database = database

    def names(self, sql: str) -> Collection[str]:
        return set(self._postgres.psql(self._database, sql).split())

    def counts(self, tenant: str) -> Sequence[int]:
        """How many rows of a tenant there are, by table."""
        sql = [f"SELECT count(*) FROM {table} WHERE tenant_id = '{tenant}'" for table in ROWS]
        counted = self._postgres.psql(self._database, " UNION ALL ".join(sql))
        return [int(count) for count in counted.split()]

    @property
    def relations(self) -> Collection[str]:
        """Tables, partitions, views and whatever else can be selected from."""
        return self.names(
            "SELECT oid::regclass FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        )

    @property
    def touched(self) -> Collection[str]:
        """Those of them that `pulse_app` has any right to, be it to one column."""
        rights = "('SELECT'), ('INSERT'), ('UPDATE'), ('REFERENCES')"
        return self.names(
            "SELECT DISTINCT c.oid::regclass FROM pg_class AS c,"
            f" (VALUES {rights}) AS r (name)"
            " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')"
            " AND (has_any_column_privilege('pulse_app', c.oid, r.name)"
            "      OR has_table_privilege('pulse_app', c.oid, 'DELETE, TRUNCATE, TRIGGER'))"
        )


async def outcome(
    database: Database, sql: str, *, tenant: str | None = OWN
) -> list[Record] | str | None:
    """Run a statement as `pulse_app`: the rows that it gives, or the SQLSTATE of its refusal."""
    try:
        async with database.transaction(Role.APP, tenant_id=tenant) as transaction:
            return await transaction.fetch(sql)
    except Unavailable as error:
        return error.sqlstate


def tenants_of(result: list[Record] | str | None) -> list[str]:
    assert isinstance(result, list), result
    return [row["tenant_id"] for row in result]


def test_every_table_that_a_tenant_can_touch_is_tried_here(catalogue: _Catalogue) -> None:
    assert set(catalogue.touched) - OF_NOBODY == set(ROWS)


async def test_of_the_other_tables_nothing_can_be_read_or_changed(
    catalogue: _Catalogue, database: Database
) -> None:
    closed = set(catalogue.relations) - set(ROWS) - OF_NOBODY
    assert {
        "telemetry",
        "delivery_receipts",
        "receipt_deltas",
        "audit_log",
        "ingest_batches",
    } <= closed
    for table in closed:
        for sql in (
            f"SELECT FROM {table}",
            f"INSERT INTO {table} DEFAULT VALUES",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            assert await outcome(database, sql) == FORBIDDEN, sql
    for table in OF_NOBODY:
        for sql in (f"INSERT INTO {table} DEFAULT VALUES", f"DELETE FROM {table}"):
            assert await outcome(database, sql) == FORBIDDEN


async def test_another_tenants_rows_cannot_be_read_written_changed_or_removed(
    catalogue: _Catalogue, database: Database
) -> None:
    for table in reversed(list(ROWS)):  # members go before their groups and devices
        await _try_to_reach_over(database, table)
    assert catalogue.counts(OTHER) == [1] * len(ROWS)
    assert catalogue.counts(OWN) == [int(table in READ_ONLY) for table in ROWS]


async def test_what_is_found_for_tenants_they_can_read_and_not_write(
    catalogue: _Catalogue, database: Database
) -> None:
    assert catalogue.counts(OWN) == [1] * len(ROWS)
    for table in READ_ONLY:
        for sql in (
            row_of(table, OWN, 3),
            f"UPDATE {table} SET tenant_id = tenant_id",
            f"DELETE FROM {table}",
            f"TRUNCATE {table}",
        ):
            assert await outcome(database, sql) == FORBIDDEN, sql
    assert catalogue.counts(OWN) == [1] * len(ROWS)


async def _try_to_reach_over(database: Database, table: str) -> None:
    seen = await outcome(database, f"SELECT tenant_id FROM {table}")
    assert tenants_of(seen) == [OWN]  # and it is one's own that is seen
    others = f"SELECT FROM {table} WHERE tenant_id <> '{OWN}' OR tenant_id IS NULL"
    if table in READ_ONLY:
        assert await outcome(database, others) == []
        return
    for sql in (
        others,
        f"SELECT FROM {table} WHERE tenant_id = '{OTHER}' FOR UPDATE",
        f"UPDATE {table} SET tenant_id = tenant_id WHERE tenant_id = '{OTHER}' RETURNING 1",
        f"UPDATE {table} SET tenant_id = '{OWN}' WHERE tenant_id = '{OTHER}' RETURNING 1",
        f"DELETE FROM {table} WHERE tenant_id = '{OTHER}' RETURNING 1",
    ):
        assert await outcome(database, sql) == [], sql
    for sql in (
        f"UPDATE {table} SET tenant_id = '{OTHER}' WHERE tenant_id = '{OWN}'",
        row_of(table, OTHER, 3),
        f"TRUNCATE {table}",
        f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        f"DROP POLICY tenant_isolation_policy ON {table}",
    ):
        assert await outcome(database, sql) == FORBIDDEN, sql
    deleted = await outcome(database, f"DELETE FROM {table} RETURNING tenant_id")
    assert tenants_of(deleted) == [OWN]


async def test_without_a_tenant_or_with_a_wrong_one_nothing_is_seen(
    catalogue: _Catalogue, database: Database
) -> None:
    for tenant in (None, "", "TENANT", "TENANT%", "tenant1"):
        for table in ROWS:
            for sql in (
                f"SELECT FROM {table}",
                f"UPDATE {table} SET tenant_id = tenant_id RETURNING 1",
                f"DELETE FROM {table} RETURNING 1",
            ):
                is_closed = table in READ_ONLY and not sql.startswith("SELECT")
                wanted = FORBIDDEN if is_closed else []
                assert await outcome(database, sql, tenant=tenant) == wanted, sql
            assert await outcome(database, row_of(table, OTHER, 3), tenant=tenant) == FORBIDDEN
    assert catalogue.counts(OWN) == catalogue.counts(OTHER) == [1] * len(ROWS)


async def test_telemetry_and_receipts_are_read_through_functions_that_give_ones_own_alone(
    catalogue: _Catalogue, database: Database
) -> None:
    callable_with_more_rights = catalogue.names(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        " AND has_function_privilege('pulse_app', oid, 'EXECUTE')"
    )
    assert callable_with_more_rights == {*FUNCTIONS, WRITES_IT_DOWN}

    async def call(name: str, device_of: str, tenant: str | None) -> list[tuple[object, ...]]:
        sql = f"SELECT * FROM {FUNCTIONS[name].format(tenant=device_of)}"
        rows = await outcome(database, sql, tenant=tenant)
        assert isinstance(rows, list), (name, rows)
        return [tuple(row) for row in rows]

    for name, sql in FUNCTIONS.items():
        nothing = await call(name, OTHER, "nobody")
        own, others = await call(name, OWN, OWN), await call(name, OTHER, OTHER)
        assert own != nothing
        assert others != nothing
        assert await call(name, OWN, None) == await call(name, OWN, "") == nothing
        asked_for_anothers = await call(name, OTHER, OWN)
        takes_device = "{tenant}" in sql
        assert asked_for_anothers == (nothing if takes_device else own)
        assert "TENANT2" not in str(own)


async def test_who_has_something_attempted_is_written_down_for_ones_own_tenant_alone(
    catalogue: _Catalogue, database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    actor = Actor("anna", "customer", "resume_route", "r7")
    with acting(actor):
        for tenant in (OWN, None, ""):
            sql = "SELECT pulse_audit_hurry('message_routes', 2, '{}')"
            assert isinstance(await outcome(database, sql, tenant=tenant), list)
        for target in ("devices", "audit_log", ""):
            await outcome(database, f"SELECT pulse_audit_hurry('{target}', 2, '{{}}')")
    await outcome(
        database, "SELECT pulse_audit_hurry('message_routes', 2, '{}')"
    )  # in nobody's name
    written = postgres_server.psql(
        database_name,
        "SELECT tenant_id, subject, action, target_type FROM audit_log WHERE request_id = 'r7'",
    )
    assert written == f"{OWN}|anna|resume_route|message_routes"
    assert len(catalogue.names("SELECT id FROM audit_log")) == 3


def test_no_policy_lets_pulse_app_see_more_than_its_tenants_rows(
    catalogue: _Catalogue, postgres_server: PostgresForTests, database_name: str
) -> None:
    wanted = "(tenant_id = current_setting('app.tenant_id'::text, true))"
    policies = postgres_server.psql(
        database_name,
        "SELECT tablename, permissive, roles, cmd, qual, with_check FROM pg_policies",
    )
    found = [line.split("|") for line in policies.splitlines()]
    assert {table for table, *_ in found} == set(ROWS)
    for _, *policy in found:
        assert policy == ["PERMISSIVE", "{pulse_app}", "ALL", wanted, wanted]
