"""Why messages are refused, in words: the check that failed, and the rule that it follows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from pulse_router.domain.messages import Reason

RULES: Final[Mapping[Reason, str]] = {
    Reason.BAD_TOPIC: "a topic is tenant/{tenant_id}/device/{device_id}/{msg_type}",
    Reason.BAD_JSON: "a payload is a JSON object",
    Reason.PAYLOAD_TOO_LARGE: "a payload has at most ingest.max_payload_bytes",
    Reason.BAD_TIMESTAMP: "ts is a time of RFC 3339 or a Unix time, at most 24 hours ahead",
    Reason.METRICS_MISSING: "telemetry has metrics, an object",
    Reason.TOO_MANY_METRICS: "a message has at most ingest.max_metrics metrics",
    Reason.METRIC_INVALID: "a metric is a number, a boolean, a string or null, with a short name",
    Reason.TENANT_MISMATCH: "tenant_id, where it is given, is that of the topic",
    Reason.UNREGISTERED_DEVICE: "a device is registered before it may speak",
    Reason.DEVICE_REVOKED: "a device that was revoked may not speak",
    Reason.TOKEN_MISSING: "a message brings its device's provision_token",
    Reason.TOKEN_INVALID: "provision_token is the one that the device was given",
    Reason.SITE_MISMATCH: "site_id, where it is given, is the registered one",
    Reason.RATE_LIMITED: "a device and a tenant send as fast as their rates allow",
    Reason.EMPTY: "a message has a payload",
    Reason.UNSTORABLE: "a message holds what PostgreSQL can store",
}


def rule_of(reason: str) -> str | None:
    """Say which rule a refused message breaks; None for a reason of another version."""
    try:
        return RULES[Reason(reason)]
    except ValueError:
        return None
