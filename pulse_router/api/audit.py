"""`/customer/audit`: what was changed of a tenant's things through the API, and by whom.

How changes look in answers is said here for operators too, who see everybody's.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, Protocol

import msgspec
from msgspec import UNSET, UnsetType
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import FIELDS, PAGE, query_parameter
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.problems import bad_parameter
from pulse_router.api.requests.reading import read_page
from pulse_router.api.requests.responses import Page, json_response, utc
from pulse_router.api.requests.values import Time
from pulse_router.domain.operators import AuditEntry, AuditFilter
from pulse_router.runtime.pages import Found, Wanted

PATH: Final = "/customer/audit"

_LONG_IDS: Final = frozenset({"delivery_id", "event_id"})
"""Columns that are audited and hold 64-bit ids, which are decimal strings in every answer."""

_TIMES: Final = ("_at", "_since", "_time")
"""How the names of columns with times end."""


class AuditAnswer(msgspec.Struct):
    """A change that somebody has made through the API.

    `changed` names every field that differs, also those that `before` and `after` leave out because
    they are secret. Where many things changed at once, `target_id` is null, and `before` or `after`
    has their `count`. What is too heavy for a page by `offset` is null in both, and `omitted_bytes`
    says what it weighs: a page by `after` shows it.
    """

    id: int
    at: Time
    subject: str
    actor: Literal["customer", "operator"]
    action: str
    request_id: str
    tenant_id: str
    target_type: str
    target_id: str | None
    changed: list[str]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    omitted_bytes: int | UnsetType = UNSET


class AuditPage(Page):
    """A page of changes."""

    entries: list[AuditAnswer]


_LIST: Final = Operation(
    id="list_audit",
    tag="Overview",
    summary="List what was changed of one's own, and by whom, newest first",
    description=(
        "Also what operators have changed. With `target_type` and `target_id` it is what was done"
        " to one record, one that is gone included."
    ),
    parameters=[
        query_parameter("target_type", str, "Only changes of this kind of thing."),
        query_parameter("target_id", str, "Only those of this one; `target_type` must be given."),
        query_parameter("action", str, "Only what was changed by this operation."),
        *PAGE,
        FIELDS,
    ],
    answers={200: AuditPage},
)


class AuditLog(Protocol):
    """Where changes are written down."""

    async def list_own(
        self, tenant_id: str, chosen: AuditFilter, wanted: Wanted
    ) -> Found[AuditEntry]:
        """Give a page of what was changed of a tenant's, newest first.

        Args:
            tenant_id: Whose.
            chosen: Which of them; it need not name the tenant.
            wanted: Which page.

        Raises:
            Unavailable: The database cannot be asked now.
        """
        ...


class Audit:
    """Shows tenants what was changed of theirs.

    Args:
        log: Where it is written down.
    """

    def __init__(self, log: AuditLog) -> None:
        self._log = log

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.list_own, writes=False, operation=_LIST)

    async def list_own(self, tenant_id: str) -> Response:
        """Give a page of what was changed."""
        page, asked = read_page(BY_ID), request.args
        target_id = asked.get("target_id")
        if target_id is not None and "target_type" not in asked:
            raise bad_parameter("target_id", "needs 'target_type' beside it", target_id)
        chosen = AuditFilter(
            action=asked.get("action"), target_type=asked.get("target_type"), target_id=target_id
        )
        entries = await self._log.list_own(tenant_id, chosen, page.wanted)
        shown = [audit_answer(entry) for entry in entries.items]
        return json_response(AuditPage(**page.of(entries), entries=shown))


def audit_answer(entry: AuditEntry) -> AuditAnswer:
    """Show a change."""
    return AuditAnswer(
        id=entry.id,
        at=utc(entry.at),
        subject=entry.subject,
        actor="operator" if entry.actor == "operator" else "customer",
        action=entry.action,
        request_id=entry.request_id,
        tenant_id=entry.tenant_id,
        target_type=entry.target_type,
        target_id=entry.target_id,
        changed=list(entry.changed),
        before=None if entry.before is None else _audited(entry.before),
        after=None if entry.after is None else _audited(entry.after),
        omitted_bytes=entry.omitted_bytes or UNSET,
    )


def _audited(row: Mapping[str, Any]) -> dict[str, Any]:
    """Show a row that PostgreSQL has written as JSON in the forms of all other answers."""
    return {name: _shown(name, value) for name, value in row.items()}


def _shown(name: str, value: object) -> object:
    if name in _LONG_IDS and isinstance(value, int):
        return str(value)
    if name.endswith(_TIMES) and isinstance(value, str):
        try:
            return utc(datetime.fromisoformat(value))
        except ValueError:  # PostgreSQL knows times that Python does not, such as infinity
            return value
    return value
