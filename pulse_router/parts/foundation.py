"""What every room stands on."""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableSequence
from typing import Final

import attrs

from pulse_router import options
from pulse_router.api.access.gate import TenantGate
from pulse_router.domain.budgets import Budgets, NoShareLeft
from pulse_router.postgres.database import Database
from pulse_router.postgres.shares import Share
from pulse_router.runtime.readiness import Readiness
from pulse_router.runtime.shares import Shares
from pulse_router.settings import Settings
from pulse_router.stores.heartbeats import Heartbeats

API_SHARE: Final = 2
"""Requests hold one connection in two at the most, whatever they wait for there."""


STATEMENT_SECONDS: Final = 5.0
"""How long a statement of a request may take: it holds what others need."""

SHARE_SECONDS: Final = 10.0
"""How long a request waits for its tenant's share of the connections."""


@attrs.frozen
class Foundation:
    """What every room stands on.

    Attributes:
        settings: What the operator has set.
        database: Where everything is kept.
        api_database: The same, for requests: they hold part of its connections at the most.
        readiness: Whom the parts tell of their troubles.
        republish_prefixes: Where routes may republish now; it changes when settings are read again.
        certificates_of: Names the certificates that a tenant's webhooks may show now.
        budgets: What a tenant may have and ask for now.
        gate: Lets the tenants' requests in.
        connections: The tenants' shares of the connections for requests.
        heartbeats: What this life of the router has seen of others.
    """

    settings: Settings
    database: Database
    api_database: Database
    readiness: Readiness
    republish_prefixes: MutableSequence[str]
    certificates_of: Callable[[str], Collection[str]]
    budgets: Budgets
    gate: TenantGate
    connections: Shares
    heartbeats: Heartbeats = attrs.field(factory=Heartbeats)


def lay_foundation(
    settings: Settings,
    database: Database,
    readiness: Readiness,
    certificates_of: Callable[[str], Collection[str]],
) -> Foundation:
    """Share the database out between the stages and the API."""
    budgets = options.budgets(settings)
    shares = _share_connections(budgets)
    connections = max(1, settings.database.pool_size // API_SHARE)
    api_database = database.share(
        Share(connections, shares.hold), statement_seconds=STATEMENT_SECONDS
    )
    return Foundation(
        settings,
        database,
        api_database,
        readiness,
        republish_prefixes=list(settings.delivery.republish_prefixes),
        certificates_of=certificates_of,
        budgets=budgets,
        gate=TenantGate(budgets),
        connections=shares,
    )


def _share_connections(budgets: Budgets) -> Shares:
    """Give each tenant its share of the connections for requests."""

    def refuse(tenant_id: str, most: int) -> Exception:
        budgets.refused(tenant_id, "database_connections")
        return NoShareLeft("database_connections", limit=most, usage=most)

    return Shares(
        lambda tenant_id: budgets.of(tenant_id).database_connections,
        patience_seconds=SHARE_SECONDS,
        refuse=refuse,
    )
