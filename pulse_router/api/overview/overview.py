"""`/customer/overview`: a tenant at a glance."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.overview.needs import AttentionAnswer, Needs
from pulse_router.api.overview.ports import OverviewStore
from pulse_router.api.requests.responses import json_response
from pulse_router.api.requests.values import Time
from pulse_router.runtime.ledger import books_of_tenant, mismatch_of_tenant

PATH: Final = "/customer/overview"


class StatesAnswer(msgspec.Struct):
    """How many of the tenant's things are in which state; alerts are counted up to 10,000."""

    routes_enabled: int
    routes_disabled: int
    devices_active: int
    devices_revoked: int
    groups: int
    alerts_open: int
    alerts_acknowledged: int


class CustomerOverview(msgspec.Struct):
    """A tenant at a glance.

    `books` are those of all routers together: received = stored + rejected + duplicate, and
    matched = written + delivered + pending + dead_lettered + replayed + discarded. `mismatch` says
    by how much an equation is off, or that dead letters have vanished (`buried`); it is null where
    more than 10,000 are pending or dead, which are not counted to the end. What is received is the
    sum of its ends: what is missing there is in no tenant's books, and told by `/health`.
    """

    tenant_id: str
    at: Time
    books: dict[str, int]
    pending_is_exact: bool
    dead_lettered_is_exact: bool
    mismatch: dict[str, int | None]
    states: StatesAnswer
    attention: list[AttentionAnswer]


_OVERVIEW: Final = Operation(
    id="overview",
    tag="Overview",
    summary="See everything at a glance, and what needs attention",
    description=(
        "`attention` is in order: a part missing, books off, messages lost upstream, a route"
        " without its key or gone (410), a breaker open, dead letters of the last hour, devices"
        " silent for a day, devices refused within the last hour, open alerts. Each has its one"
        " `action`."
    ),
    answers={200: CustomerOverview},
)


class Overview:
    """Shows a tenant at a glance.

    Args:
        store: What there is.
        needs: What needs attention.
    """

    def __init__(self, store: OverviewStore, needs: Needs) -> None:
        self._store = store
        self._needs = needs

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.show, writes=False, operation=_OVERVIEW)

    async def show(self, tenant_id: str) -> Response:
        """Show it."""
        books = await self._store.load_books(tenant_id)
        states = await self._store.load_states(tenant_id)
        is_exact = books.pending_is_exact and books.dead_lettered_is_exact
        mismatch = mismatch_of_tenant(
            books.counts, is_exact=is_exact, dead_is_exact=books.dead_lettered_is_exact
        )
        return json_response(
            CustomerOverview(
                tenant_id=tenant_id,
                at=datetime.now(UTC),
                books=books_of_tenant(books.counts),
                pending_is_exact=books.pending_is_exact,
                dead_lettered_is_exact=books.dead_lettered_is_exact,
                mismatch=mismatch,
                states=msgspec.convert(states, StatesAnswer, from_attributes=True),
                attention=await self._needs.find(tenant_id, mismatch.values()),
            )
        )
