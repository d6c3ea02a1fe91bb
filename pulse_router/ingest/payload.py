"""A device's payload: decoded once, by type, and parted from its provision token.

Knows the form of a payload, not who may send it: devices, limits and routes stand in the decoder.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.domain.messages import MetricValue, Reason
from pulse_router.ingest.json_faults import why_not_json
from pulse_router.ingest.numbers import EXPONENT_FROM, settle
from pulse_router.ingest.scrubbing import MIN_SECRET_LENGTH, TOKEN_FIELD, hide, secrets_of
from pulse_router.runtime.nesting import is_deeper

MAX_METRIC_NAME: Final = 128
MAX_FUTURE: Final = timedelta(hours=24)
_MILLISECONDS_FROM: Final = 1e11
"""Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000."""

MAX_DEPTH: Final = 64
"""How deep arrays and objects may be nested: much deeper ones overrun the stack of readers."""

_BACKSLASH: Final = ord("\\")
_LEAP_SECOND: Final = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d):60(.*)", re.ASCII)

Extra: TypeAlias = dict[str, Any] | None
"""Fields beyond those that the contract names; None when there are none."""


class Refused(Exception):
    """A message is not accepted, for a reason that the contract names."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


_PlainMetric: TypeAlias = (
    int | Annotated[float, Meta(gt=-EXPONENT_FROM, lt=EXPONENT_FROM)] | bool | str | None
)
"""What needs no care: numbers beyond have another form where PostgreSQL has kept them."""


class DevicePayload(msgspec.Struct, forbid_unknown_fields=True):
    """The fields that the contract names; an absent one is UNSET, and left out when encoded."""

    ts: str | int | float | UnsetType | None = UNSET
    site_id: str | UnsetType | None = UNSET
    tenant_id: str | UnsetType | None = UNSET
    provision_token: str | UnsetType | None = UNSET
    metrics: dict[str, _PlainMetric] | UnsetType | None = UNSET

    def as_mapping(self, extra: Extra) -> dict[str, Any]:
        """The payload as a JSON object, with the fields that have no name here."""
        named = {
            name: value
            for name in self.__struct_fields__
            if (value := getattr(self, name)) is not UNSET
        }
        return named | extra if extra else named


_decode_named: Final = msgspec.json.Decoder(DevicePayload).decode
_decode_any: Final = msgspec.json.Decoder().decode
_decode_fields: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
encode: Final = msgspec.json.Encoder().encode

_FIELD_REASONS: Final = {
    "ts": (Reason.BAD_TIMESTAMP, "an RFC 3339 string or a Unix time"),
    "site_id": (Reason.SITE_MISMATCH, "a string"),
    "tenant_id": (Reason.TENANT_MISMATCH, "a string"),
    "provision_token": (Reason.TOKEN_INVALID, "a string"),
    "metrics": (Reason.METRIC_INVALID, "an object of numbers, booleans, strings and nulls"),
}


def decode_payload(payload: bytes) -> tuple[DevicePayload, Extra, bytes | None]:
    """Decode a payload, and part it from its provision token.

    The common form, named fields only, takes one pass; everything else is taken apart slowly.

    Returns:
        The fields that the contract names, the others, and the token, which neither of them
        holds any more. Whoever drops it here can be sure that it goes nowhere.

    Raises:
        Refused: It is no JSON object, a field has the wrong type, or it holds the one
            character that JSON knows and PostgreSQL does not.
    """
    extra: Extra = None
    try:
        named = _decode_named(payload)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        named, extra = _decode_with_care(payload)
    token = named.provision_token or None
    named.provision_token = UNSET
    secret = token.encode() if token is not None else None
    if (
        extra is not None
        or _BACKSLASH in payload
        or (secret is not None and len(secret) >= MIN_SECRET_LENGTH and payload.count(secret) > 1)
        or (isinstance(named.metrics, dict) and TOKEN_FIELD in named.metrics)
    ):
        extra = _inspect(payload, named, extra, token)
    if b"-0" in payload and isinstance(named.metrics, dict):
        settle(named.metrics)
    return named, extra, secret


def _inspect(payload: bytes, named: DevicePayload, extra: Extra, token: str | None) -> Extra:
    """Look into the texts of an unusual payload, and hide in it what must not be kept.

    Returns:
        What remains of the fields that the contract does not name.

    Raises:
        Refused: It holds a character that PostgreSQL does not know.
    """
    if b"\\u0000" in payload and "\0" in _texts(named.as_mapping(extra)):
        raise Refused(Reason.UNSTORABLE, "contains the character \\u0000")
    secrets = secrets_of(token)
    usual = 0 if token is None else 1
    if (
        _BACKSLASH in payload
        or payload.count(TOKEN_FIELD.encode()) > usual
        or any(payload.count(secret.encode()) > usual for secret in secrets)
    ):
        named.metrics = hide(named.metrics, secrets)
        return hide(extra, secrets) or None
    return extra


def _decode_with_care(payload: bytes) -> tuple[DevicePayload, Extra]:
    """Decode a payload that has unknown fields, or find out what is wrong with it."""
    try:
        fields = _decode_any(payload)
    except msgspec.ValidationError as error:
        raise _explain_range(payload, error) from None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Refused(Reason.BAD_JSON, why_not_json(payload, error)) from None
    if not isinstance(fields, dict):
        raise Refused(Reason.BAD_JSON, "must be a JSON object")
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and is_deeper(fields, MAX_DEPTH):
        raise Refused(Reason.BAD_JSON, f"nested more than {MAX_DEPTH} levels deep")
    settle(fields)
    named = {name: fields.pop(name) for name in _FIELD_REASONS if name in fields}
    decoded = DevicePayload()
    for name, value in named.items():
        _set_field(decoded, name, value)
    return decoded, fields or None


def _explain_range(payload: bytes, error: msgspec.ValidationError) -> Refused:
    """Say which field holds the number that is out of range."""
    try:
        fields = _decode_fields(payload)
        metrics = _decode_fields(fields.get("metrics", b"{}"))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        fields, metrics = {}, {}
    for name, value in metrics.items():
        if not _is_in_range(value):
            reason = Reason.METRIC_INVALID
            return Refused(reason, f"metrics.{name[:MAX_METRIC_NAME]} is out of range")
    if not _is_in_range(fields.get("ts", b"0")):
        return Refused(Reason.BAD_TIMESTAMP, "ts is out of range")
    return Refused(Reason.BAD_JSON, f"not JSON: {error}")


def _is_in_range(value: bytes | msgspec.Raw) -> bool:
    try:
        _decode_any(value)
    except msgspec.ValidationError:
        return False
    return True


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


def parse_time(
    ts: str | float | UnsetType | None, received_at: datetime, latest: datetime
) -> datetime:
    """Read a device's timestamp.

    Args:
        ts: RFC 3339 with an offset, Unix seconds or milliseconds, or nothing. A leap second
            is the first of the next minute.
        received_at: When the message was read; used when the device gives no time.
        latest: A time that has passed for certain: `received_at`, or a later one that the clock has
            shown before.

    Returns:
        The time, in UTC.

    Raises:
        Refused: It is no time, or more than 24 hours ahead.
    """
    if ts is None or ts is UNSET:
        return received_at
    try:
        if isinstance(ts, str):
            time = _parse_rfc3339(ts)
        else:
            time = datetime.fromtimestamp(ts if abs(ts) < _MILLISECONDS_FROM else ts / 1000, UTC)
    except (msgspec.ValidationError, ValueError, OverflowError, OSError):
        raise Refused(
            Reason.BAD_TIMESTAMP, f"ts {ts!r:.60} is neither RFC 3339 nor a Unix time"
        ) from None
    if time - latest > MAX_FUTURE:
        raise Refused(Reason.BAD_TIMESTAMP, f"ts {ts!r:.60} is more than 24 hours ahead")
    return time


def _parse_rfc3339(text: str) -> datetime:
    try:
        time = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        leap = _LEAP_SECOND.fullmatch(text)
        if leap is None:
            raise
        time = msgspec.convert(f"{leap[1]}:59{leap[2]}", datetime) + timedelta(seconds=1)
    if time.tzinfo is UTC:
        return time
    if time.tzinfo is None:
        raise Refused(Reason.BAD_TIMESTAMP, f"ts {text!r:.60} has no offset, such as Z")
    return time.astimezone(UTC)
