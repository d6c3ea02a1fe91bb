"""A row of every table that holds what is a tenant's, for whichever tenant a test needs it."""

from __future__ import annotations

from collections.abc import Mapping

ROWS: Mapping[str, str] = {
    "devices": "INSERT INTO devices (tenant_id, device_id) VALUES ('{tenant}', 'D-{tenant}')",
    "device_last_seen": """
        INSERT INTO device_last_seen (tenant_id, device_id, at)
        VALUES ('{tenant}', 'D-{tenant}', '2026-02-16T12:00:00Z')
        """,
    "device_groups": """
        INSERT INTO device_groups (id, tenant_id, name) OVERRIDING SYSTEM VALUE
        VALUES ({number}, '{tenant}', 'pumps')
        """,
    "device_group_members": """
        INSERT INTO device_group_members (group_id, tenant_id, device_id)
        VALUES ({number}, '{tenant}', 'D-{tenant}')
        """,
    "message_routes": """
        INSERT INTO message_routes (id, tenant_id, name, topic_filter, destination_type,
                                    destination_config) OVERRIDING SYSTEM VALUE
        VALUES ({number}, '{tenant}', 'a route', 'tenant/#', 'webhook',
                '{{"url": "http://127.0.0.1:9/"}}')
        """,
    "route_totals": """
        INSERT INTO route_totals (route_id, tenant_id, failed, last_error)
        VALUES ({number}, '{tenant}', 1, 'HTTP 500 of {tenant}')
        """,
    "route_sums": """
        INSERT INTO route_sums (route_id, tenant_id, failed, last_error)
        VALUES ({number}, '{tenant}', 1, 'HTTP 500 of {tenant}')
        """,
    "route_marks": """
        INSERT INTO route_marks (route_id, tenant_id, entered, last_id, in_doubt, server)
        VALUES ({number}, '{tenant}', '3', {number}, '{{}}', 'another')
        """,
    "route_deltas": """
        INSERT INTO route_deltas (route_id, tenant_id, failed, last_error)
        VALUES ({number}, '{tenant}', 1, 'HTTP 500 of {tenant}')
        """,
    "route_deliveries": """
        INSERT INTO route_deliveries
          (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time)
        VALUES ({number}, '{tenant}', {number}, 'D-{tenant}', 't', '{{}}', 1, now())
        """,
    "dead_letter_messages": """
        INSERT INTO dead_letter_messages
          (id, delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
           payload, destination_type, destination_config, error_message, attempts, created_at)
          OVERRIDING SYSTEM VALUE
        VALUES ({number}, {number}, '{tenant}', {number}, 'D-{tenant}', 1, now(), 't', '{{}}',
                'webhook', '{{}}', 'HTTP 500', 5, now() - interval '400 days')
        """,
    "jobs": """
        INSERT INTO jobs (id, tenant_id, action, filter, up_to_id, staged, matched,
                          matched_is_exact, subject, actor, request_id, state)
          OVERRIDING SYSTEM VALUE
        VALUES ({number}, '{tenant}', 'purge', '{{}}', 1, false, 0, true, 's', 'customer', 'r',
                'CANCELLED')
        """,
    "job_results": """
        INSERT INTO job_results (job_id, dead_letter_id, tenant_id, outcome)
        VALUES ({number}, {number}, '{tenant}', 'SKIPPED')
        """,
    "rejected_messages": """
        INSERT INTO rejected_messages
          (id, received_at, tenant_id, device_id, topic, reason, detail, payload)
          OVERRIDING SYSTEM VALUE
        VALUES ({number}, now(), '{tenant}', 'D-{tenant}', 't', 'BAD_JSON', 'd', 'x')
        """,
    "device_gaps": """
        INSERT INTO device_gaps
          (id, at, tenant_id, device_id, msg_type, event_id, expected, got, missing)
          OVERRIDING SYSTEM VALUE
        VALUES ({number}, now(), '{tenant}', 'D-{tenant}', 'telemetry', 1, 2, 5, 3)
        """,
    "alerts": """
        INSERT INTO alerts (id, tenant_id, device_id, severity, title, key)
          OVERRIDING SYSTEM VALUE
        VALUES ({number}, '{tenant}', 'D-{tenant}', 'WARNING', 'hot', 'hot')
        """,
    "ledger_totals": """
        INSERT INTO ledger_totals (tenant_id, name, value) VALUES ('{tenant}', 'stored', 1)
        """,
    "ledger_sums": """
        INSERT INTO ledger_sums (tenant_id, name, value) VALUES ('{tenant}', 'stored', 1)
        """,
    "ledger_deltas": """
        INSERT INTO ledger_deltas (tenant_id, name, value) VALUES ('{tenant}', 'delivered', 1)
        """,
}
"""What `pulse_app` touches, in an order in which it can be inserted."""

TELEMETRY = """
    INSERT INTO telemetry (event_id, time, received_at, tenant_id, device_id, msg_type, metrics)
    VALUES ({number}, now(), now(), '{tenant}', 'D-{tenant}', 'telemetry', '{{"t": 1}}')
    """

RECEIPTS = """
    INSERT INTO delivery_receipts
      (tenant_id, route_id, first_event_id, last_event_id, first_delivery_id, last_delivery_id,
       first_settled_at, settled_at, left_out, event_ids, delivery_ids, attempts, milliseconds,
       run_settled_at, run_statuses, run_counts)
    VALUES ('{tenant}', 1, 1, 1, {number}, {number}, now(), now(), 1, '{{1}}', '{{{number}}}',
            '{{1}}', '{{5}}', ARRAY[now()], '{{200}}', '{{1}}')
    """

AUDIT = """
    INSERT INTO audit_log (subject, actor, action, request_id, tenant_id, target_type, target_id)
    VALUES ('s', 'customer', 'create_route', 'r', '{tenant}', 'message_routes', '{number}')
    """


def row_of(table: str, tenant: str, number: int) -> str:
    """The statement that inserts a tenant's row; its id is `number` where it has one."""
    others = {"telemetry": TELEMETRY, "delivery_receipts": RECEIPTS, "audit_log": AUDIT}
    return (others.get(table) or ROWS[table]).format(tenant=tenant, number=number)
