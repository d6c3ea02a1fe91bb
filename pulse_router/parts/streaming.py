"""Live streams: what is sent to clients that listen."""

from __future__ import annotations

import attrs
import trio

from pulse_router.parts.foundation import Foundation
from pulse_router.stores.alerts import PostgresAlertStore
from pulse_router.stores.devices.groups import PostgresGroupStore
from pulse_router.stores.flows import PostgresFlowSource
from pulse_router.stores.telemetry.events import PostgresEventStore
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster
from pulse_router.streaming.changes import ChangeFeed
from pulse_router.streaming.figures import FiguresFeed
from pulse_router.streaming.recent import RecentEvents
from pulse_router.streaming.resume import Missed


@attrs.frozen(kw_only=True)
class StreamingParts:
    """What live clients get; `stop` is set when they are to go."""

    broadcaster: Broadcaster
    recent: RecentEvents
    missed: Missed
    alert_feed: AlertFeed
    figures: FiguresFeed
    changes: ChangeFeed = attrs.field(factory=ChangeFeed)
    stop: trio.Event = attrs.field(factory=trio.Event)


def join_streaming(base: Foundation) -> StreamingParts:
    """Join what feeds live clients."""
    stream = base.settings.stream
    broadcaster = Broadcaster(
        PostgresGroupStore(base.database),
        max_per_tenant=stream.max_connections_per_tenant,
        ring_capacity=stream.queue_size,
        most_of=lambda tenant_id: base.budgets.of(tenant_id).streams,
        refused=lambda tenant_id: base.budgets.refused(tenant_id, "streams"),
    )
    recent = RecentEvents(max_events=stream.recent_events)
    return StreamingParts(
        broadcaster=broadcaster,
        recent=recent,
        missed=Missed(
            broadcaster,
            recent,
            PostgresEventStore(base.api_database),
            max_events=stream.resume_events,
        ),
        alert_feed=AlertFeed(PostgresAlertStore(base.database)),
        figures=FiguresFeed(PostgresFlowSource(base.database)),
    )
