"""Ingest stores whose life has begun."""

from __future__ import annotations

from pulse_router.domain.leases import LEASE_SECONDS
from pulse_router.postgres.database import Database
from pulse_router.stores.heartbeats import Heartbeats
from pulse_router.stores.ingest.batches import PostgresIngestStore


def store_of(
    database: Database, client_id: str = "router", *, lease_seconds: float = LEASE_SECONDS
) -> PostgresIngestStore:
    return PostgresIngestStore(
        database,
        client_id=client_id,
        owner=f"here/{client_id}",
        heartbeats=Heartbeats(lease_seconds=lease_seconds),
    )


async def begun(database: Database, client_id: str = "router") -> PostgresIngestStore:
    store = store_of(database, client_id)
    await store.begin()
    return store
