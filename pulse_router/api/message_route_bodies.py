"""Routes as clients write and read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.api.operations import Time
from pulse_router.api.responses import Page, utc
from pulse_router.domain.destinations import masked
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.signing_secrets import SigningSecret

Name = Annotated[str, Meta(min_length=1, max_length=100)]


class RouteBody(msgspec.Struct):
    """A whole route, as a client writes it."""

    name: Name
    topic_filter: str
    destination_type: DestinationType
    destination_config: dict[str, Any] = {}
    payload_filter: dict[str, Any] | None = None
    is_enabled: bool = True


class RoutePatch(msgspec.Struct):
    """The part of a route that changes.

    `destination_config` is merged into what is there (RFC 7396: null removes a field), so that
    mending a URL does not lose the secret; it replaces it when the destination type changes.
    """

    name: Name | UnsetType = UNSET
    topic_filter: str | UnsetType = UNSET
    destination_type: DestinationType | UnsetType = UNSET
    destination_config: dict[str, Any] | UnsetType = UNSET
    payload_filter: dict[str, Any] | UnsetType | None = UNSET
    is_enabled: bool | UnsetType = UNSET


class RouteAnswer(msgspec.Struct):
    """A route, its secrets masked.

    `version` counts its changes; the ETag is made of it. `secrets_expire_at` are the ends of the
    old secrets that still sign beside the newest. `disabled_reason` says why the router has
    disabled it by itself, `fault` why nothing can be delivered although it is enabled.
    """

    id: int
    tenant_id: str
    name: str
    topic_filter: str
    destination_type: DestinationType
    destination_config: dict[str, Any]
    payload_filter: dict[str, Any] | None
    is_enabled: bool
    disabled_reason: str | None
    fault: str | None
    secrets_expire_at: list[Time]
    version: int
    created_at: Time
    updated_at: Time


class RoutePage(Page):
    """A page of routes."""

    routes: list[RouteAnswer]


def route_answer(route: Route) -> RouteAnswer:
    """Show a route."""
    return RouteAnswer(
        id=route.id,
        tenant_id=route.tenant_id,
        name=route.name,
        topic_filter=route.topic_filter,
        destination_type=route.destination_type,
        destination_config=masked(route.destination_config, route.secrets),
        payload_filter=None if route.payload_filter is None else dict(route.payload_filter),
        is_enabled=route.is_enabled,
        disabled_reason=route.disabled_reason,
        fault=route.fault,
        secrets_expire_at=expiries(route.secrets),
        version=route.version,
        created_at=utc(route.created_at),
        updated_at=utc(route.updated_at),
    )


def expiries(secrets: Sequence[SigningSecret]) -> list[datetime]:
    """List when the secrets that are in their overlap end, in their order."""
    return [utc(secret.expires_at) for secret in secrets if secret.expires_at is not None]


def etag(route: Route) -> str:
    """Give the strong validator of a route as it is shown."""
    return f'"{route.version}"' if route.fault is None else f'"{route.version}-unreadable"'
