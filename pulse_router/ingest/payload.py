"""A device's payload: decoded once, by type, and rid of its provision token.

Knows the form of a payload, not who may send it: devices, limits and routes stand in the decoder.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from pulse_router.domain.messages import MetricValue, Reason

MAX_METRIC_NAME: Final = 128
MAX_FUTURE: Final = timedelta(hours=24)
_MILLISECONDS_FROM: Final = 1e11
"""Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000."""

_MASKED: Final = rb'\1"********"'
_TOKEN_FIELD: Final = re.compile(
    rb'("provision_token"\s*:\s*)(?:"(?:[^"\\]|\\.)*(?:"|\Z)|[^\s,}\]]+)', re.DOTALL
)


Extra: TypeAlias = dict[str, Any] | None
"""Fields beyond those that the contract names; None when there are none."""


class Refused(Exception):
    """A message is not accepted, for a reason that the contract names."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class DevicePayload(msgspec.Struct, forbid_unknown_fields=True):
    """The fields that the contract names; an absent one is UNSET, and left out when encoded."""

    ts: str | int | float | UnsetType | None = UNSET
    site_id: str | UnsetType | None = UNSET
    tenant_id: str | UnsetType | None = UNSET
    provision_token: str | UnsetType | None = UNSET
    metrics: dict[str, MetricValue] | UnsetType | None = UNSET

    def take_token(self) -> str | None:
        """Remove the provision token and return it; from here on nothing can leak it."""
        token = self.provision_token
        self.provision_token = UNSET
        return token or None

    def as_mapping(self, extra: Extra) -> dict[str, Any]:
        """The payload as a JSON object, token and all, with the fields that have no name here."""
        named = {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }
        return named | extra if extra else named


_decode_named: Final = msgspec.json.Decoder(DevicePayload).decode
_decode_any: Final = msgspec.json.Decoder().decode
encode: Final = msgspec.json.Encoder().encode

_FIELD_REASONS: Final = {
    "ts": (Reason.BAD_TIMESTAMP, "an RFC 3339 string or a Unix time"),
    "site_id": (Reason.SITE_MISMATCH, "a string"),
    "tenant_id": (Reason.TENANT_MISMATCH, "a string"),
    "provision_token": (Reason.TOKEN_INVALID, "a string"),
    "metrics": (Reason.METRIC_INVALID, "an object of numbers, booleans, strings and nulls"),
}


def decode_payload(payload: bytes) -> tuple[DevicePayload, Extra]:
    """Decode a payload.

    The common form, named fields only, takes one pass; everything else is taken apart slowly.

    Returns:
        The fields that the contract names, and the others.

    Raises:
        Refused: It is no JSON object, a field has the wrong type, or it holds the one
            character that JSON knows and PostgreSQL does not.
    """
    extra: Extra = None
    try:
        named = _decode_named(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        named, extra = _decode_with_care(payload)
    if b"\\u0000" in payload and "\0" in _texts(named.as_mapping(extra)):
        raise Refused(Reason.UNSTORABLE, "contains the character \\u0000")
    return named, extra


def _decode_with_care(payload: bytes) -> tuple[DevicePayload, Extra]:
    """Decode a payload that has unknown fields, or find out what is wrong with it."""
    try:
        fields = _decode_any(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused(Reason.BAD_JSON, f"not JSON: {error}") from None
    if not isinstance(fields, dict):
        raise Refused(Reason.BAD_JSON, "must be a JSON object")
    named = {name: fields.pop(name) for name in _FIELD_REASONS if name in fields}
    decoded = DevicePayload()
    for name, value in named.items():
        _set_field(decoded, name, value)
    return decoded, fields or None


def _set_field(decoded: DevicePayload, name: str, value: object) -> None:
    try:
        msgspec.convert({name: value}, DevicePayload)
    except msgspec.ValidationError:
        reason, allowed = _FIELD_REASONS[name]
        if name == "metrics" and isinstance(value, dict):
            wrong = next(key for key in value if not _is_metric_value(value[key]))
            raise Refused(
                reason,
                f"metrics.{wrong[:MAX_METRIC_NAME]} must be a number, boolean, string or null",
            ) from None
        raise Refused(reason, f"{name} must be {allowed}") from None
    setattr(decoded, name, value)


def _is_metric_value(value: object) -> bool:
    return value is None or isinstance(value, int | float | str)


def _texts(value: object) -> str:
    """All strings of a JSON value, names included, run together."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join(key + _texts(item) for key, item in value.items())
    if isinstance(value, list):
        return "".join(map(_texts, value))
    return ""


def check_metrics(metrics: dict[str, MetricValue] | UnsetType | None, max_metrics: int) -> None:
    """Check the number of metrics and their names.

    Raises:
        Refused: There are none, too many, or a name is empty or too long.
    """
    if not isinstance(metrics, dict):
        raise Refused(Reason.METRICS_MISSING, "telemetry must have metrics, an object")
    if len(metrics) > max_metrics:
        raise Refused(
            Reason.TOO_MANY_METRICS,
            f"{len(metrics)} metrics, but at most {max_metrics} may be sent",
        )
    for name in metrics:
        if not 0 < len(name) <= MAX_METRIC_NAME:
            raise Refused(
                Reason.METRIC_INVALID,
                f"metrics.{name[:20]}…: a name has 1 to {MAX_METRIC_NAME} characters",
            )


def parse_time(ts: str | float | UnsetType | None, received_at: datetime) -> datetime:
    """Read a device's timestamp.

    Args:
        ts: RFC 3339 with an offset, Unix seconds or milliseconds, or nothing.
        received_at: When the message was read; used when the device gives no time.

    Returns:
        The time, in UTC.

    Raises:
        Refused: It is no time, or more than 24 hours ahead.
    """
    if ts is None or ts is UNSET:
        return received_at
    try:
        if isinstance(ts, str):
            time = msgspec.convert(ts, datetime)
            if time.tzinfo is None:
                raise Refused(Reason.BAD_TIMESTAMP, f"ts {ts!r} has no offset, such as Z")
            time = time.astimezone(UTC)
        else:
            time = datetime.fromtimestamp(ts if abs(ts) < _MILLISECONDS_FROM else ts / 1000, UTC)
    except (msgspec.ValidationError, ValueError, OverflowError, OSError):
        raise Refused(
            Reason.BAD_TIMESTAMP, f"ts {ts!r:.60} is neither RFC 3339 nor a Unix time"
        ) from None
    if time - received_at > MAX_FUTURE:
        raise Refused(Reason.BAD_TIMESTAMP, f"ts {ts!r:.60} is more than 24 hours ahead")
    return time


def scrub(payload: bytes, max_bytes: int) -> bytes:
    """Make a refused payload fit to be kept: without the provision token, and not too long.

    The field is removed where the payload can be parsed; where it cannot, its value is masked.

    Args:
        payload: What the device sent.
        max_bytes: Longer results are cut off there.
    """
    if b"provision" not in payload and b"\\u" not in payload:
        return payload[:max_bytes]
    try:
        fields = _decode_any(payload)
        kept = encode(_without_token(fields)) if _has_token(fields) else payload
    except (msgspec.MsgspecError, ValueError, RecursionError):
        kept = _TOKEN_FIELD.sub(_MASKED, payload)
    return kept[:max_bytes]


def _has_token(value: object) -> bool:
    if isinstance(value, dict):
        return "provision_token" in value or any(map(_has_token, value.values()))
    return isinstance(value, list) and any(map(_has_token, value))


def _without_token(value: object) -> object:
    if isinstance(value, dict):
        return {k: _without_token(v) for k, v in value.items() if k != "provision_token"}
    if isinstance(value, list):
        return [_without_token(item) for item in value]
    return value
