"""A router whose database is not migrated yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.commands.router import RouterProcess, World
from tests.support.servers.mosquitto import TestBroker
from tests.support.servers.postgres import PostgresForTests


@pytest.fixture
def unmigrated(
    postgres_server: PostgresForTests, empty: str, mosquitto: TestBroker
) -> Iterator[World]:
    """A router that is not started yet, and an empty database that its login owns nothing in."""
    router = RouterProcess(
        {
            "PULSE_MQTT_HOST": "127.0.0.1",
            "PULSE_MQTT_PORT": str(mosquitto.port),
            "PULSE_DATABASE_URL": postgres_server.login_url(empty),
            "PULSE_DELIVERY_ALLOW_NETWORKS": "127.0.0.0/8",
        }
    )
    yield World(router, mosquitto, postgres_server, empty)
    if router.is_running:
        router.stop()
