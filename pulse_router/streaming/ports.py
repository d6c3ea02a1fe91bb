"""What live streams need from the outside; the edges implement it, the router joins them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from pulse_router.domain.alerts import Alert
from pulse_router.domain.insight.flows import Flows
from pulse_router.domain.live import EventPage, ResumePoint
from pulse_router.domain.messages import TelemetryEvent


class GroupSource(Protocol):
    """Where the members of device groups are looked up."""

    async def load_group_members(
        self, tenant_id: str, group_ids: Collection[int]
    ) -> Mapping[int, Collection[str]]:
        """Look up the device ids in each of a tenant's groups.

        Groups that the tenant does not have are absent from the answer.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class AlertSource(Protocol):
    """Where alerts are read."""

    async def load_open_alerts(self, tenant_id: str, *, limit: int) -> Sequence[Alert]:
        """Give the newest of a tenant's alerts that are not closed.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class FlowSource(Protocol):
    """Where it is read what has become of messages and deliveries."""

    async def load_flows(
        self, tenant_ids: Collection[str], *, whole: Collection[str], routes: Collection[int]
    ) -> Flows:
        """Read tenants' counts, of all routers on this database together.

        Args:
            tenant_ids: Whose.
            whole: Of whom every route is told; of the others those that have moved within the last
                seconds.
            routes: Which others are told as well.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class EventStore(Protocol):
    """Where telemetry that is committed is read. Raises Unavailable when it cannot be asked now."""

    async def load_resume_point(
        self, tenant_id: str, *, after: int, up_to: int, at_most: int
    ) -> ResumePoint:
        """Find out what of a tenant's events can be had.

        Args:
            tenant_id: Whose events.
            after: The id after which they are wanted.
            up_to: The last id.
            at_most: How many events; of more, the newest.
        """
        ...

    async def load_events(
        self,
        tenant_id: str,
        *,
        after: int,
        up_to: int,
        devices: Collection[str] | None,
        metric_names: Collection[str],
        limit: int,
    ) -> EventPage:
        """Read a tenant's next events.

        Args:
            tenant_id: Whose events.
            after: The id after which they begin.
            up_to: The last id.
            devices: Of which devices; None for all.
            metric_names: Only events that have one of these metrics; none for all.
            limit: How many events are looked at, at the most, whether they are wanted or not.
        """
        ...

    async def load_latest(self, tenant_id: str, device_id: str) -> TelemetryEvent | None:
        """Read the newest event of a device, by its own time; None when it has sent none."""
        ...
