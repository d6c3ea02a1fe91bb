"""What became of messages: stores that look across the tables."""

from __future__ import annotations

from pulse_router.api.insight.ports import InsightStores
from pulse_router.postgres.database import Database
from pulse_router.stores.insight.deliveries import PostgresDeliveryFinder
from pulse_router.stores.insight.finding import PostgresThingFinder
from pulse_router.stores.insight.messages import PostgresMessageStore
from pulse_router.stores.insight.route_changes import PostgresRouteChanges
from pulse_router.stores.insight.timeline import PostgresTimelineStore
from pulse_router.stores.insight.told import PostgresMessageFinder
from pulse_router.stores.receipts.receipts import PostgresReceipts


def join_insight(database: Database) -> InsightStores:
    """Join what looks into messages."""
    return InsightStores(
        messages=PostgresMessageStore(database),
        told=PostgresMessageFinder(database),
        deliveries=PostgresDeliveryFinder(database),
        receipts=PostgresReceipts(database),
        changes=PostgresRouteChanges(database),
        things=PostgresThingFinder(database),
        timelines=PostgresTimelineStore(database),
    )
