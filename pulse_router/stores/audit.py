"""What people have changed, as it was written down; satisfies the API's `AuditLog`."""

from __future__ import annotations

from typing import Final

from pulse_router.domain.operators import AuditEntry, AuditFilter
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Found, Wanted
from pulse_router.stores.lists import Key, List, find_page
from pulse_router.stores.reading import read_json_object
from pulse_router.stores.roles import Role

_AUDITED_BYTES: Final = (
    "octet_length(coalesce(before::text, '')) + octet_length(coalesce(after::text, ''))"
)
AUDITED: Final = List(
    source="audit_log",
    keys=[Key("id", "bigint")],
    descending=True,
    columns=f"""
    id, at, subject, actor, action, request_id, tenant_id, target_type, target_id, changed,
    CASE WHEN {{shown}} THEN before END AS before, CASE WHEN {{shown}} THEN after END AS after,
    CASE WHEN {{shown}} THEN 0 ELSE {_AUDITED_BYTES} END AS omitted_bytes
    """,
    weight=f"{_AUDITED_BYTES} + 500",
)


class PostgresAuditLog:
    """A tenant's part of the log.

    Args:
        database: Where it is kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list_own(
        self, tenant_id: str, chosen: AuditFilter, wanted: Wanted
    ) -> Found[AuditEntry]:
        """See the port. No tenant's role may read the log: the router does, for this one."""
        conditions = {
            "tenant_id = {}": tenant_id,
            "target_type = {}": chosen.target_type,
            "target_id = {}": chosen.target_id,
            "action = {}": chosen.action,
        }
        return await find_page(
            self._database,
            Role.OPERATOR,
            AUDITED,
            wanted,
            read_audit,
            conditions=conditions,
            tenant_id=tenant_id,
        )


def read_audit(row: Record) -> AuditEntry:
    """Make an entry of a row of `audit_log`."""
    return AuditEntry(
        id=row["id"],
        at=row["at"],
        subject=row["subject"],
        actor=row["actor"],
        action=row["action"],
        request_id=row["request_id"],
        tenant_id=row["tenant_id"],
        target_type=row["target_type"],
        target_id=row["target_id"],
        changed=row["changed"],
        before=None if row["before"] is None else read_json_object(row["before"]),
        after=None if row["after"] is None else read_json_object(row["after"]),
        omitted_bytes=row["omitted_bytes"],
    )
