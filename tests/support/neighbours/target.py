"""A router as an attacker sees it: its doors, and what a tenant of it may show there."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import httpx2
import msgspec

from pulse_router.api.access.tokens import issue_token

QUIET = "QUIET"
LOUD = "LOUD"
TENANTS = (QUIET, LOUD, "LOUD2", "LOUD3", "LOUD4")
DEVICES = 10
"""Each tenant has as many, DEV-0 and up."""
DEVICE_TOKEN = "a-token-of-a-device"
NAMES = "(tenant_id, name, topic_filter, destination_type, destination_config, payload_filter)"


@attrs.frozen
class Target:
    """Where the router is, and where an attacker's own endpoint listens.

    Args:
        secret: What the router checks tokens with.
    """

    http_port: int
    mqtt_port: int
    endpoint_port: int
    secret: str

    def token(self, tenant: str = LOUD, role: str = "customer") -> str:
        """A token of a tenant's own user."""
        return issue_token(
            self.secret, tenant=tenant, roles=[role], expires_seconds=7200, now=time.time()
        )

    @asynccontextmanager
    async def client(
        self, tenant: str = LOUD, role: str = "customer"
    ) -> AsyncIterator[httpx2.AsyncClient]:
        """A client with a tenant's token, and much patience."""
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{self.http_port}",
            headers={"Authorization": f"Bearer {self.token(tenant, role)}"},
            trust_env=False,
            timeout=120,
        ) as client:
            yield client

    def request(
        self, path: str, method: str = "GET", *, tenant: str = LOUD, headers: str = ""
    ) -> bytes:
        """The head of a request, for those who do without a client."""
        return (
            f"{method} {path} HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {self.token(tenant)}\r\n{headers}\r\n"
        ).encode()

    def endpoint(self, path: str) -> str:
        """A URL of the attacker's endpoint."""
        return f"http://127.0.0.1:{self.endpoint_port}/{path}"


def topic(tenant: str = LOUD, device: int = 0, msg_type: str = "telemetry") -> str:
    """Where a device of a tenant publishes."""
    return f"tenant/{tenant}/device/DEV-{device}/{msg_type}"


def message(**fields: object) -> bytes:
    """What a registered device says."""
    return msgspec.json.encode({"provision_token": DEVICE_TOKEN, **fields})


def devices_sql() -> str:
    """Register the devices of all tenants."""
    token_hash = hashlib.sha256(DEVICE_TOKEN.encode()).hexdigest()
    tenants = ", ".join(f"'{tenant}'" for tenant in TENANTS)
    return (
        "INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)"
        f" SELECT tenant, 'DEV-' || n, 'SITE-1', '\\x{token_hash}'"
        f" FROM unnest(ARRAY[{tenants}]) AS tenant, generate_series(0, {DEVICES - 1}) AS n;"
    )


def routes_sql(
    count: int,
    url: str,
    *,
    tenant: str = LOUD,
    topic_filter: str = "tenant/+/device/+/telemetry",
    payload_filter: str = "NULL",
    config: str = "",
) -> str:
    """Add routes as no door would any more, but as an older version may have left them.

    Args:
        url: Their webhook's.
        payload_filter: An SQL expression.
        config: More of the destination, in JSON, with a comma before it.
    """
    destination = f'{{"url": "{url}"{config}}}'
    return (
        f"INSERT INTO message_routes {NAMES} SELECT '{tenant}', 'route ' || n, '{topic_filter}',"
        f" 'webhook', '{destination}', {payload_filter} FROM generate_series(1, {count}) AS n;"
    )
