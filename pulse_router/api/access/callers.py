"""Who calls, in whose name, and for which tenant: as the paths ask for it, or a problem."""

from __future__ import annotations

from typing import Final, Literal

import attrs

from pulse_router.api.access.reading_as import NotAsThatTenant, Reader, reader_of
from pulse_router.api.access.refusals import forbidden
from pulse_router.api.access.tokens import Principal
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import Parameter
from pulse_router.api.requests.problems import bad_parameter
from pulse_router.api.server.exchange import current_exchange
from pulse_router.runtime.actors import Actor

NO_TENANT: Final = "No tenant_id in token"
NO_ROLE: Final = "Unauthorized role"
NOBODY_NAMED: Final = "(a token without subject)"


def actor_of(
    principal: Principal,
    kind: Literal["customer", "operator"],
    operation: Operation,
    audit_bytes: int = 0,
) -> Actor:
    """Say in whose name a request acts."""
    return Actor(
        subject=principal.subject or NOBODY_NAMED,
        kind=kind,
        action=operation.id,
        request_id=current_exchange().request_id,
        audit_bytes=audit_bytes,
    )


def also_taking(operation: Operation, parameter: Parameter) -> Operation:
    """Describe a parameter that an operation takes beside its own."""
    return attrs.evolve(operation, parameters=[*operation.parameters, parameter])


def read_reader(principal: Principal, named: str | None, *, is_read: bool) -> Reader:
    """Find whose data a request is for.

    Raises:
        Problem: 400 or 403, when it may not be for that tenant's.
    """
    try:
        return reader_of(principal, named, is_read=is_read)
    except NotAsThatTenant as refused:
        raise forbidden(f"{refused}.") from None
    except ValueError as error:
        raise bad_parameter("tenant", str(error), named or "") from None


def tenant_of(principal: Principal, reader: Reader, *, writes: bool) -> str:
    """Give the tenant, if the caller may do that with its data.

    Raises:
        Problem: 403, when there is none, or it may not.
    """
    if reader.tenant_id is None:
        raise forbidden(f"{NO_TENANT}.")
    allowed = principal.may_write_as_customer if writes else principal.may_read_as_customer
    if not allowed:
        raise forbidden(f"{NO_ROLE}.")
    return reader.tenant_id
