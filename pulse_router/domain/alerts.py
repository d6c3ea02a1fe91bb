"""Alerts about devices: what they are, and what may become of them."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs


class AlertSeverity(enum.StrEnum):
    """How bad it is."""

    INFO = "INFO"
    WARNING = "WARNING"
    CRITICAL = "CRITICAL"


class AlertStatus(enum.StrEnum):
    """How far an alert has come. An acknowledged one is still open: somebody looks after it."""

    OPEN = "OPEN"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    CLOSED = "CLOSED"


_NEXT: Final[Mapping[AlertStatus, frozenset[AlertStatus]]] = {
    AlertStatus.OPEN: frozenset(AlertStatus),
    AlertStatus.ACKNOWLEDGED: frozenset(AlertStatus),  # back: nobody looks after it any more
    AlertStatus.CLOSED: frozenset({AlertStatus.CLOSED}),
}


@attrs.frozen(kw_only=True)
class Alert:
    """Something that is, or was, wrong with a device.

    `key` says what it is about: of each key, a device has one alert that is not closed.
    `updated_at` is when it was last raised or changed.
    """

    id: int
    tenant_id: str
    device_id: str
    severity: AlertSeverity
    title: str
    key: str
    status: AlertStatus
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None


@attrs.frozen(kw_only=True)
class AlertDraft:
    """An alert that is to be raised."""

    device_id: str
    severity: AlertSeverity
    title: str
    key: str


@attrs.frozen(kw_only=True)
class AlertChange:
    """What is to change of an alert; None leaves it as it is."""

    status: AlertStatus | None = None
    severity: AlertSeverity | None = None
    title: str | None = None


@attrs.frozen(kw_only=True)
class AlertFilter:
    """Which alerts are wanted; None stands for all. `statuses` are ORed, the rest is ANDed."""

    statuses: frozenset[AlertStatus] | None = None
    severity: AlertSeverity | None = None
    device_id: str | None = None


class AlertChangeRefused(Exception):
    """An alert cannot be changed like that.

    Args:
        status: What it is.
    """

    def __init__(self, status: AlertStatus) -> None:
        super().__init__(f"the alert is {status}")
        self.status = status


def changed(alert: Alert, change: AlertChange, now: datetime) -> Alert:
    """Change an alert; what changes nothing leaves it as it is.

    Args:
        alert: The alert.
        change: What is to change.
        now: The time.

    Raises:
        AlertChangeRefused: What is closed stays as it is.
    """
    status = change.status or alert.status
    if status not in _NEXT[alert.status]:
        raise AlertChangeRefused(alert.status)
    after = attrs.evolve(
        alert,
        status=status,
        severity=change.severity or alert.severity,
        title=alert.title if change.title is None else change.title,
    )
    if after == alert:
        return alert
    if alert.status is AlertStatus.CLOSED:
        raise AlertChangeRefused(alert.status)
    closed_at = now if status is AlertStatus.CLOSED else None
    return attrs.evolve(after, updated_at=now, closed_at=closed_at)
