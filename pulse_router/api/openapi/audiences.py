"""Who may call an operation, and the roles that make somebody one of them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

CUSTOMER_WRITERS: Final = frozenset({"customer", "customer_admin", "tenant-admin"})
CUSTOMER_READERS: Final = CUSTOMER_WRITERS | {"customer_viewer"}
OPERATOR_WRITERS: Final = frozenset({"operator-admin"})
OPERATOR_READERS: Final = OPERATOR_WRITERS | {"operator"}
ROLES: Final = CUSTOMER_READERS | OPERATOR_READERS


class Audience(StrEnum):
    """Who may call an operation."""

    PUBLIC = "public"
    HOLDER = "holder"
    """Of a valid token, whatever it is for."""
    CUSTOMER_READER = "customer-reader"
    CUSTOMER_WRITER = "customer-writer"
    OPERATOR_READER = "operator-reader"
    OPERATOR_WRITER = "operator-writer"


ALLOWED: Final[Mapping[Audience, frozenset[str]]] = {
    Audience.CUSTOMER_READER: CUSTOMER_READERS | OPERATOR_READERS,
    Audience.CUSTOMER_WRITER: CUSTOMER_WRITERS,
    Audience.OPERATOR_READER: OPERATOR_READERS,
    Audience.OPERATOR_WRITER: OPERATOR_WRITERS,
}
"""Which roles let somebody in, where a token is asked for."""
