"""What each room serves, made of the services; knows no resource's details.

The order within a room, and of the rooms in `all_resources`, is that of the API description.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Protocol

from pulse_router.api.access.paths import Paths
from pulse_router.api.access.whoami import Whoami
from pulse_router.api.alerts import Alerts
from pulse_router.api.audit import Audit
from pulse_router.api.console import ConsolePages
from pulse_router.api.dead_letters.dead_letters import DeadLetters
from pulse_router.api.devices.devices import Devices
from pulse_router.api.devices.gaps import DeviceGaps
from pulse_router.api.devices.groups import DeviceGroups
from pulse_router.api.devices.history import TelemetryHistory
from pulse_router.api.devices.metrics import DeviceMetrics
from pulse_router.api.devices.registration import DeviceRegistration
from pulse_router.api.health import Health
from pulse_router.api.insight.finding import Finding
from pulse_router.api.insight.messages import Messages
from pulse_router.api.insight.subjects import TraceSources
from pulse_router.api.insight.timelines import Timelines
from pulse_router.api.insight.traces import Traces
from pulse_router.api.jobs.jobs import Jobs
from pulse_router.api.operators.dead_letters import OperatorDeadLetters
from pulse_router.api.operators.operators import Operators
from pulse_router.api.operators.system import OperatorSystem
from pulse_router.api.overview.needs import Needs
from pulse_router.api.overview.overview import Overview
from pulse_router.api.rejected_messages import RejectedMessages
from pulse_router.api.routes.actions import MessageRouteActions
from pulse_router.api.routes.explanations import RouteExplanations
from pulse_router.api.routes.listed_stats import RoutesWithStats
from pulse_router.api.routes.message_routes import MessageRoutes
from pulse_router.api.routes.pending_deliveries import PendingDeliveries
from pulse_router.api.routes.previews import RoutePreviews
from pulse_router.api.routes.receipts import Receipts
from pulse_router.api.routes.signature_bench import SignatureBench
from pulse_router.api.routes.trials import RouteTrials
from pulse_router.api.services import Services
from pulse_router.api.streams.entrance import Entrance
from pulse_router.api.streams.sse import StreamSse
from pulse_router.api.streams.v1 import StreamV1
from pulse_router.api.streams.v2 import StreamV2
from pulse_router.domain.republish import Fence


class Resource(Protocol):
    """Something that is served."""

    def register(self, paths: Paths) -> None:
        """Register its handlers."""
        ...


def all_resources(services: Services) -> Iterator[Resource]:
    """Make everything that is served, but the description of it."""
    rooms = (
        routes,
        dead_letters,
        jobs,
        operators,
        devices,
        alerts,
        messages,
        overview,
        access,
        health,
        streams,
        console,
    )
    return chain.from_iterable(room(services) for room in rooms)


def routes(services: Services) -> Iterator[Resource]:
    """Make what tenants do with their routes."""
    store, changed = services.routes, services.routes_changed

    def fence_of(tenant_id: str) -> Fence:
        return Fence(tenant_id, services.republish_prefixes, services.certificates_of(tenant_id))

    with_stats = RoutesWithStats(
        store, services.route_stats, services.delivery, services.unjudged, services.filter_fault
    )
    yield MessageRoutes(
        store, services.route_pages, changed, fence_of, services.filter_notice, with_stats
    )
    yield MessageRouteActions(
        store,
        services.route_stats,
        services.delivery,
        changed,
        filter_fault=services.filter_fault,
        unjudged=services.unjudged,
    )
    yield RouteTrials(store, services.delivery, services.requests, fence_of)
    yield RouteExplanations(store, services.insight.told)
    yield SignatureBench(store)
    yield RoutePreviews(
        store,
        services.preview_messages,
        services.delivery,
        fence_of,
        services.is_ingest_busy,
        services.stopping,
    )
    yield PendingDeliveries(store, services.pending, services.hurry)
    yield Receipts(store, services.receipts)


def dead_letters(services: Services) -> Iterator[Resource]:
    """Make what tenants do with their dead letters."""
    yield _dead_letters(services)


def jobs(services: Services) -> Iterator[Resource]:
    """Make what is done with many dead letters, by tenants and by operators."""
    yield Jobs(services.jobs, services.job_wanted)


def operators(services: Services) -> Iterator[Resource]:
    """Make what operators see and do across tenants; dead letters as their owners do it."""
    yield OperatorDeadLetters(_dead_letters(services))
    yield Operators(
        services.operators,
        services.pending,
        services.status,
        services.gate.budgets,
        services.usage_of,
        _needs(services),
    )
    yield OperatorSystem(services.system, services.settings, services.readiness)


def devices(services: Services) -> Iterator[Resource]:
    """Make the registry of devices and their groups."""
    store, changed = services.devices, services.devices_changed
    groups_changed = services.broadcaster.groups_changed
    yield Devices(store, changed, groups_changed, services.alert_feed.changed)
    yield DeviceRegistration(store, changed, body_seconds=services.body_seconds)
    yield DeviceGroups(services.groups, groups_changed)


def alerts(services: Services) -> Iterator[Resource]:
    """Make the alerts about devices."""
    yield Alerts(services.alerts, services.alert_feed.changed)


def messages(services: Services) -> Iterator[Resource]:
    """Make what devices have said, and what was refused of it."""
    yield TelemetryHistory(services.history)
    yield Messages(services.insight.messages)
    yield Traces(_trace_sources(services))
    yield Finding(services.insight.things)
    yield Timelines(services.devices, services.insight.timelines, services.insight.deliveries)
    yield DeviceGaps(services.gaps)
    yield DeviceMetrics(services.metrics)
    yield RejectedMessages(services.rejections)


def access(_services: Services) -> Iterator[Resource]:
    """Make what tells bearers of tokens who they are."""
    yield Whoami()


def health(services: Services) -> Iterator[Resource]:
    """Make what says how the router does."""
    yield Health(
        services.status, services.readiness, services.broadcaster, services.gate.unsent.crowd
    )


def streams(services: Services) -> Iterator[Resource]:
    """Make the live streams, which are closed when the router stops."""
    broadcaster, missed, stopping = services.broadcaster, services.missed, services.stopping
    entrance, silence = (
        Entrance(services.tokens, stopping, services.gate),
        services.keepalive_seconds,
    )
    yield StreamV1(broadcaster, missed, entrance, stopping, keepalive_seconds=silence)
    yield StreamV2(
        broadcaster=broadcaster,
        missed=missed,
        alerts=services.alert_feed,
        overview=services.overview,
        entrance=entrance,
        stopping=stopping,
        keepalive_seconds=silence,
    )
    yield StreamSse(broadcaster, missed, stopping, keepalive_seconds=silence / 2)


def console(services: Services) -> Iterator[Resource]:
    """Make the web console."""
    yield ConsolePages(services.console)


def overview(services: Services) -> Iterator[Resource]:
    """Make what shows a tenant at a glance, and what was done to its things."""
    yield Overview(services.overviews, _needs(services))
    yield Audit(services.audit)


def _needs(services: Services) -> Needs:
    return Needs(services.overviews, services.status, services.readiness, services.route_troubles)


def _trace_sources(services: Services) -> TraceSources:
    return TraceSources(
        stores=services.insight,
        rejections=services.rejections,
        devices=services.devices,
        routes=services.routes,
        pending=services.pending,
        kept_days=services.kept_days,
    )


def _dead_letters(services: Services) -> DeadLetters:
    return DeadLetters(services.dead_letters, services.dead_letter_counts, services.replayer)
