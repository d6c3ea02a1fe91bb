"""`/operator/…`: what operators read, across tenants. It changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.audit import AuditPage, audit_answer
from pulse_router.api.devices.bodies import DevicePage, device_answer
from pulse_router.api.health import StatusSource
from pulse_router.api.operators import operations
from pulse_router.api.operators.bodies import (
    OperatorRejectedPage,
    OperatorRoutePage,
    OverviewAnswer,
    TenantAnswer,
    TenantPage,
    TotalsAnswer,
    operator_rejected_answer,
    operator_route_answer,
    tenant_answer,
)
from pulse_router.api.operators.ports import OperatorStore
from pulse_router.api.overview.needs import Needs
from pulse_router.api.requests.cursors import (
    BY_ID,
    BY_NAME,
    BY_TENANT_AND_NAME,
    BY_TIME_AND_ID,
)
from pulse_router.api.requests.reading import read_choice, read_page, read_query_id
from pulse_router.api.requests.responses import json_response
from pulse_router.api.routes.pending_deliveries import pending_page
from pulse_router.api.routes.ports import PendingStore
from pulse_router.domain.budgets import Budgets
from pulse_router.domain.messages import Reason
from pulse_router.domain.operators import AuditFilter, TenantFigures
from pulse_router.runtime.pages import Wanted

TENANTS_AT_A_GLANCE: Final = 100


class Operators:
    """Shows operators everybody's things.

    Args:
        store: Where they are kept.
        pending: What is pending.
        status: The books and the connections.
        budgets: What tenants may have.
        usage_of: Tells what a tenant uses of the bounds that are looked at in this process.
        needs: What needs attention.
    """

    def __init__(
        self,
        store: OperatorStore,
        pending: PendingStore,
        status: StatusSource,
        budgets: Budgets,
        usage_of: Callable[[str], Mapping[str, float]],
        needs: Needs,
    ) -> None:
        self._needs = needs
        self._budgets = budgets
        self._usage_of = usage_of
        self._store = store
        self._pending = pending
        self._status = status

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        for name, handler, operation in (
            ("overview", self.overview, operations.OVERVIEW),
            ("tenants", self.list_tenants, operations.TENANTS),
            ("message-routes", self.list_routes, operations.ROUTES),
            ("devices", self.list_devices, operations.DEVICES),
            ("deliveries", self.list_deliveries, operations.DELIVERIES),
            ("rejected-messages", self.list_rejected, operations.REJECTED),
            ("audit", self.list_audit, operations.AUDIT),
        ):
            paths.operator("GET", f"/operator/{name}", handler, writes=False, operation=operation)

    async def overview(self) -> Response:
        """Give everything at a glance."""
        status = await self._status.current()
        tenants, totals = await self._store.list_tenants(Wanted(limit=TENANTS_AT_A_GLANCE))
        books = status.ledger
        return json_response(
            OverviewAnswer(
                totals=TotalsAnswer(
                    tenants=totals.tenants,
                    devices=totals.devices,
                    routes=totals.routes,
                    pending=books.get("pending", 0),
                    dead_letters=books.get("dead_lettered", 0),
                    rejected=books.get("rejected", 0),
                ),
                tenants=[self._tenant(each) for each in tenants.items],
                attention=await self._needs.find(None),
                ledger=dict(books),
                mqtt=status.mqtt,
                database=status.database,
                nats=status.nats,
            )
        )

    async def list_tenants(self) -> Response:
        """Give a page of the tenants."""
        page = read_page(BY_NAME)
        tenants, _ = await self._store.list_tenants(page.wanted)
        shown = [self._tenant(each) for each in tenants.items]
        return json_response(TenantPage(**page.of(tenants), tenants=shown))

    def _tenant(self, figures: TenantFigures) -> TenantAnswer:
        return tenant_answer(figures, self._budgets, self._usage_of(figures.tenant_id))

    async def list_routes(self) -> Response:
        """Give a page of the routes."""
        page = read_page(BY_ID)
        routes = await self._store.list_routes(_tenant(), page.wanted)
        shown = [operator_route_answer(route) for route in routes.items]
        return json_response(OperatorRoutePage(**page.of(routes), routes=shown))

    async def list_devices(self) -> Response:
        """Give a page of the devices."""
        page = read_page(BY_TENANT_AND_NAME)
        devices = await self._store.list_devices(_tenant(), page.wanted)
        shown = [device_answer(device) for device in devices.items]
        return json_response(DevicePage(**page.of(devices), devices=shown))

    async def list_deliveries(self) -> Response:
        """Give a page of what is pending."""
        page = read_page()
        found = await self._pending.list_all_pending(
            tenant_id=_tenant(),
            route_id=read_query_id("route_id"),
            limit=page.limit,
            offset=page.offset,
        )
        return json_response(pending_page(page, found))

    async def list_rejected(self) -> Response:
        """Give a page of the refused messages."""
        page = read_page(BY_TIME_AND_ID)
        refused = await self._store.list_refused(
            _tenant(),
            reason=read_choice("reason", Reason),
            device_id=request.args.get("device_id"),
            wanted=page.wanted,
        )
        shown = [operator_rejected_answer(each) for each in refused.items]
        return json_response(OperatorRejectedPage(**page.of(refused), messages=shown))

    async def list_audit(self) -> Response:
        """Give a page of what was changed."""
        page = read_page(BY_ID)
        chosen = AuditFilter(
            _tenant(), subject=request.args.get("subject"), action=request.args.get("action")
        )
        entries = await self._store.list_audit(chosen, page.wanted)
        shown = [audit_answer(entry) for entry in entries.items]
        return json_response(AuditPage(**page.of(entries), entries=shown))


def _tenant() -> str | None:
    """Give the tenant that the query narrows to; None for all."""
    return request.args.get("tenant_id")
