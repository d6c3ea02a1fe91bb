"""What operators look at, across tenants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import attrs

from pulse_router.domain.telemetry import RejectedMessage

COUNTED_AT_MOST: Final = 10_000
"""Up to how many of a kind a tenant's things are counted."""


@attrs.frozen
class TenantFigures:
    """How much a tenant has; each number is counted up to a bound.

    Attributes:
        tenant_id: The tenant.
        devices: Its devices.
        routes: Its routes.
        enabled_routes: Those of them that are enabled.
        pending: Deliveries that wait.
        dead_letters: Deliveries that were given up and that nobody has dealt with.
        rejected: Refused messages that are kept.
        last_message_at: When the last of its devices was heard of.
        groups: Its device groups.
        open_alerts: Its alerts that are not closed.
        audit_bytes: How much is kept of what was changed in its name.
    """

    tenant_id: str
    devices: int
    routes: int
    enabled_routes: int
    pending: int
    dead_letters: int
    rejected: int
    last_message_at: datetime | None
    groups: int = 0
    open_alerts: int = 0
    audit_bytes: int = 0


@attrs.frozen
class Totals:
    """How much there is in all."""

    tenants: int
    devices: int
    routes: int


@attrs.frozen
class Refusal:
    """A refused message and the tenant that its topic names, if it names one."""

    tenant_id: str | None
    message: RejectedMessage


@attrs.frozen
class AuditFilter:
    """Which changes are asked for; None is any."""

    tenant_id: str | None = None
    subject: str | None = None
    action: str | None = None
    target_type: str | None = None
    target_id: str | None = None


@attrs.frozen(kw_only=True)
class AuditEntry:
    """A change that somebody has made.

    Attributes:
        id: Its number.
        at: When.
        subject: Whose token it was.
        actor: `customer` or `operator`.
        action: The operation that was called.
        request_id: The request that it was made by.
        tenant_id: Whose data changed.
        target_type: The kind of what changed.
        target_id: Which one; None where many changed at once.
        changed: Which fields differ, also those whose values are not kept.
        before: What it was, without secrets; None where it is new.
        after: What it is, without secrets; None where it is gone.
        omitted_bytes: What both weigh where a list has left them out.
    """

    id: int
    at: datetime
    subject: str
    actor: str
    action: str
    request_id: str
    tenant_id: str
    target_type: str
    target_id: str | None
    changed: Sequence[str]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    omitted_bytes: int = 0
