"""Whose data a request is for: its token's tenant, or the one that an operator reads as.

It knows nothing of HTTP, nor of how either is named.
"""

from __future__ import annotations

from typing import Annotated, Final

import attrs
import structlog
from msgspec import Meta

from pulse_router.api.access.tokens import Principal
from pulse_router.api.openapi.parameters import Parameter, header_parameter, query_parameter
from pulse_router.domain.topics import ID_PATTERN, ID_RULE

HEADER: Final = "X-Pulse-Tenant"
QUERY: Final = "tenant_id"

_TenantId = Annotated[str, Meta(pattern=f"^{ID_PATTERN.pattern}$")]
_FOR_OPERATORS: Final = "For operators: read as this tenant, whatever the token names."
IN_HEADER: Final[Parameter] = header_parameter(HEADER, _TenantId, _FOR_OPERATORS)
IN_QUERY: Final[Parameter] = query_parameter(QUERY, _TenantId, _FOR_OPERATORS)

MALFORMED: Final = f"a tenant id has {ID_RULE}"
NOT_ONES_OWN: Final = "The token is of another tenant; to read as any is for operators"
READ_ONLY: Final = "As another tenant one may read only"

_log = structlog.get_logger()


class NotAsThatTenant(Exception):
    """The request is not for that tenant's data; the message says why.

    Args:
        why: The reason.
    """


@attrs.frozen
class Reader:
    """Whose data is read, and by whom.

    Attributes:
        tenant_id: Whose; None where neither token nor request names one.
        is_foreign: Whether an operator reads as a tenant that the token does not name.
    """

    tenant_id: str | None
    is_foreign: bool = False


def reader_of(principal: Principal, named: str | None, *, is_read: bool) -> Reader:
    """Tell whose data a request is for.

    Args:
        principal: Who calls.
        named: The tenant that the request names, if any.
        is_read: Whether it can but read.

    Raises:
        ValueError: What is named is no tenant's id.
        NotAsThatTenant: The caller may not read as that tenant, or wants more than to read.
    """
    if named is None or named == principal.tenant_id:
        return Reader(principal.tenant_id)
    if not ID_PATTERN.fullmatch(named):
        raise ValueError(MALFORMED)
    if not principal.may_read_as_operator:
        raise NotAsThatTenant(NOT_ONES_OWN)
    if not is_read:
        raise NotAsThatTenant(READ_ONLY)
    return Reader(named, is_foreign=True)


def tell(principal: Principal, tenant_id: str, operation: str) -> None:
    """Say in the log that an operator reads as a tenant."""
    _log.info(
        "an operator reads as a tenant",
        subject=principal.subject,
        tenant_id=tenant_id,
        operation=operation,
    )
