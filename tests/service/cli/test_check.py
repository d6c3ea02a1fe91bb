"""`pulse-router check`: what is set, where it came from, and whether it answers."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from pulse_router.domain.secrets.sealing import key_id
from tests.support.commands.runs import SECRET, Run
from tests.support.servers.mosquitto import TestBroker
from tests.support.servers.postgres import PostgresForTests

# check ----------------------------------------------------------------------------------------


def test_check_says_where_good_settings_came_from(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").touch()
    told = run("check", PULSE_AUTH_SECRET=SECRET, PULSE_CONFIG="mine.toml")
    assert told.returncode == 0
    assert told.stdout.splitlines() == [
        "settings: ok (mine.toml)",
        "secrets of routes: stored unencrypted, for delivery.secrets_key is not set",
    ]


def test_check_names_the_newest_key_by_its_id(run: Run, tmp_path: Path) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    (tmp_path / "keys").write_text(f"{key},{base64.b64encode(b'o' * 32).decode()}\n")
    variables = {"PULSE_AUTH_SECRET": SECRET, "PULSE_DELIVERY_SECRETS_KEY_FILE": "keys"}
    told = run("check", **variables)
    name = key_id(b"k" * 32)
    assert told.stdout.splitlines()[1] == f"secrets of routes: encrypted with the key {name}"
    assert json.loads(run("check", "--json", **variables).stdout)["secrets_key"] == name
    assert key not in told.stdout + told.stderr


def test_check_for_scripts_lists_all_problems_and_warnings(run: Run, tmp_path: Path) -> None:
    (tmp_path / "pulse-router.toml").write_text("[mqtt]\nport = 0\n")
    told = run("check", "--json")
    assert told.returncode == 2
    report = json.loads(told.stdout)
    assert (report["ok"], report["config"]) == (False, "pulse-router.toml")
    assert report["problems"][0].startswith("mqtt.port = 0 (in pulse-router.toml)")
    told = run(
        "check", "--json", PULSE_MQTT_PORT="1", PULSE_AUTH_SECRET=SECRET, NATS_URL="nats://n"
    )
    assert told.returncode == 0
    assert "NATS" in json.loads(told.stdout)["warnings"][0]


def test_check_connects_to_the_database_and_the_broker(
    run: Run, migrated_database: dict[str, str], mosquitto: TestBroker
) -> None:
    variables = {"PULSE_MQTT_PORT": str(mosquitto.port), **migrated_database}
    told = run("check", "--connect", PULSE_AUTH_SECRET=SECRET, **variables)
    assert told.returncode == 0
    # The tests' server is set up so; whoever runs a router wants to know.
    assert all("is off on the server" in line for line in told.stderr.splitlines()), told.stderr
    assert [line for line in told.stdout.splitlines() if line.endswith(": ok")] == [
        "database: ok",
        "mqtt: ok",
    ]


def test_check_tells_what_does_not_answer_and_that_migrations_are_due(
    run: Run, postgres_server: PostgresForTests, empty_database: str
) -> None:
    url = postgres_server.login_url(empty_database)
    told = run(
        *["check", "--connect", "--json"],
        PULSE_AUTH_SECRET=SECRET,
        PULSE_DATABASE_URL=url,
        PULSE_MQTT_PORT="9",
    )
    assert told.returncode == 1
    report = json.loads(told.stdout)
    assert not report["ok"]
    assert "run `pulse-router migrate`" in report["connections"]["database"]
    assert "localhost:9" in report["connections"]["mqtt"]


def test_check_tells_a_broker_from_another_server(
    run: Run, postgres_server: PostgresForTests, migrated_database: dict[str, str]
) -> None:
    told = run(
        *["check", "--connect"],
        PULSE_AUTH_SECRET=SECRET,
        PULSE_MQTT_PORT=str(postgres_server.port),
        **migrated_database,
    )
    assert told.returncode == 1
    assert "pulse-router: mqtt: " in told.stderr


# migrate --------------------------------------------------------------------------------------


@pytest.fixture
def migrated_database(
    run: Run, postgres_server: PostgresForTests, empty_database: str
) -> dict[str, str]:
    """A database that the command itself has migrated, as variables for the router."""
    told = run(
        "migrate",
        PULSE_DATABASE_URL=postgres_server.login_url(empty_database),
        PULSE_DATABASE_MIGRATION_URL=postgres_server.admin_url(empty_database),
    )
    assert told.returncode == 0, told.stderr
    return {"PULSE_DATABASE_URL": postgres_server.login_url(empty_database)}
