"""Runs `pulse-router serve` in a process of its own, against the test's database and broker."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import attrs
import httpx2
import pytest
import trio
from joserfc import jwt
from joserfc.jwk import OctKey

from pulse_router.api.access.tokens import issue_token
from pulse_router.embedded.ports import find_free
from tests.support.commands.process import CommandProcess
from tests.support.plain_http import TRUSTS_NOBODY
from tests.support.servers.mosquitto import TestBroker
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_until

SECRET = "a-secret-for-tests-of-at-least-32-bytes"
DEVICE_TOKEN = "0123456789abcdef"
TENANT = "TENANT1"


def make_token(
    tenant: str | None = TENANT,
    role: str = "customer_admin",
    *,
    issuer: str | None = None,
    audience: str | None = None,
) -> str:
    """A token that the router of these tests takes."""
    return issue_token(
        SECRET,
        tenant=tenant,
        roles=[role],
        expires_seconds=3600,
        now=time.time(),
        issuer=issuer,
        audience=audience,
    )


def make_brief_token(role: str, *, seconds: float) -> str:
    """One that expires within a second: a date may have a fraction (RFC 7519, section 2)."""
    claims = {"tenant_id": TENANT, "role": role, "exp": time.time() + seconds}
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))


@attrs.define
class RouterProcess(CommandProcess):
    """A router that can be stopped, killed and started again."""

    environment: dict[str, str]
    http_port: int = attrs.field(factory=find_free)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def start(self) -> None:
        """Start it; `wait_until_ready` tells when it works."""
        own = {
            "PULSE_HTTP_BIND": f"127.0.0.1:{self.http_port}",
            "PULSE_AUTH_SECRET": SECRET,
        }
        self.launch("serve", environment=own | self.environment)

    def get(self, path: str, *, token: str | None = None) -> httpx2.Response | None:
        """Ask it something; None when it does not answer."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        try:
            return httpx2.get(self.url + path, headers=headers, timeout=5, verify=TRUSTS_NOBODY)
        except httpx2.TransportError:
            return None

    def open_client(self) -> httpx2.AsyncClient:
        """A client with the tenant's token."""
        headers = {"Authorization": f"Bearer {make_token()}"}
        return httpx2.AsyncClient(
            base_url=self.url, headers=headers, verify=TRUSTS_NOBODY, trust_env=False
        )

    @property
    def missing(self) -> dict[str, Any] | None:
        """What `/ready` tells an operator that is missing; None when it does not answer."""
        answer = self.get("/ready", token=make_token(role="operator"))
        return None if answer is None else dict(answer.json()["missing"])

    async def wait_until_ready(self) -> None:
        """Wait until nothing is missing."""
        await wait_until(lambda: self.missing == {})

    async def wait_until_missing(self, *parts: str) -> None:
        """Wait until `/ready` says that one of these parts is missing."""
        await wait_until(lambda: bool(set(self.missing or ()) & set(parts)))

    async def start_and_wait(self) -> None:
        """Start it, and wait until it works."""
        await trio.to_thread.run_sync(self.start)
        await self.wait_until_ready()


@attrs.define
class World:
    """A router, its broker and its database, with registered devices DEV-000 and up."""

    router: RouterProcess
    broker: TestBroker
    postgres: PostgresForTests
    database: str

    def rows(self, sql: str) -> list[list[str]]:
        """Ask the database as its superuser; an empty answer has no rows."""
        return [line.split("|") for line in self.postgres.psql(self.database, sql).splitlines()]

    def value(self, sql: str) -> str:
        """Ask for one value."""
        [[value]] = self.rows(sql)
        return value

    def topic(self, device: int = 0, msg_type: str = "telemetry") -> str:
        return f"tenant/{TENANT}/device/DEV-{device:03}/{msg_type}"

    def add_devices(self, count: int) -> None:
        token_hash = hashlib.sha256(DEVICE_TOKEN.encode()).hexdigest()
        self.rows(
            "INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)"
            f" SELECT '{TENANT}', 'DEV-' || to_char(n, 'FM000'), 'SITE-1', '\\x{token_hash}'"
            f" FROM generate_series(0, {count - 1}) AS n"
        )

    def add_webhook(self, url: str, topic_filter: str = "tenant/+/device/+/telemetry") -> int:
        return int(
            self.value(
                "INSERT INTO message_routes"
                " (tenant_id, name, topic_filter, destination_type, destination_config) VALUES"
                f" ('{TENANT}', 'a route', '{topic_filter}', 'webhook', '{{\"url\": \"{url}\"}}')"
                " RETURNING id"
            )
        )


@contextmanager
def world_of(postgres: PostgresForTests, database: str, mosquitto: TestBroker) -> Iterator[World]:
    """A router that is not started yet, with ten devices; it is stopped after the block."""
    router = RouterProcess(
        {
            "PULSE_MQTT_HOST": "127.0.0.1",
            "PULSE_MQTT_PORT": str(mosquitto.port),
            "PULSE_DATABASE_URL": postgres.login_url(database),
            "PULSE_DELIVERY_ALLOW_NETWORKS": "127.0.0.0/8",
        }
    )
    made = World(router, mosquitto, postgres, database)
    made.add_devices(10)
    yield made
    if router.is_running:
        router.stop()


@pytest.fixture
def world(
    postgres_server: PostgresForTests, database_name: str, mosquitto: TestBroker
) -> Iterator[World]:
    """A router that is not started yet, with ten devices."""
    with world_of(postgres_server, database_name, mosquitto) as made:
        yield made
