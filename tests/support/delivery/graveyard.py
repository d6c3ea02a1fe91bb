"""Dead letters that lie in the table without ever having been delivered."""

from __future__ import annotations

import pytest

from tests.support.delivery.matches import note_matched
from tests.support.servers.postgres import PostgresForTests

COUNT_END = """
INSERT INTO ledger_totals VALUES ('{tenant}', '{ended}', 1)
ON CONFLICT (tenant_id, name) DO UPDATE SET value = ledger_totals.value + 1
"""


class Graveyard:
    """Puts dead letters into the table."""

    def __init__(self, postgres: PostgresForTests, database: str) -> None:
        self._postgres = postgres
        self._database = database
        self._count = 0

    def bury(
        self,
        *,
        route_id: int = 1,
        tenant: str = "TENANT1",
        status: str = "FAILED",
        age_days: int = 0,
        error: str = "HTTP 500",
    ) -> int:
        self._count += 1
        ended = {"REPLAYED": "replayed", "DISCARDED": "discarded"}.get(status)
        if ended is not None:
            self._psql(COUNT_END.format(tenant=tenant, ended=ended))
        self._psql(note_matched(1))
        return int(
            self._psql(
                f"""
                INSERT INTO dead_letter_messages
                  (delivery_id, tenant_id, route_id, device_id, event_id, event_time,
                   original_topic, payload, destination_type, destination_config, error_message,
                   attempts, status, created_at)
                VALUES ({2**62 + self._count}, '{tenant}', {route_id}, 'DEV-1', {2**61},
                  '2026-02-16T00:00:00Z', 'tenant/{tenant}/device/DEV-1/telemetry',
                  '{{"metrics": {{"temperature": 90.0}}}}', 'webhook', '{{"url": "http://a/"}}',
                  '{error}', 5, '{status}', now() - make_interval(days => {age_days}))
                RETURNING id
                """
            ).split()[0]
        )

    def _psql(self, script: str) -> str:
        return self._postgres.psql(self._database, script)


@pytest.fixture
def graveyard(postgres_server: PostgresForTests, database_name: str) -> Graveyard:
    return Graveyard(postgres_server, database_name)
