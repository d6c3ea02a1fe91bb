"""What a page of a list costs where one tenant has a million rows: every filter, and going on."""

from __future__ import annotations

import socket
import statistics
import time
from collections.abc import Iterator

import attrs
import httpx2

from pulse_router.api.access.tokens import issue_token
from pulse_router.embedded.ports import find_free
from tests.benchmarks.stage import SECRET, Stage, Usage, serving

ASKED = 100
"""How often each page is asked for."""
APART_SECONDS = 0.005
"""What is between two askings: a tenant may have 200 a second."""

MOST_MILLISECONDS = 50.0
"""What the slowest in a hundred may take."""

IDLE = 12
IDLE_SECONDS = 15.0
ROUTES = 50
DEVICES = 20
_REASONS = "ARRAY['BAD_JSON', 'BAD_TOPIC', 'TOKEN_INVALID', 'EMPTY']"

_LIGHT = """'{"metrics":{"temperature":81.5,"humidity":40}}'"""
_HEAVY = """'{"blob":"' || repeat('x', 64000) || '"}'"""

# The rarest status, reason and route are a few rows, at the far end of the list.
_LETTERS = """
INSERT INTO dead_letter_messages
  (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
   destination_type, destination_config, error_message, attempts, status, created_at, history)
SELECT {first} + n, '{tenant}', CASE WHEN n <= 20 THEN 1000 ELSE 1 + n % {routes} END,
       'DEV-' || n % {devices}, n, now(), 'tenant/{tenant}/device/D/telemetry',
       ({payload})::json, 'webhook',
       '{{"url":"https://example.com/hook"}}', 'HTTP 500', 5,
       CASE WHEN n <= 30 THEN 'DISCARDED' WHEN n % 10 = 0 THEN 'REPLAYED' ELSE 'FAILED' END,
       now() - ({count} - n) * interval '1 second',
       '[{{"at":"2026-11-30T12:00:00Z","duration_seconds":0.1,"error":"HTTP 500","status":500}}]'
FROM generate_series(1, {count}) AS n
"""
_REJECTED = """
INSERT INTO rejected_messages (received_at, tenant_id, device_id, topic, reason, detail, payload)
SELECT now() - ({count} - n) * interval '1 second', '{tenant}',
       CASE WHEN n <= 10 THEN 'RARE' ELSE 'DEV-' || n % {devices} END,
       'tenant/{tenant}/device/D/telemetry',
       CASE WHEN n <= 20 THEN 'SITE_MISMATCH' ELSE ({reasons})[1 + n % 4] END,
       'it is wrong', repeat('x', 200)::bytea
FROM generate_series(1, {count}) AS n
"""


@attrs.frozen
class Asked:
    """A kind of page, and what its answers took, in milliseconds."""

    name: str
    milliseconds: list[float]

    @property
    def p99(self) -> float:
        """What the slowest in a hundred took."""
        return statistics.quantiles(self.milliseconds, n=100)[98]


def run(stage: Stage, *, rows: int) -> None:
    """Fill, ask, and print; ends the program where a page took longer than it may."""
    database, port = stage.create_database(), find_free()
    _fill(stage, database, rows)
    print(f"\nLists of {rows} rows of one tenant, {ASKED} times each, p50 and p99 in ms")
    with serving(stage, database, port) as router:
        asked = []
        for each in _ask_all(f"http://127.0.0.1:{port}"):
            print(f"  {each.name:72} {statistics.median(each.milliseconds):7.1f} {each.p99:7.1f}")
            asked.append(each)
        peak = Usage.of(router.pid).peak_megabytes
        with_idle = _memory_with_idle_readers(port, router.pid)
    print(
        f"  the router's memory at the most: {peak:.0f} MB; beside {IDLE} that ask for 500 of 64 KB"
    )
    print(f"  and do not read: {with_idle:.0f} MB")
    stage.drop_database(database)
    slow = [each.name for each in asked if each.p99 > MOST_MILLISECONDS]
    if slow:
        raise SystemExit(f"slower than {MOST_MILLISECONDS:.0f} ms: {', '.join(slow)}")


def _memory_with_idle_readers(port: int, pid: int) -> float:
    """Ask for much at once, read nothing, and see what that holds."""
    token = issue_token(
        SECRET, tenant="TENANT3", roles=["customer_viewer"], expires_seconds=3600, now=time.time()
    )
    asked = (
        "GET /customer/dead-letter?limit=500 HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: Bearer {token}\r\n\r\n"
    ).encode()
    idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(IDLE)]
    for each in idle:
        each.sendall(asked)
    time.sleep(IDLE_SECONDS)
    peak = Usage.of(pid).peak_megabytes
    for each in idle:
        each.close()
    return peak


def _fill(stage: Stage, database: str, rows: int) -> None:
    begin = time.monotonic()
    for number, (tenant, count) in enumerate({"TENANT1": rows, "TENANT2": 1000}.items()):
        values = {
            "tenant": tenant,
            "count": count,
            "routes": ROUTES,
            "devices": DEVICES,
            "reasons": _REASONS,
            "payload": _LIGHT,
            "first": number * 10**12,
        }
        stage.postgres.psql(database, _LETTERS.format(**values))
        stage.postgres.psql(database, _REJECTED.format(**values))
    heavy = {"tenant": "TENANT3", "count": 500, "first": 10**15, "payload": _HEAVY}
    stage.postgres.psql(database, _LETTERS.format(routes=ROUTES, devices=DEVICES, **heavy))
    for table in ("dead_letter_messages", "rejected_messages"):
        stage.postgres.psql(database, f"VACUUM (ANALYZE) {table}")
    print(f"  filled in {time.monotonic() - begin:.0f} s")


def _ask_all(url: str) -> Iterator[Asked]:
    hour_ago = "2026-01-01T00:00:00Z"
    letters, rejected = "/customer/dead-letter", "/customer/rejected-messages"
    with _client(url, "TENANT1", "customer") as client:
        yield _ask(client, "/telemetry/stream/status", "(reads nothing: what this machine takes)")
        for query in (
            "",
            "?offset=10000",
            "?status=FAILED",
            "?status=DISCARDED",
            "?route_id=7",
            "?route_id=1000",
            "?route_id=7&status=DISCARDED",
            "?route_id=7&status=FAILED",
            "?route_id=424242",
            "?error=nothing+says+this",
            "?error=http&status=DISCARDED",
            "?cause=redirect",
            "?cause=server_error&route_id=7",
            "?status=DISCARDED,REPLAYED",
            "?route_id=7,1000",
            "?device_id=DEV-3&status=DISCARDED",
            "?destination_type=mqtt_republish",
            f"?to={hour_ago}",
            f"?from={hour_ago}&error=HTTP+500",
            "?fields=summary",
        ):
            yield _ask(client, letters + query)
            yield from _go_on(client, letters + query)
        for query in (
            "",
            "?offset=10000",
            "?reason=BAD_JSON",
            "?reason=SITE_MISMATCH",
            "?device_id=DEV-3",
            "?device_id=RARE",
            "?device_id=DEV-3&reason=SITE_MISMATCH",
            "?device_id=DEV-3&reason=BAD_TOPIC",
            f"?to={hour_ago}",
            f"?from={hour_ago}&reason=EMPTY",
        ):
            yield _ask(client, rejected + query)
            yield from _go_on(client, rejected + query)
    with _client(url, "TENANT2", "customer") as client:
        yield _ask(client, letters, "of the neighbour")
        yield _ask(client, rejected, "of the neighbour")
    with _client(url, None, "operator") as client:
        for query in ("?tenant_id=TENANT1&status=DISCARDED", "?route_id=1000"):
            yield _ask(client, "/operator/dead-letter" + query)
        for query in ("?tenant_id=TENANT1", "?tenant_id=TENANT1&reason=SITE_MISMATCH"):
            yield _ask(client, "/operator/rejected-messages" + query)


def _client(url: str, tenant: str | None, role: str) -> httpx2.Client:
    token = issue_token(SECRET, tenant=tenant, roles=[role], expires_seconds=3600, now=time.time())
    headers = {"Authorization": f"Bearer {token}"}
    return httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=60)


def _ask(client: httpx2.Client, path: str, what: str = "") -> Asked:
    taken: list[float] = []
    for _ in range(ASKED):
        time.sleep(APART_SECONDS)
        begin = time.perf_counter()
        answer = client.get(path)
        taken.append((time.perf_counter() - begin) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
    return Asked(f"{path} {what}".strip(), taken)


def _go_on(client: httpx2.Client, path: str) -> Iterator[Asked]:
    """Go through the list, page by page, as far as it goes."""
    following = client.get(path).json()["next"]
    joined = (
        path.partition("?")[0]
        + "?"
        + "&".join(
            part for part in path.partition("?")[2].split("&") if part and "offset" not in part
        )
    )
    taken: list[float] = []
    while following is not None and len(taken) < ASKED:
        time.sleep(APART_SECONDS)
        begin = time.perf_counter()
        answer = client.get(f"{joined}&after={following}".replace("?&", "?"))
        taken.append((time.perf_counter() - begin) * 1000)
        following = answer.json()["next"]
    if len(taken) > 1:
        yield Asked(f"{path}, going on by after", taken)
