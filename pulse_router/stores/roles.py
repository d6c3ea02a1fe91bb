"""Who the stores act as on the server; `sql/` grants each of them what it needs."""

from __future__ import annotations

from typing import Final

from pulse_router.postgres import transaction


class Role(transaction.Role):
    """Who a transaction acts as; each role may touch only what its part of the house needs."""

    APP = "pulse_app"
    INGEST = "pulse_ingest"
    OPERATOR = "pulse_operator"


ALL_ROLES: Final = tuple(role.value for role in Role)
