"""What the API description says of the operators' paths."""

from __future__ import annotations

from typing import Final

import attrs

from pulse_router.api.audit import AuditPage
from pulse_router.api.dead_letters import operations as dead_letters
from pulse_router.api.devices.bodies import DevicePage
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import (
    FIELDS,
    LIMIT,
    OFFSET,
    PAGE,
    Parameter,
    query_parameter,
)
from pulse_router.api.operators.bodies import (
    OperatorRejectedPage,
    OperatorRoutePage,
    OverviewAnswer,
    TenantPage,
)
from pulse_router.api.operators.system_bodies import SystemAnswer
from pulse_router.api.requests.responses import Page
from pulse_router.api.requests.values import Id
from pulse_router.api.routes.pending_deliveries import PendingAnswerPage
from pulse_router.domain.messages import Reason

TAG: Final = "Operators"
TENANT_ID: Final = query_parameter("tenant_id", str, "Only what is this tenant's.")


def _list(
    things: str, page: type[Page], summary: str, *filters: Parameter, description: str = ""
) -> Operation:
    """Describe a list of what tenants have, which may be narrowed to one of them."""
    return Operation(
        id=f"operator_list_{things}",
        tag=TAG,
        summary=summary,
        description=description,
        parameters=[TENANT_ID, *filters, *PAGE],
        answers={200: page},
    )


OVERVIEW: Final = Operation(
    id="operator_overview",
    tag=TAG,
    summary="See everything at a glance",
    answers={200: OverviewAnswer},
)
TENANTS: Final = Operation(
    id="operator_list_tenants",
    tag=TAG,
    summary="List the tenants and how much each has",
    parameters=[*PAGE],
    answers={200: TenantPage},
)
ROUTES: Final = _list("routes", OperatorRoutePage, "List the routes of all tenants, oldest first")
DEVICES: Final = _list("devices", DevicePage, "List the devices of all tenants")
DELIVERIES: Final = Operation(
    id="operator_list_deliveries",
    tag=TAG,
    summary="List what is pending",
    description=(
        "The longest due first, or the oldest where neither tenant nor route is given. Counted up"
        " to 10,000; `total_is_exact` says whether that is all."
    ),
    parameters=[
        TENANT_ID,
        query_parameter("route_id", Id, "Only those of this route."),
        LIMIT,
        OFFSET,
    ],
    answers={200: PendingAnswerPage},
)
REJECTED: Final = _list(
    "rejected_messages",
    OperatorRejectedPage,
    "List what was refused, and why, newest first",
    query_parameter("reason", Reason, "Only those refused for this reason."),
    query_parameter("device_id", str, "Only those of this device."),
    FIELDS,
    description="Also of tenants that have no device, and of topics that name no tenant.",
)
AUDIT: Final = _list(
    "audit",
    AuditPage,
    "List what was changed through the API, and by whom, newest first",
    query_parameter("subject", str, "Only what this subject has changed."),
    query_parameter("action", str, "Only what was changed by this operation."),
)

SYSTEM: Final = Operation(
    id="operator_system",
    tag=TAG,
    summary="See what this router runs on",
    description=(
        "The settings that hold, without secrets, and where each was given; what is and is not as"
        " it should be; and what the database says of its migrations, its tables, and the routers"
        " that work on it. It answers also while the database is away."
    ),
    answers={200: SystemAnswer},
)


def of_operators(operation: Operation, summary: str, *, by_tenant: bool = False) -> Operation:
    """Describe what an operator does as a customer does it, across tenants.

    Args:
        operation: The customer's.
        summary: What it does.
        by_tenant: Whether it may be narrowed to a tenant.
    """
    parameters = [TENANT_ID, *operation.parameters] if by_tenant else operation.parameters
    return attrs.evolve(
        operation,
        id=f"operator_{operation.id}",
        tag=TAG,
        summary=summary,
        parameters=parameters,
    )


LIST_DEAD_LETTERS: Final = of_operators(
    dead_letters.LIST, "List the dead letters of all tenants, newest first", by_tenant=True
)
SUMMARIZE_DEAD_LETTERS: Final = of_operators(
    dead_letters.SUMMARY,
    "Count dead letters by route and error, of one tenant or all",
    by_tenant=True,
)
READ_DEAD_LETTER: Final = of_operators(dead_letters.READ, "Read any tenant's dead letter")
REPLAY_DEAD_LETTER: Final = of_operators(
    dead_letters.REPLAY, "Attempt the delivery of any tenant's dead letter now"
)
REPLAY_DEAD_LETTERS: Final = of_operators(
    dead_letters.REPLAY_BATCH, "Attempt several deliveries of any tenants now"
)
DISCARD_DEAD_LETTER: Final = of_operators(
    dead_letters.DISCARD, "Give any tenant's dead letter up for good"
)
RESTORE_DEAD_LETTER: Final = of_operators(
    dead_letters.RESTORE, "Take back that any tenant's dead letter was given up"
)
PURGE_DEAD_LETTERS: Final = of_operators(
    dead_letters.PURGE, "Remove dead letters by age, of one tenant or all", by_tenant=True
)
