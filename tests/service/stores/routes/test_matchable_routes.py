"""Routes as ingest reads them."""

from __future__ import annotations

from typing import Any

from pulse_router.postgres.database import Database
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.matchable import PostgresMatchableRoutes


async def test_enabled_routes_are_compiled_and_broken_ones_reported(database: Database) -> None:
    async with database.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            """
            INSERT INTO message_routes
              (tenant_id, name, topic_filter, destination_type, payload_filter, is_enabled)
            VALUES ('T1', 'all', '#', 'webhook', NULL, true),
                   ('T1', 'hot', '#', 'webhook', '{"t": {"$gt": 80}}', true),
                   ('T1', 'broken', '#', 'webhook', '{"t": 1}', true),
                   ('T1', 'off', '#', 'webhook', NULL, false)
            """
        )
    broken: list[str] = []

    def compile_filter(stored: Any) -> Any:
        if stored == {"t": 1}:
            raise ValueError("no such operator")
        return lambda payload: payload["t"] > stored["t"]["$gt"]

    source = PostgresMatchableRoutes(
        database, compile_filter=compile_filter, on_broken=lambda _id, why: broken.append(why)
    )
    everything, hot = await source.load_matchable()
    assert broken == ["no such operator"]
    assert everything.accepts is None
    assert hot.accepts is not None
    assert [hot.accepts({"t": t}) for t in (80, 81)] == [False, True]
