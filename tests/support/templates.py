"""Templates, rendered for a message that a test says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from pulse_router.domain.deliveries import Delivery
from pulse_router.domain.templates.rendering import compile_json, compile_text
from pulse_router.domain.templates.scope import Sender, Subject

SENDER = Sender(7, "Too hot")
MEASURED = datetime(2026, 2, 3, 14, 5, 6, 789_000, tzinfo=UTC)
PAYLOAD: dict[str, Any] = {
    "metrics": {"temperature": 90.5, "count": 40, "label": "Ünit 1", "ok": True, "none": None},
    "site_id": "SITE-1",
    "tags": ["hot", 5, True],
    "position": {"lat": 48.1, "a b": 1},
    "temperature": "of the payload",
    "event": "of the payload",
}


def subject(payload: Any = PAYLOAD, *, site_id: str | None = "SITE-1") -> Subject:
    text = payload if isinstance(payload, str) else msgspec.json.encode(payload).decode()
    delivery = Delivery(
        id=11,
        tenant_id="TENANT1",
        route_id=7,
        device_id="DEV-001",
        topic="tenant/TENANT1/device/DEV-001/telemetry",
        payload=text,
        event_id=12,
        event_time=MEASURED,
    )
    return Subject(delivery, site_id)


def as_json(template: Any, payload: Any = PAYLOAD, secrets: dict[str, str] | None = None) -> Any:
    """What a JSON template makes, decoded."""
    known = secrets or {}
    body = compile_json(template, known).render(subject(payload), SENDER, known)
    return msgspec.json.decode(body)


def as_text(template: str, payload: Any = PAYLOAD) -> str:
    """What a text template makes."""
    return compile_text(template).render(subject(payload), SENDER, {}).decode()


def value(expression: str, payload: Any = PAYLOAD) -> Any:
    """What one expression is, with its type."""
    return as_json("{{ " + expression + " }}", payload)
