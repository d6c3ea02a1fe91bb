"""Each role may do what its part of the house needs, and a tenant sees its own rows alone."""

from __future__ import annotations

import pytest

from pulse_router.domain.errors import ConstraintViolated, Unavailable
from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from tests.support.servers.postgres import PostgresForTests

TENANT_TABLES = (
    "devices",
    "device_groups",
    "device_group_members",
    "message_routes",
    "route_deliveries",
    "dead_letter_messages",
    "rejected_messages",
    "alerts",
    "route_totals",
    "route_sums",
)
BOOKS = (
    "telemetry",
    "ingest_batches",
    "ledger_totals",
    "ledger_sums",
    "ledger_deltas",
    "route_deltas",
    "delta_marks",
)
FORBIDDEN = "42501"


async def refusal(
    database: Database, role: Role, sql: str, *, tenant_id: str | None = None
) -> str | None:
    """Run a statement, and tell the SQLSTATE that it is refused with."""
    try:
        async with database.transaction(role, tenant_id=tenant_id) as transaction:
            await transaction.execute(sql)
    except Unavailable as error:
        return error.sqlstate
    return None


async def register(database: Database, tenant_id: str, device_id: str) -> None:
    async with database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
        await transaction.execute(
            "INSERT INTO devices (tenant_id, device_id) VALUES ($1, $2)", tenant_id, device_id
        )


@pytest.fixture
async def two_tenants(database: Database) -> Database:
    await register(database, "TENANT1", "DEV-1")
    await register(database, "TENANT2", "DEV-2")
    return database


async def devices_seen(database: Database, role: Role, tenant_id: str | None) -> list[str]:
    async with database.transaction(role, tenant_id=tenant_id, read_only=True) as transaction:
        rows = await transaction.fetch("SELECT device_id FROM devices ORDER BY device_id")
    return [row["device_id"] for row in rows]


async def test_a_tenant_sees_its_own_rows(two_tenants: Database) -> None:
    assert await devices_seen(two_tenants, Role.APP, "TENANT1") == ["DEV-1"]
    assert await devices_seen(two_tenants, Role.APP, "TENANT2") == ["DEV-2"]


async def test_without_a_tenant_nothing_is_seen(two_tenants: Database) -> None:
    assert await devices_seen(two_tenants, Role.APP, None) == []


async def test_a_tenant_does_not_outlive_its_transaction(two_tenants: Database) -> None:
    for _ in range(3):
        assert await devices_seen(two_tenants, Role.APP, "TENANT1") == ["DEV-1"]
        assert await devices_seen(two_tenants, Role.APP, None) == []
    assert two_tenants.pool.idle_count == 1


async def test_ingest_and_operator_see_every_tenant(two_tenants: Database) -> None:
    assert await devices_seen(two_tenants, Role.INGEST, None) == ["DEV-1", "DEV-2"]
    assert await devices_seen(two_tenants, Role.OPERATOR, None) == ["DEV-1", "DEV-2"]


@pytest.mark.parametrize(
    "tenant_id", ["it's", '"', "\\", "$1", "'; RESET ROLE; --", "ténant", "a" * 128]
)
async def test_a_tenant_id_is_never_read_as_sql(database: Database, tenant_id: str) -> None:
    await register(database, tenant_id, "DEV-1")

    assert await devices_seen(database, Role.APP, tenant_id) == ["DEV-1"]
    async with database.transaction(Role.APP, tenant_id=tenant_id) as transaction:
        found = await transaction.fetch_value("SELECT current_setting('app.tenant_id')")
        assert found == tenant_id


async def test_a_tenant_cannot_write_rows_of_another(two_tenants: Database) -> None:
    for sql in (
        "INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT2', 'DEV-9')",
        "UPDATE devices SET tenant_id = 'TENANT2'",
    ):
        assert await refusal(two_tenants, Role.APP, sql, tenant_id="TENANT1") == FORBIDDEN
    async with two_tenants.transaction(Role.APP, tenant_id="TENANT1") as transaction:
        assert await transaction.execute("DELETE FROM devices WHERE device_id = 'DEV-2'") == (
            "DELETE 0"
        )


async def test_a_tenant_cannot_put_a_device_into_the_group_of_another(
    two_tenants: Database,
) -> None:
    async with two_tenants.transaction(Role.APP, tenant_id="TENANT2") as transaction:
        group_id = await transaction.fetch_value(
            "INSERT INTO device_groups (tenant_id, name) VALUES ('TENANT2', 'pumps') RETURNING id"
        )

    async def join() -> None:
        async with two_tenants.transaction(Role.APP, tenant_id="TENANT1") as transaction:
            await transaction.execute(
                "INSERT INTO device_group_members VALUES ($1, 'TENANT1', 'DEV-1')", group_id
            )

    with pytest.raises(ConstraintViolated):
        await join()


@pytest.mark.parametrize(
    ("role", "sql"),
    [
        (Role.APP, "SELECT FROM telemetry"),
        (Role.APP, "SELECT FROM ingest_batches"),
        (Role.INGEST, "SELECT secrets FROM message_routes"),
        (Role.INGEST, "SELECT * FROM message_routes"),
        (Role.INGEST, "SELECT payload FROM dead_letter_messages"),
        (Role.INGEST, "DELETE FROM telemetry"),
        (Role.INGEST, "UPDATE devices SET status = 'ACTIVE'"),
        (Role.OPERATOR, "INSERT INTO schema_migrations VALUES (9, 'x', 'x')"),
        (Role.OPERATOR, "DROP TABLE telemetry"),
        (Role.APP, "SELECT FROM audit_log"),
        (Role.APP, "INSERT INTO audit_log (subject) VALUES ('x')"),
        (Role.APP, "DELETE FROM audit_log"),
        (Role.OPERATOR, "INSERT INTO audit_log (subject) VALUES ('x')"),
        (Role.OPERATOR, "UPDATE audit_log SET subject = 'somebody else'"),
        (Role.OPERATOR, "CREATE TABLE extra ()"),
        (Role.APP, "ALTER TABLE devices DISABLE ROW LEVEL SECURITY"),
    ],
)
async def test_a_role_cannot_do_what_is_not_its_work(
    database: Database, role: Role, sql: str
) -> None:
    assert await refusal(database, role, sql) == FORBIDDEN


@pytest.mark.parametrize("table", [*TENANT_TABLES, *BOOKS])
async def test_the_login_has_no_rights_of_its_own(database: Database, table: str) -> None:
    sql = f"RESET ROLE; SELECT FROM {table}"
    assert await refusal(database, Role.OPERATOR, sql) == FORBIDDEN


def test_row_level_security_is_forced_on_every_table_that_the_api_touches(
    postgres_server: PostgresForTests, database_name: str
) -> None:
    protected = postgres_server.psql(
        database_name,
        "SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity",
    )
    touched = postgres_server.psql(
        database_name,
        "SELECT DISTINCT a.table_name FROM information_schema.role_table_grants AS a"
        " JOIN information_schema.columns AS c USING (table_schema, table_name)"
        " WHERE grantee = 'pulse_app' AND column_name = 'tenant_id'",
    )
    assert set(TENANT_TABLES) <= set(protected.split())
    assert set(touched.split()) <= set(protected.split())


async def test_a_read_only_transaction_writes_nothing(database: Database) -> None:
    async def write() -> None:
        async with database.transaction(Role.OPERATOR, read_only=True) as transaction:
            await transaction.execute("DELETE FROM devices")

    with pytest.raises(Unavailable, match="read-only transaction"):
        await write()
