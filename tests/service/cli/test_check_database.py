"""`check` about the database's URL: what would not work is refused, what is risky is warned of."""

from __future__ import annotations

import json

from tests.support.commands.runs import Run
from tests.support.settings import SECRET

REMOTE = "postgresql://iot:hush@db.plant/iotcloud"


def test_check_refuses_by_name_what_serve_would_wait_for_for_ever(run: Run) -> None:
    for query, said in (
        ("channel_binding=require", "asks for channel_binding"),
        ("service=plant", "service"),
        ("sslmod=require", "did you mean sslmode?"),
    ):
        url = f"{REMOTE}?{query}"
        for command in ("check", "serve"):
            told = run(command, PULSE_AUTH_SECRET=SECRET, PULSE_DATABASE_URL=url)
            assert told.returncode == 2
            assert told.stderr.startswith("pulse-router: database.url (from PULSE_DATABASE_URL): ")
            assert said in told.stderr
            assert "hush" not in told.stderr
    told = run("migrate", "--url", f"{REMOTE}?channel_binding=require")
    assert told.returncode == 2
    assert "--url asks for channel_binding" in told.stderr


def test_check_warns_of_a_remote_database_that_nobody_verifies(run: Run) -> None:
    given = {"PULSE_AUTH_SECRET": SECRET, "PULSE_DATABASE_URL": f"{REMOTE}?sslmode=require"}
    report = json.loads(run("check", "--json", **given).stdout)
    assert report["ok"]
    [warning] = report["warnings"]
    assert warning.startswith("database.url: nobody verifies that db.plant is the database")
    assert "database.ca_file" in warning


def test_check_takes_the_environment_of_a_cluster(run: Run) -> None:
    linked = {
        "MQTT_PORT": "tcp://10.0.0.1:1883",
        "PULSE_MQTT_PORT": "tcp://10.0.0.1:1883",
        "PULSE_MQTT_PORT_1883_TCP_ADDR": "10.0.0.1",
        "PULSE_MQTT_SERVICE_HOST": "10.0.0.1",
        "NATS_URL": "tcp://10.0.0.1:4222",
        "PG_PORT": "tcp://10.0.0.1:5432",
        "PULSE_SERVER": "unix:/mnt/wslg/PulseServer",
    }
    told = run("check", PULSE_AUTH_SECRET=SECRET, **linked)
    assert (told.returncode, told.stderr) == (0, "")
