"""The demo in a foreign environment: what others have set there has no say."""

from __future__ import annotations

import signal

import pytest

from tests.support.commands.demo import open_demo

FOREIGN = {
    "PGSSLMODE": "require",
    "PGSSLROOTCERT": "/nowhere",
    "PGHOST": "nowhere.invalid",
    "PGPASSWORD": "hush",
    "PGOPTIONS": "-c nonsense=1",
    "DATABASE_URL": "postgres://nobody@nowhere.invalid/x",
    "PULSE_MQTT_PORT": "tcp://10.0.0.1:1883",
    "PULSE_SERVER": "unix:/mnt/wslg/PulseServer",
    "HOME": "/nonexistent",
}


def test_it_runs_whatever_is_set_for_others_and_a_closed_terminal_stops_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in FOREIGN.items():
        monkeypatch.setenv(name, value)
    with open_demo("--no-simulator", "--no-sink") as demo:
        assert demo.stop(signal.SIGHUP) == 0
        assert "Traceback" not in demo.text
