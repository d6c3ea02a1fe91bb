"""`/whoami`: whose token it is, until when, and what may be done with it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.access.tokens import Principal
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.requests.responses import json_response
from pulse_router.api.requests.values import Time

PATH: Final = "/whoami"


class Rights(msgspec.Struct):
    """What the bearer may do; with its tenant's data only if the token names a tenant."""

    read_own: bool
    write_own: bool
    read_all: bool
    write_all: bool


class WhoamiAnswer(msgspec.Struct):
    """Whose token it is. `roles` are all that it names, those too that mean nothing here."""

    subject: str | None
    tenant_id: str | None
    roles: list[str]
    expires_at: Time
    may: Rights


_WHOAMI: Final = Operation(
    id="whoami",
    tag="Access",
    summary="See whose token it is, and what may be done with it",
    answers={200: WhoamiAnswer},
)


class Whoami:
    """Tells the bearer of a token who that is."""

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.holder(PATH, self.tell, operation=_WHOAMI)

    async def tell(self, principal: Principal) -> Response:
        """Say who calls."""
        has_tenant = principal.tenant_id is not None
        return json_response(
            WhoamiAnswer(
                subject=principal.subject,
                tenant_id=principal.tenant_id,
                roles=sorted(principal.roles),
                expires_at=datetime.fromtimestamp(principal.expires_at, UTC),
                may=Rights(
                    read_own=has_tenant and principal.may_read_as_customer,
                    write_own=has_tenant and principal.may_write_as_customer,
                    read_all=principal.may_read_as_operator,
                    write_all=principal.may_write_as_operator,
                ),
            )
        )
