"""Puts the API together; knows no resource's details."""

from __future__ import annotations

from typing import Final

from quart_trio import QuartTrio

from pulse_router.api.access.paths import Paths
from pulse_router.api.alerts import Alerts
from pulse_router.api.dead_letters.dead_letters import DeadLetters
from pulse_router.api.devices.devices import Devices
from pulse_router.api.devices.groups import DeviceGroups
from pulse_router.api.devices.history import TelemetryHistory
from pulse_router.api.devices.registration import MAX_BYTES as MAX_REGISTRATION_BYTES
from pulse_router.api.devices.registration import PATH as REGISTRATION
from pulse_router.api.devices.registration import DeviceRegistration
from pulse_router.api.health import Health
from pulse_router.api.openapi.description import Description
from pulse_router.api.openapi.operations import VERSIONED
from pulse_router.api.operators.dead_letters import OperatorDeadLetters
from pulse_router.api.operators.operators import Operators
from pulse_router.api.rejected_messages import RejectedMessages
from pulse_router.api.requests.error_handlers import handle_errors
from pulse_router.api.routes.actions import MessageRouteActions
from pulse_router.api.routes.message_routes import MessageRoutes
from pulse_router.api.routes.pending_deliveries import PendingDeliveries
from pulse_router.api.server.cors import Cors
from pulse_router.api.server.envelope import Envelope
from pulse_router.api.server.streamed_body import stream_bodies
from pulse_router.api.services import Services
from pulse_router.api.streams.entrance import Entrance
from pulse_router.api.streams.sse import StreamSse
from pulse_router.api.streams.v1 import StreamV1
from pulse_router.api.streams.v2 import StreamV2

REGISTERED: Final = "pulse_router.registered"
"""Under this name the application's extensions have every operation that was registered."""


def create_app(services: Services) -> QuartTrio:
    """Make the application.

    Args:
        services: What it stands on.
    """
    app = QuartTrio("pulse_router", static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=services.max_body_bytes,
        BODY_TIMEOUT=services.body_seconds,
        RESPONSE_TIMEOUT=services.sending_seconds,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False
    stream_bodies(app, {VERSIONED + REGISTRATION, REGISTRATION}, max_bytes=MAX_REGISTRATION_BYTES)
    handle_errors(app)
    paths = Paths(app, services.tokens, answer_seconds=services.answer_seconds)
    entrance = Entrance(services.tokens, services.stopping)
    dead_letters = DeadLetters(
        services.dead_letters, services.dead_letter_counts, services.replayer
    )
    resources = (
        MessageRoutes(
            services.routes,
            services.route_pages,
            services.routes_changed,
            services.republish_prefixes,
        ),
        MessageRouteActions(
            services.routes, services.route_stats, services.delivery, services.routes_changed
        ),
        PendingDeliveries(services.routes, services.pending),
        dead_letters,
        OperatorDeadLetters(dead_letters),
        Operators(services.operators, services.pending, services.status),
        Devices(
            services.devices,
            services.devices_changed,
            services.broadcaster.groups_changed,
            services.alert_feed.changed,
        ),
        DeviceRegistration(
            services.devices, services.devices_changed, body_seconds=services.body_seconds
        ),
        DeviceGroups(services.groups, services.broadcaster.groups_changed),
        Alerts(services.alerts, services.alert_feed.changed),
        TelemetryHistory(services.history),
        RejectedMessages(services.rejections),
        Health(services.status, services.readiness, services.broadcaster),
        StreamV1(
            services.broadcaster,
            services.missed,
            entrance,
            services.stopping,
            keepalive_seconds=services.keepalive_seconds,
        ),
        StreamV2(
            broadcaster=services.broadcaster,
            missed=services.missed,
            alerts=services.alert_feed,
            entrance=entrance,
            stopping=services.stopping,
            keepalive_seconds=services.keepalive_seconds,
        ),
        StreamSse(
            services.broadcaster,
            services.missed,
            services.stopping,
            keepalive_seconds=services.keepalive_seconds / 2,
        ),
    )
    for resource in (*resources, Description(paths.registered)):
        resource.register(paths)
    app.extensions[REGISTERED] = paths.registered
    app.asgi_app = Envelope(  # type: ignore[method-assign]  # Quart's own place for it
        app.asgi_app, cors=Cors(services.cors_origins), access_log=services.access_log
    )
    return app
