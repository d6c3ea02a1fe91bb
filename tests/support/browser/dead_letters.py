"""Dead letters of a console's tenant, made at once: to fail each delivery would take minutes."""

from __future__ import annotations

import msgspec

from tests.support.browser.console import Tenant

HISTORY = [
    {
        "at": f"2026-03-09T10:0{number}:21.120Z",
        "status": 503,
        "duration_seconds": 0.034,
        "error": "HTTP 503 Service Unavailable: come again",
        "response": "come again",
        "pushbacks": 0,
    }
    for number in range(3)
]


def add_dead_letters(
    tenant: Tenant,
    count: int,
    *,
    route_id: int,
    url: str,
    error: str = "HTTP 503 Service Unavailable: come again",
    payload: str = '{"metrics": {"temperature": 91.20}}',
    age_seconds: int = 0,
) -> list[int]:
    """Let deliveries of a tenant have failed, the last of them just now or so long ago.

    Returns:
        Their ids, in order.
    """
    config = msgspec.json.encode({"url": url, "method": "POST"}).decode()
    history = msgspec.json.encode(HISTORY).decode()
    rows = tenant.world.rows(
        "INSERT INTO dead_letter_messages (delivery_id, tenant_id, route_id, device_id, event_id,"
        " event_time, original_topic, payload, destination_type, destination_config,"
        " error_message, attempts, created_at, history)"
        " SELECT 700000000000000000 + coalesce((SELECT max(id) FROM dead_letter_messages), 0) + n,"
        f" '{tenant.name}', {route_id}, 'DEV-' || n % 7, 600000000000000000 + n, now(),"
        f" 'tenant/{tenant.name}/device/DEV-' || n % 7 || '/telemetry', '{payload}', 'webhook',"
        f" '{config}', '{error}', 3,"
        f" now() - interval '{age_seconds} seconds' - ({count} - n) * interval '1 second',"
        f" '{history}'"
        f" FROM generate_series(1, {count}) AS n RETURNING id"
    )
    return [int(row[0]) for row in rows if row[0].isdigit()]


def statuses(tenant: Tenant) -> dict[str, int]:
    """How many dead letters of a tenant stand how."""
    rows = tenant.world.rows(
        "SELECT status, count(*) FROM dead_letter_messages"
        f" WHERE tenant_id = '{tenant.name}' GROUP BY status"
    )
    return {status: int(count) for status, count in rows}
