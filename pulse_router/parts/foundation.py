"""What every room stands on."""

from __future__ import annotations

from collections.abc import Callable, Collection, MutableSequence
from typing import Final

import attrs

from pulse_router.postgres.database import Database
from pulse_router.runtime.readiness import Readiness
from pulse_router.settings import Settings

API_SHARE: Final = 2
"""Requests hold one connection in two at the most, whatever they wait for there."""


STATEMENT_SECONDS: Final = 5.0
"""How long a statement of a request may take: it holds what others need."""


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
    """

    settings: Settings
    database: Database
    api_database: Database
    readiness: Readiness
    republish_prefixes: MutableSequence[str]
    certificates_of: Callable[[str], Collection[str]]


def lay_foundation(
    settings: Settings,
    database: Database,
    readiness: Readiness,
    certificates_of: Callable[[str], Collection[str]],
) -> Foundation:
    """Share the database out between the stages and the API."""
    connections = max(1, settings.database.pool_size // API_SHARE)
    api_database = database.share(connections, statement_seconds=STATEMENT_SECONDS)
    prefixes = list(settings.delivery.republish_prefixes)
    return Foundation(settings, database, api_database, readiness, prefixes, certificates_of)
