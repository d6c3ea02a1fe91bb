"""Puts the API together; knows no resource's details."""

from __future__ import annotations

from quart_trio import QuartTrio

from pulse_router.api.access import Paths
from pulse_router.api.cors import Cors
from pulse_router.api.dead_letters import DeadLetters
from pulse_router.api.devices import Devices
from pulse_router.api.envelope import Envelope
from pulse_router.api.error_handlers import handle_errors
from pulse_router.api.health import Health
from pulse_router.api.message_routes import MessageRoutes
from pulse_router.api.ports import Services
from pulse_router.api.rejected_messages import RejectedMessages
from pulse_router.api.stream_entrance import Entrance
from pulse_router.api.stream_v1 import StreamV1
from pulse_router.api.telemetry_history import TelemetryHistory


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
    handle_errors(app)
    paths = Paths(app, services.tokens, answer_seconds=services.answer_seconds)
    entrance = Entrance(services.tokens, services.stopping)
    resources = (
        MessageRoutes(services.routes, services.routes_changed),
        DeadLetters(services.dead_letters, services.replayer),
        Devices(services.devices, services.devices_changed),
        TelemetryHistory(services.history),
        RejectedMessages(services.rejections),
        Health(services.status, services.readiness, services.broadcaster),
        StreamV1(
            services.broadcaster,
            entrance,
            services.stopping,
            keepalive_seconds=services.keepalive_seconds,
        ),
    )
    for resource in resources:
        resource.register(paths)
    app.asgi_app = Envelope(  # type: ignore[method-assign]  # Quart's own place for it
        app.asgi_app, cors=Cors(services.cors_origins), access_log=services.access_log
    )
    return app
