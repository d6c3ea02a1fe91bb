"""What arrives and what becomes of it: messages, rejections, and the batch they commit in."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from hmac import compare_digest
from typing import NamedTuple, TypeAlias

import attrs

from pulse_router.domain.sequences import LastNumber, NewGap

MetricValue: TypeAlias = int | float | bool | str | None
DeviceKey: TypeAlias = tuple[str, str]
"""(tenant_id, device_id)"""


class Reason(enum.StrEnum):
    """Why a message was refused (contract, section 1)."""

    BAD_TOPIC = "BAD_TOPIC"
    BAD_JSON = "BAD_JSON"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    BAD_TIMESTAMP = "BAD_TIMESTAMP"
    METRICS_MISSING = "METRICS_MISSING"
    TOO_MANY_METRICS = "TOO_MANY_METRICS"
    METRIC_INVALID = "METRIC_INVALID"
    TENANT_MISMATCH = "TENANT_MISMATCH"
    UNREGISTERED_DEVICE = "UNREGISTERED_DEVICE"
    DEVICE_REVOKED = "DEVICE_REVOKED"
    TOKEN_MISSING = "TOKEN_MISSING"  # noqa: S105 - a reason code, no secret
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - a reason code, no secret
    SITE_MISMATCH = "SITE_MISMATCH"
    RATE_LIMITED = "RATE_LIMITED"
    EMPTY = "EMPTY"
    UNSTORABLE = "UNSTORABLE"


class DeviceStatus(enum.StrEnum):
    """Whether a registered device may speak."""

    ACTIVE = "ACTIVE"
    REVOKED = "REVOKED"


class PreviousToken(NamedTuple):
    """A provision token that was rotated away, by its SHA-256, and until when it still holds."""

    token_hash: bytes
    until: datetime


class Device(NamedTuple):
    """What ingest needs to know of a registered device.

    `token_hash` is the SHA-256 of its provision token, or None when it has none.
    """

    site_id: str | None
    token_hash: bytes | None
    status: DeviceStatus
    previous_tokens: tuple[PreviousToken, ...] = ()

    def accepts(self, token_hash: bytes, at: datetime) -> bool:
        """Tell whether a token holds; how long that takes does not depend on the token.

        Args:
            token_hash: Its SHA-256.
            at: When the device brought it.
        """
        accepted = self.token_hash is not None and compare_digest(token_hash, self.token_hash)
        for previous in self.previous_tokens:
            matches = compare_digest(token_hash, previous.token_hash)
            accepted |= matches and at < previous.until
        return accepted

    def knows(self, token_hash: bytes) -> bool:
        """Tell whether a token is this device's, or was until it was rotated."""
        previous = [previous.token_hash for previous in self.previous_tokens]
        return token_hash in (self.token_hash, *previous)


class NewDevice(NamedTuple):
    """A device to be registered at first contact; the token it brings is the one it keeps."""

    tenant_id: str
    device_id: str
    site_id: str | None
    token_hash: bytes | None


@attrs.frozen
class DeviceLookup:
    """What the registry knows of the devices it was asked for.

    `devices` holds those that are registered; `tenants` those of the tenants asked for that
    have a device at all; `full` says why a newcomer of a tenant could not be registered.
    """

    devices: Mapping[DeviceKey, Device] = attrs.field(factory=dict)
    tenants: Collection[str] = ()
    full: Mapping[str, str] = attrs.field(factory=dict)


class Message(NamedTuple):
    """An accepted message. The fields stand in the order of the `telemetry` columns.

    `metrics` and `extra` are JSON text, as they are stored; `extra` holds the fields of the
    payload that the contract does not name, or None when there are none.
    """

    event_id: int
    time: datetime
    received_at: datetime
    tenant_id: str
    device_id: str
    site_id: str | None
    msg_type: str
    metrics: str | None
    extra: str | None


def _in_ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode("ascii").replace("\0", "\\x00")


class Rejection(NamedTuple):
    """A refused message. The fields stand in the order of the `rejected_messages` columns.

    `payload` has been rid of the provision token.
    """

    received_at: datetime
    tenant_id: str | None
    device_id: str | None
    topic: str
    reason: Reason
    detail: str
    payload: bytes

    def in_ascii(self) -> Rejection:
        """Say the same in characters that every database can hold."""
        return self._replace(
            tenant_id=None if self.tenant_id is None else _in_ascii(self.tenant_id),
            device_id=None if self.device_id is None else _in_ascii(self.device_id),
            topic=_in_ascii(self.topic),
            detail=_in_ascii(self.detail),
        )


@attrs.frozen(kw_only=True)
class Unreadable:
    """A message in a packet that breaks the rules of MQTT, as far as it can be read.

    Attributes:
        topic: The topic name; what is no UTF-8 in it is replaced.
        payload: The application message, and what could not be told from it.
        packet_id: The packet identifier; None at QoS 0.
        duplicate: The DUP flag.
        retain: The RETAIN flag.
        problem: What is wrong with it, in a few words.
    """

    topic: str
    payload: bytes
    packet_id: int | None
    duplicate: bool
    retain: bool
    problem: str

    @property
    def user_properties(self) -> list[tuple[str, str]]:
        """None of its properties is believed."""
        return []


class NewDelivery(NamedTuple):
    """A match of a message and a route, in the order of the `route_deliveries` columns.

    `payload` is JSON text, without the provision token: the body of the webhook. `trace` is what
    its device has said of its trace (`domain/tracing.py`), if it has.
    """

    id: int
    tenant_id: str
    route_id: int
    device_id: str
    topic: str
    payload: str
    event_id: int
    event_time: datetime
    trace: str | None = None


class Written(NamedTuple):
    """A match with a route whose destination is the database: the row is the delivery."""

    tenant_id: str
    event_id: int
    route_id: int


class OverLimit(NamedTuple):
    """How many matches of a message are beyond what its tenant's messages may have."""

    tenant_id: str
    event_id: int
    matches: int


@attrs.frozen
class IngestCounts:
    """The ledger of one batch: received = stored + rejected + duplicate + dropped.

    `matched` counts pairs of message and route; `written` those of them whose destination is
    the database itself, and which are therefore delivered by the commit.
    """

    received: int
    stored: int
    rejected: int
    duplicate: int = 0
    dropped: int = 0
    matched: int = 0
    written: int = 0


@attrs.frozen
class IngestCommit:
    """Everything that one transaction of the writer stores.

    `sequence` numbers the commits of one MQTT client: storing a batch twice stores it once.
    `packet_ids` and `digests` run in parallel, one entry for each QoS 1 message and a few marks,
    and let a redelivered message be recognised. `last_id` is the highest id given so far.
    `duplicates`, and `capped`, the rejections that are counted but not stored, are by tenant, where
    one is known; `over_limit` counts the matches that a tenant's messages may not have.
    `last_numbers`, one of each device and message type, and `gaps` are of what devices count.
    """

    sequence: int
    last_id: int
    messages: Sequence[Message]
    rejections: Sequence[Rejection]
    deliveries: Sequence[NewDelivery]
    packet_ids: Sequence[int]
    digests: Sequence[int]
    counts: IngestCounts
    written: Sequence[Written] = ()
    duplicates: Mapping[str | None, int] = attrs.field(factory=dict)
    capped: Mapping[str | None, int] = attrs.field(factory=dict)
    over_limit: Mapping[str, int] = attrs.field(factory=dict)
    last_numbers: Sequence[LastNumber] = ()
    gaps: Sequence[NewGap] = ()

    @property
    def rows(self) -> int:
        """How many rows are to be stored of it."""
        return len(self.messages) + len(self.deliveries) + len(self.rejections)


@attrs.frozen
class IngestMemory:
    """What ingest remembers across a restart: the tail of what it has committed.

    `seen` holds the (packet id, digest) pairs of the session's newest commits, the oldest first.
    `node` tells the ids of this router from those of others on the same database.
    """

    last_sequence: int = 0
    last_id: int = 0
    seen: Sequence[tuple[int, int]] = ()
    node: int = 0


@attrs.frozen
class TelemetryEvent:
    """An accepted telemetry message, as live clients see it. `event_id` equals its row's."""

    event_id: int
    tenant_id: str
    device_id: str
    site_id: str | None
    topic: str
    time: datetime
    metrics: Mapping[str, MetricValue]
