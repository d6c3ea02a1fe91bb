"""What the operators' part of the API needs from the outside; the edges implement it."""

from __future__ import annotations

from typing import Protocol

from pulse_router.domain.devices import RegisteredDevice
from pulse_router.domain.insight.system import DatabaseState
from pulse_router.domain.messages import Reason
from pulse_router.domain.operators import (
    AuditEntry,
    AuditFilter,
    Refusal,
    TenantFigures,
    Totals,
)
from pulse_router.domain.routes import Route
from pulse_router.runtime.pages import Found, Wanted


class OperatorStore(Protocol):
    """Everybody's things. Every method raises Unavailable when the database cannot be asked.

    A tenant of None is every tenant.
    """

    async def list_tenants(self, wanted: Wanted) -> tuple[Found[TenantFigures], Totals]:
        """Give a page of the tenants, by id."""
        ...

    async def list_routes(self, tenant_id: str | None, wanted: Wanted) -> Found[Route]:
        """Give a page of the routes, oldest first."""
        ...

    async def list_devices(self, tenant_id: str | None, wanted: Wanted) -> Found[RegisteredDevice]:
        """Give a page of the devices, by tenant and id."""
        ...

    async def list_refused(
        self,
        tenant_id: str | None,
        *,
        reason: Reason | None,
        device_id: str | None,
        wanted: Wanted,
    ) -> Found[Refusal]:
        """Give a page of the refused messages, newest first."""
        ...

    async def list_audit(self, chosen: AuditFilter, wanted: Wanted) -> Found[AuditEntry]:
        """Give a page of what was changed, newest first."""
        ...


class SystemStore(Protocol):
    """What the database has to say of itself."""

    async def load(self) -> DatabaseState:
        """Ask for all of it.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...
