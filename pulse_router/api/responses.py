"""JSON answers, and how our values look in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import msgspec
from quart import Response
from quart_trio.wrappers import TrioResponse

from pulse_router.domain.deliveries import AttemptRecord, DeadLetter
from pulse_router.domain.destinations import masked
from pulse_router.domain.devices import RegisteredDevice
from pulse_router.domain.routes import Route

_JSON: Final = msgspec.json.Encoder()


def json_response(
    body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK, **headers: str
) -> Response:
    """Write a body as JSON; times become RFC 3339 in UTC."""
    return data_response(_JSON.encode(body), "application/json", status, **headers)


def empty_response() -> Response:
    """Answer that there is nothing to say."""
    response = data_response(b"", "", HTTPStatus.NO_CONTENT)
    response.headers.pop("Content-Type", None)
    return response


def data_response(
    data: bytes, content_type: str, status: HTTPStatus = HTTPStatus.OK, **headers: str
) -> Response:
    """Write bytes as they are; Quart's own response class would run on asyncio."""
    return TrioResponse(data, status=int(status), headers=headers, content_type=content_type)


def route_json(route: Route) -> dict[str, Any]:
    """Show a route, its secrets masked."""
    return {
        "id": route.id,
        "tenant_id": route.tenant_id,
        "name": route.name,
        "topic_filter": route.topic_filter,
        "destination_type": route.destination_type,
        "destination_config": masked(route.destination_config, route.secrets),
        "payload_filter": route.payload_filter,
        "is_enabled": route.is_enabled,
        "disabled_reason": route.disabled_reason,
        "created_at": _utc(route.created_at),
        "updated_at": _utc(route.updated_at),
    }


def device_json(device: RegisteredDevice) -> dict[str, Any]:
    """Show a device."""
    return {
        "tenant_id": device.tenant_id,
        "device_id": device.device_id,
        "site_id": device.site_id,
        "status": device.status,
        "created_at": _utc(device.created_at),
        "last_seen_at": _utc(device.last_seen_at),
    }


def dead_letter_json(letter: DeadLetter) -> dict[str, Any]:
    """Show a dead letter; 64-bit ids are strings, for JavaScript's numbers are too short."""
    return {
        "id": letter.id,
        "tenant_id": letter.tenant_id,
        "route_id": letter.route_id,
        "delivery_id": str(letter.delivery_id),
        "device_id": letter.device_id,
        "event_id": str(letter.event_id),
        "original_topic": letter.original_topic,
        "payload": msgspec.Raw(letter.payload.encode()),
        "destination_type": letter.destination_type,
        "destination_config": letter.destination_config,
        "error_message": letter.error_message,
        "attempts": letter.attempts,
        "status": letter.status,
        "created_at": _utc(letter.created_at),
        "replayed_at": _utc(letter.replayed_at),
        "history": [_attempt_json(record) for record in letter.history],
    }


def _attempt_json(record: AttemptRecord) -> dict[str, Any]:
    return {
        "at": _utc(record.at),
        "status": record.status,
        "duration_seconds": record.duration_seconds,
        "error": record.error,
        "response": record.response,
    }


def page_json(
    name: str, items: Sequence[Mapping[str, Any]], total: int, *, limit: int, offset: int
) -> dict[str, Any]:
    """Show one page of a list."""
    return {name: items, "total": total, "limit": limit, "offset": offset}


def _utc(time: datetime | None) -> datetime | None:
    return None if time is None else time.astimezone(UTC)
