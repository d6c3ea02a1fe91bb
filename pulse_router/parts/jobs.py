"""Jobs: who works on them, and with what."""

from __future__ import annotations

from pulse_router.jobs.keeper import JobKeeper
from pulse_router.parts.delivery import DeliveryParts
from pulse_router.parts.foundation import Foundation
from pulse_router.stores.jobs.work import PostgresJobWork


def join_jobs(base: Foundation, delivery: DeliveryParts) -> JobKeeper:
    """Join the stage that works on jobs; it holds no more of the database than requests do."""
    work = PostgresJobWork(base.api_database, heartbeats=base.heartbeats)
    return JobKeeper(work, delivery.replayer)
