"""Ingest: the MQTT client, and what its messages are read and written with."""

from __future__ import annotations

from functools import partial
from typing import Final

import attrs
import structlog
import trio

from pulse_router import options
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.filters.weight import Fuel
from pulse_router.domain.rate_limit import RateLimits
from pulse_router.ingest.arrivals import Arrival
from pulse_router.ingest.faults import IngestFaults
from pulse_router.ingest.filter_shares import FilterShares
from pulse_router.ingest.judging import Judge
from pulse_router.ingest.rejections import Rejections
from pulse_router.ingest.route_table import RouteTable
from pulse_router.ingest.sequences import Sequences
from pulse_router.ingest.tenant_costs import TenantCosts
from pulse_router.mqtt.client import Client
from pulse_router.parts.delivery import DeliveryParts
from pulse_router.parts.foundation import Foundation
from pulse_router.runtime.seldom import Seldom
from pulse_router.stores.ingest.batches import PostgresIngestStore
from pulse_router.stores.ingest.sequences import PostgresSequenceSource
from pulse_router.stores.ingest.sessions import PostgresSessionStore
from pulse_router.stores.routes.matchable import PostgresMatchableRoutes

IN_FLIGHT: Final = 4
"""How many arrivals, or decoded batches, wait between two stages: the writer takes what gathers."""

BROKEN_AGAIN_SECONDS: Final = 3600.0
"""How often it is said of a route that it cannot be used."""

_log = structlog.get_logger()


@attrs.frozen(kw_only=True)
class IngestParts:
    """What takes messages in; its stages are made when their memory is loaded."""

    client: Client
    arrivals: trio.MemoryReceiveChannel[Arrival]
    routes: RouteTable
    rejections: Rejections
    faults: IngestFaults
    shares: FilterShares
    costs: TenantCosts
    judge: Judge
    rates: RateLimits
    store: PostgresIngestStore
    session_store: PostgresSessionStore
    sequences: Sequences | None


def join_ingest(base: Foundation, delivery: DeliveryParts) -> IngestParts:
    """Join what takes messages in."""
    settings, database = base.settings, base.database
    to_decoder, arrivals = trio.open_memory_channel[Arrival](IN_FLIGHT)
    fuel = Fuel()
    faults, shares, costs = IngestFaults(), FilterShares(), TenantCosts()
    matchable = PostgresMatchableRoutes(
        database,
        compile_filter=partial(compile_filter, fuel=fuel),
        on_broken=partial(_warn_of_broken_route, Seldom(BROKEN_AGAIN_SECONDS)),
    )
    return IngestParts(
        client=Client(
            options.client_options(settings.mqtt),
            to_decoder,
            on_state=partial(base.readiness.report, "mqtt"),
        ),
        arrivals=arrivals,
        routes=RouteTable(matchable, on_change=delivery.dispatcher.routes_changed),
        rejections=options.rejections(settings.ingest),
        faults=faults,
        shares=shares,
        costs=costs,
        judge=Judge(faults, shares, costs, fuel),
        rates=options.rate_limits(settings),
        store=PostgresIngestStore(
            database,
            client_id=settings.mqtt.client_id,
            owner=options.router_name(settings.mqtt),
            heartbeats=base.heartbeats,
        ),
        session_store=PostgresSessionStore(database, client_id=settings.mqtt.client_id),
        sequences=_join_sequences(base),
    )


def _join_sequences(base: Foundation) -> Sequences | None:
    """Follow what devices count, where that is wanted and all that a device says comes here."""
    settings = base.settings
    field = settings.ingest.sequence_field
    if not field or settings.mqtt.share_group is not None:
        return None
    return Sequences(
        field,
        PostgresSequenceSource(base.database),
        per_minute=settings.ingest.max_rejections_per_minute,
        report=partial(base.readiness.report, "devices"),
    )


def _warn_of_broken_route(seldom: Seldom, route_id: int, problem: str) -> None:
    if seldom.is_due((route_id, problem)):  # they are read anew at each change of any route
        _log.warning("a stored route cannot be used", route_id=route_id, problem=problem)
