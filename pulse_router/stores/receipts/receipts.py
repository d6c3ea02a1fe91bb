"""Receipts as people look for them; satisfies the port `Receipts` and the API's `ReceiptStore`.

A tenant's calls run as `pulse_app`, by functions of the database that give it its own alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Final

from pulse_router.domain.receipts import Receipt, ReceiptFilter, ReceiptMinute, ReceiptPage
from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.attempt_history import read_history
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

_FIND: Final = "SELECT * FROM receipts_find($1, $2)"
_LEFT_OUT: Final = "SELECT receipts_left_out($1, $2)"
_OF_ROUTE: Final = "SELECT * FROM receipts_of_route($1, $2, $3, $4, $5)"
_BY_MINUTE: Final = "SELECT * FROM receipts_by_minute($1, $2, $3)"

FEW_ROWS: Final = 4
MOST_ROWS: Final = 256
"""How many rows are read at once: a page may be one of them, or take hundreds that are not put
together yet."""
ROWS_OF_PAGE: Final = 1_000
"""After how many rows a page ends, whatever was found."""
HIGHEST_ID: Final = 2**63 - 1


class PostgresReceipts:
    """The receipts.

    Args:
        database: Where they are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(
        self, tenant_id: str, *, event_id: int | None = None, delivery_id: int | None = None
    ) -> Sequence[Receipt]:
        """See the port."""
        rows = await self._database.query(
            Role.APP, _FIND, event_id, delivery_id, tenant_id=tenant_id, read_only=True
        )
        return read_each(self._database, rows, read_receipt)

    async def left_out(
        self, tenant_id: str, *, event_id: int | None = None, delivery_id: int | None = None
    ) -> int:
        """See the port."""
        [(count,)] = await self._database.query(
            Role.APP, _LEFT_OUT, event_id, delivery_id, tenant_id=tenant_id, read_only=True
        )
        return int(count)

    async def list_of_route(
        self,
        tenant_id: str,
        route_id: int,
        chosen: ReceiptFilter,
        *,
        limit: int,
        after: tuple[datetime, int] | None = None,
    ) -> ReceiptPage:
        """See the port.

        Rows come by when they end, and each lies within an hour; what is newer than the end of the
        first row that was not read is complete, and the rest is read with it.
        """
        found: list[Receipt] = []
        wanted, read = FEW_ROWS, 0
        while True:
            upto = chosen.end if after is None else after[0]
            values = (route_id, chosen.start, upto, chosen.status, wanted + 1)
            rows = await self._database.query(
                Role.APP, _OF_ROUTE, *values, tenant_id=tenant_id, read_only=True
            )
            horizon = rows[wanted]["settled_at"] if len(rows) > wanted else None
            held = read_each(
                self._database, rows[:wanted], lambda row: list(_expand(row, route_id, chosen))
            )
            found += sorted(
                (
                    receipt
                    for receipt in chain.from_iterable(held)
                    if (after is None or _place(receipt) < after)
                    and (horizon is None or receipt.settled_at > horizon)
                ),
                key=_place,
                reverse=True,
            )
            if len(found) > limit:
                return ReceiptPage(found[:limit], _place(found[limit - 1]))
            if horizon is None:
                return ReceiptPage(found, None)
            after = (horizon, HIGHEST_ID)
            read += wanted
            if read >= ROWS_OF_PAGE:
                return ReceiptPage(found, after)
            wanted = min(wanted * 4, MOST_ROWS)

    async def count_by_minute(
        self, tenant_id: str, route_id: int, start: datetime, end: datetime
    ) -> Sequence[ReceiptMinute]:
        """See the port."""
        rows = await self._database.query(
            Role.APP, _BY_MINUTE, route_id, start, end, tenant_id=tenant_id, read_only=True
        )
        counts: dict[datetime, dict[int | None, int]] = {}
        left_out: dict[datetime, int] = {}
        for minute, status, count, left in rows:
            of_minute = counts.setdefault(minute, {})
            if left:
                left_out[minute] = left
            else:
                of_minute[status] = count
        return [
            ReceiptMinute(at, of_minute, left_out.get(at, 0)) for at, of_minute in counts.items()
        ]


def _place(receipt: Receipt) -> tuple[datetime, int]:
    return receipt.settled_at, receipt.delivery_id


def _expand(row: Record, route_id: int, chosen: ReceiptFilter) -> Iterator[Receipt]:
    """Give those of a row that are asked for."""
    place = 0
    runs = zip(row["run_settled_at"], row["run_statuses"], row["run_counts"], strict=True)
    for settled_at, status, count in runs:
        first, place = place, place + count
        if (
            (chosen.status is None or status == chosen.status)
            and (chosen.start is None or settled_at >= chosen.start)
            and (chosen.end is None or settled_at < chosen.end)
        ):
            for at in range(first, place):
                yield Receipt(
                    delivery_id=row["delivery_ids"][at],
                    event_id=row["event_ids"][at],
                    route_id=route_id,
                    settled_at=settled_at,
                    attempts=row["attempts"][at],
                    status=status,
                    milliseconds=row["milliseconds"][at],
                )


def read_receipt(row: Record) -> Receipt:
    """Make a receipt of a row of `receipts_find`."""
    return Receipt(
        delivery_id=row["delivery_id"],
        event_id=row["event_id"],
        route_id=row["route_id"],
        settled_at=row["settled_at"],
        attempts=row["attempts"],
        status=row["status"],
        milliseconds=row["milliseconds"],
        history=read_history(row["history"]),
    )
