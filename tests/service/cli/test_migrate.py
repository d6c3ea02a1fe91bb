"""`migrate` says what it would do and what it did; `check` says who else gets in."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import trio

from pulse_router.postgres.migration_files import read_migrations
from pulse_router.postgres.session import GUARDS, MEANING
from pulse_router.stores.schema import find_folder, schema_in
from tests.support.commands.runs import SECRET, Run
from tests.support.servers.mosquitto import TestBroker
from tests.support.servers.pgbouncer import open_pgbouncer
from tests.support.servers.postgres import PostgresForTests

KNOWN = read_migrations(schema_in(find_folder()))


def test_a_plan_names_what_is_due_and_what_it_locks_and_changes_nothing(
    run: Run, postgres_server: PostgresForTests, empty_database: str
) -> None:
    url = postgres_server.admin_url(empty_database)
    for _ in range(2):
        told = run("migrate", "--plan", "--url", url)
        assert (told.returncode, told.stderr) == (0, "")
        lines = told.stdout.splitlines()
        assert lines[0] == "would apply 0001_schema, in a transaction"
        last = KNOWN[-1]
        assert lines[-4].startswith(f"would apply {last.name}, ")
        assert lines[-3:] == [
            f"  locks: {last.locks}",
            f"  routers go on that know {last.oldest:04} or later",
            "nothing was changed",
        ]
    due = json.loads(run("migrate", "--plan", "--json", "--url", url).stdout)
    assert [each["name"] for each in due] == [each.name for each in KNOWN]
    assert due[0] == {"name": "0001_schema", "in_transaction": True, "locks": None, "oldest": None}

    assert run("migrate", "--url", url).returncode == 0
    told = run("migrate", "--plan", "--url", url)
    assert (told.returncode, told.stdout) == (0, "the database is up to date\n")


def test_a_fresh_database_is_closed_and_how_to_let_somebody_in_is_said(
    run: Run, postgres_server: PostgresForTests, empty_database: str
) -> None:
    told = run(
        *["migrate", "--url", postgres_server.admin_url(empty_database)],
        PULSE_DATABASE_URL=postgres_server.login_url(empty_database),
    )
    assert told.returncode == 0
    assert (
        "closed the database to other logins of the server:"
        f" REVOKE CONNECT ON DATABASE {empty_database} FROM PUBLIC;"
        f" GRANT CONNECT ON DATABASE {empty_database} TO iot, postgres\n"
        f"a reader or a monitor needs: GRANT CONNECT ON DATABASE {empty_database} TO …\n"
    ) in told.stdout
    assert "open: " not in told.stdout


def test_check_says_who_else_may_connect_and_who_could_act_as_the_router(
    run: Run, postgres_server: PostgresForTests, database_name: str, mosquitto: TestBroker
) -> None:
    def check() -> Any:
        told = run(
            *["check", "--connect", "--json"],
            PULSE_AUTH_SECRET=SECRET,
            PULSE_MQTT_PORT=str(mosquitto.port),
            PULSE_DATABASE_URL=postgres_server.login_url(database_name),
        )
        assert told.returncode == 0, told.stdout
        return json.loads(told.stdout)

    other, reader = f"another_of_{database_name}", f"reader_of_{database_name}"
    postgres_server.psql(
        database_name,
        f"CREATE ROLE {other} LOGIN; GRANT pulse_operator TO {other}; CREATE ROLE {reader} LOGIN",
    )
    try:
        told = check()
        actors, everybody, *not_durable = told["warnings"]
        assert actors.startswith("database: ")
        assert other in actors
        assert "every login of the server may connect" in everybody
        assert told["may_connect"] == []
        # So the tests' server is set up.
        assert [each.split()[1] for each in not_durable] == ["fsync", "full_page_writes"]

        postgres_server.psql(
            database_name,
            f"REVOKE CONNECT ON DATABASE {database_name} FROM PUBLIC;"
            f"GRANT CONNECT ON DATABASE {database_name} TO iot, {reader}",
        )
        told = check()
        assert (told["warnings"], told["may_connect"]) == (not_durable, [reader])
    finally:
        postgres_server.psql(
            database_name, f"DROP OWNED BY {other}, {reader}; DROP ROLE {other}, {reader}"
        )


async def test_check_warns_of_poolers_that_the_settings_do_not_name(
    run: Run, postgres_server: PostgresForTests, database_name: str, mosquitto: TestBroker
) -> None:
    def check(**more: str) -> Any:
        told = run(
            *["check", "--connect", "--json"],
            PULSE_AUTH_SECRET=SECRET,
            PULSE_MQTT_PORT=str(mosquitto.port),
            **more,
        )
        report = json.loads(told.stdout)
        assert report["connections"]["database"] is None
        return [each for each in report["warnings"] if "a pooler such as PgBouncer" in each]

    # Else it refuses what is set at connecting, and is known by that.
    taken = f"ignore_startup_parameters = {', '.join([*MEANING, *GUARDS])}\n"
    async with open_pgbouncer(postgres_server, more=taken) as pgbouncer:
        pooled = pgbouncer.login_url(database_name)
        straight = postgres_server.login_url(database_name)

        [unnamed] = await trio.to_thread.run_sync(partial(check, PULSE_DATABASE_URL=pooled))
        assert "set database.pgbouncer = true" in unnamed
        named = {"PULSE_DATABASE_URL": pooled, "PULSE_DATABASE_PGBOUNCER": "true"}
        [astray] = await trio.to_thread.run_sync(
            partial(check, **named, PULSE_DATABASE_DIRECT_URL=pooled)
        )
        assert astray.startswith("database.direct_url leads to a pooler")
        direct = partial(check, **named, PULSE_DATABASE_DIRECT_URL=straight)
        assert await trio.to_thread.run_sync(direct) == []


def test_a_login_that_may_not_migrate_needs_a_person(
    run: Run, postgres_server: PostgresForTests, empty_database: str
) -> None:
    told = run("migrate", PULSE_DATABASE_URL=postgres_server.login_url(empty_database))
    assert (told.returncode, told.stdout) == (3, "")
    assert "an administrator has to run `pulse-router migrate --url" in told.stderr
