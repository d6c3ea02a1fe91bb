"""What operators read, across tenants."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs
import msgspec

from pulse_router.api.overview.needs import AttentionAnswer
from pulse_router.api.rejected_messages import RejectedMessage, rejected_answer
from pulse_router.api.requests.responses import Page, utc_or_none
from pulse_router.api.requests.values import Time
from pulse_router.api.routes.bodies import ListedRoute, listed_route
from pulse_router.domain.budgets import Budgets
from pulse_router.domain.destinations import without_secrets
from pulse_router.domain.operators import COUNTED_AT_MOST, Refusal, TenantFigures
from pulse_router.domain.routes import Route


class TenantLimitAnswer(msgspec.Struct):
    """A bound of a tenant: how much it uses of it, and what was refused since the router's start.

    `limit` is null where there is none. Where `usage_is_exact` is false, it is more than `usage`;
    `usage` is null where it is not told.
    """

    name: str
    usage: float | None
    usage_is_exact: bool
    limit: float | None
    refused: int


class TenantAnswer(msgspec.Struct):
    """How much a tenant has, each counted up to 10,000, and how much it may have.

    `last_message_at` is when the last of its devices was heard of; it is written down every half
    minute.
    """

    tenant_id: str
    devices: int
    routes: int
    enabled_routes: int
    pending: int
    dead_letters: int
    rejected: int
    last_message_at: Time | None
    limits: list[TenantLimitAnswer]


class TenantPage(Page):
    """A page of tenants: all that have a device, a route or a dead letter."""

    tenants: list[TenantAnswer]


class TotalsAnswer(msgspec.Struct):
    """How much there is in all."""

    tenants: int
    devices: int
    routes: int
    pending: int
    dead_letters: int
    rejected: int


class OverviewAnswer(msgspec.Struct):
    """Everything at a glance: the first 100 tenants, the totals, the books and the connections.

    `attention` is what needs it, of everybody, as in a tenant's overview.

    `rejected` of the totals counts since the books began, that of a tenant what is still kept.
    """

    totals: TotalsAnswer
    tenants: list[TenantAnswer]
    attention: list[AttentionAnswer]
    ledger: dict[str, Any]
    mqtt: str
    database: str
    nats: str


class OperatorRouteAnswer(ListedRoute):
    """A tenant's route; the values of its headers and the query of its URL are masked as well."""


class OperatorRoutePage(Page):
    """A page of routes."""

    routes: list[OperatorRouteAnswer]


class OperatorRejectedMessage(RejectedMessage):
    """A refused message; its tenant is the one that its topic names, registered or not."""

    tenant_id: str | None


class OperatorRejectedPage(Page):
    """A page of refused messages."""

    messages: list[OperatorRejectedMessage]


def tenant_answer(
    figures: TenantFigures, budgets: Budgets, usage: Mapping[str, float]
) -> TenantAnswer:
    """Show a tenant's figures.

    Args:
        figures: What is counted in the database.
        budgets: What tenants may have, and what was refused.
        usage: What is used, now, of the bounds that are looked at in this process.
    """
    return TenantAnswer(
        tenant_id=figures.tenant_id,
        devices=figures.devices,
        routes=figures.routes,
        enabled_routes=figures.enabled_routes,
        pending=figures.pending,
        dead_letters=figures.dead_letters,
        rejected=figures.rejected,
        last_message_at=utc_or_none(figures.last_message_at),
        limits=list(_limits(figures, budgets, usage)),
    )


def _limits(
    figures: TenantFigures, budgets: Budgets, usage: Mapping[str, float]
) -> Iterator[TenantLimitAnswer]:
    counted: Mapping[str, float] = {
        "routes": figures.routes,
        "devices": figures.devices,
        "groups": figures.groups,
        "open_alerts": figures.open_alerts,
        "pending_deliveries": figures.pending,
        "dead_letters": figures.dead_letters,
    }
    refusals = budgets.refusals_of(figures.tenant_id)
    for name, limit in attrs.asdict(budgets.of(figures.tenant_id)).items():
        used = counted.get(name, figures.audit_bytes if name == "audit_bytes" else usage.get(name))
        yield TenantLimitAnswer(
            name=name,
            usage=used,
            usage_is_exact=name not in counted or (used or 0) < COUNTED_AT_MOST,
            limit=limit or None,
            refused=refusals.get(name, 0),
        )


def operator_route_answer(route: Route) -> OperatorRouteAnswer:
    """Show a tenant's route to the operator, whom its credentials do not concern."""
    shown = msgspec.structs.asdict(listed_route(route))
    if shown["destination_config"] is not None:
        shown["destination_config"] = without_secrets(shown["destination_config"])
    return OperatorRouteAnswer(**shown)


def operator_rejected_answer(refusal: Refusal) -> OperatorRejectedMessage:
    """Show a refused message and whose it claims to be."""
    shown = msgspec.structs.asdict(rejected_answer(refusal.message))
    return OperatorRejectedMessage(**shown, tenant_id=refusal.tenant_id)
