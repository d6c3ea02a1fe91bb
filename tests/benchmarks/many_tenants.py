"""What many tenants cost: the start, memory, and how soon a change of one route is in effect."""

from __future__ import annotations

import hashlib
import statistics
import time

import httpx2

from pulse_router.api.access.tokens import issue_token
from pulse_router.embedded.ports import find_free
from tests.benchmarks.stage import SECRET, TOKEN, Stage, Usage, serving

ROUTES = 100
DEVICES = 10
CHANGES = 50
MOST_START_SECONDS = 3.0
MOST_CHANGE_MILLISECONDS = 50.0

_ROUTES = """
INSERT INTO message_routes
  (tenant_id, name, topic_filter, destination_type, destination_config, payload_filter)
SELECT 'TENANT' || tenant, 'route ' || n,
       'tenant/+/device/' || CASE WHEN n % 10 = 0 THEN '+' ELSE 'DEV-' || n % {devices} END
       || '/telemetry',
       'webhook', '{{"url": "http://127.0.0.1:9/hook"}}',
       CASE WHEN n % 2 = 0 THEN jsonb_build_object('temperature', jsonb_build_object('$gt', n)) END
FROM generate_series(1, {tenants}) AS tenant, generate_series(1, {routes}) AS n
"""
_DEVICES = """
INSERT INTO devices (tenant_id, device_id, site_id, provision_token_hash)
SELECT 'TENANT' || tenant, 'DEV-' || n, 'SITE-1', '\\x{token_hash}'
FROM generate_series(1, {tenants}) AS tenant, generate_series(1, {devices}) AS n
"""


def run(stage: Stage, *, tenants: int) -> None:
    """Fill, start, change, and print; ends the program where something takes too long."""
    database, port = stage.create_database(), find_free()
    token_hash = hashlib.sha256(TOKEN.encode()).hexdigest()
    wanted = {"tenants": tenants, "routes": ROUTES, "devices": DEVICES, "token_hash": token_hash}
    for script in (_ROUTES, _DEVICES):
        stage.postgres.psql(database, script.format(**wanted))
    stage.postgres.psql(database, "VACUUM ANALYZE message_routes; VACUUM ANALYZE devices")
    print(f"\n{tenants} tenants with {ROUTES} routes and {DEVICES} devices each")
    began_at = time.monotonic()
    with serving(stage, database, port) as router:
        started = time.monotonic() - began_at
        used = Usage.of(router.pid)
        print(
            f"  start {started:.2f} s, {used.cpu_seconds:.2f} s of CPU,"
            f" {used.peak_megabytes:.0f} MB at the most"
        )
        changes = _change_routes(port, tenants)
        spent = (Usage.of(router.pid).cpu_seconds - used.cpu_seconds) / len(changes) * 1000
    p50, p99 = statistics.median(changes), statistics.quantiles(changes, n=100)[98]
    print(f"  a change in effect: p50 {p50:.1f} ms, p99 {p99:.1f} ms; {spent:.1f} ms of CPU")
    stage.drop_database(database)
    if started > MOST_START_SECONDS:
        raise SystemExit(f"the start took more than {MOST_START_SECONDS:g} s")
    if p99 > MOST_CHANGE_MILLISECONDS:
        raise SystemExit(f"a change took more than {MOST_CHANGE_MILLISECONDS:g} ms")


def _change_routes(port: int, tenants: int) -> list[float]:
    """Change routes of several tenants; each is in effect when the answer comes."""
    milliseconds = []
    for number in range(CHANGES):
        tenant = f"TENANT{1 + number % tenants}"
        token = issue_token(
            SECRET, tenant=tenant, roles=["customer"], expires_seconds=600, now=time.time()
        )
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {token}"},
            trust_env=False,
            timeout=60,
        ) as client:
            listed = client.get("/customer/message-routes?limit=1").json()
            path = f"/customer/message-routes/{listed['routes'][0]['id']}"
            began_at = time.perf_counter()
            answer = client.patch(path, json={"payload_filter": {"humidity": {"$gt": number}}})
            milliseconds.append((time.perf_counter() - began_at) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
    return milliseconds
