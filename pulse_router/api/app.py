"""Puts the API together; knows no resource's details."""

from __future__ import annotations

from typing import Final

from quart_trio import QuartTrio

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices import registration
from pulse_router.api.openapi.description import Description
from pulse_router.api.openapi.operations import VERSIONED
from pulse_router.api.requests.error_handlers import handle_errors
from pulse_router.api.resources import all_resources
from pulse_router.api.server.cors import Cors
from pulse_router.api.server.envelope import Envelope
from pulse_router.api.server.matching import MatchedRule
from pulse_router.api.server.streamed_body import stream_bodies
from pulse_router.api.services import Services

REGISTERED: Final = "pulse_router.registered"
"""Under this name the application's extensions have every operation that was registered."""


def create_app(services: Services) -> QuartTrio:
    """Make the application.

    Args:
        services: What it stands on.
    """
    app = _bare_app(services)
    handle_errors(app)
    _stream_long_bodies(app)
    _register_resources(app, services)
    _put_into_envelope(app, services)
    return app


def _bare_app(services: Services) -> QuartTrio:
    app = QuartTrio("pulse_router", static_folder=None, template_folder=None)
    app.config.update(
        MAX_CONTENT_LENGTH=services.max_body_bytes,
        BODY_TIMEOUT=services.body_seconds,
        RESPONSE_TIMEOUT=services.sending_seconds,
        PROPAGATE_EXCEPTIONS=False,
        PROVIDE_AUTOMATIC_OPTIONS=False,
    )
    app.url_map.merge_slashes = False
    app.url_rule_class = MatchedRule
    return app


def _stream_long_bodies(app: QuartTrio) -> None:
    paths = {prefix + registration.PATH for prefix in (VERSIONED, "")}
    stream_bodies(app, paths, max_bytes=registration.MAX_BYTES)


def _register_resources(app: QuartTrio, services: Services) -> None:
    """Register everything, last what describes the rest."""
    paths = Paths(app, services.tokens, services.gate, answer_seconds=services.answer_seconds)
    for resource in all_resources(services):
        resource.register(paths)
    Description(paths.registered).register(paths)
    app.extensions[REGISTERED] = paths.registered


def _put_into_envelope(app: QuartTrio, services: Services) -> None:
    app.asgi_app = Envelope(  # type: ignore[method-assign]  # Quart's own place for it
        app.asgi_app, cors=Cors(services.cors_origins), access_log=services.access_log
    )
