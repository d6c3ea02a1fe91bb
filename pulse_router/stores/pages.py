"""A page of rows and how many there are in all, asked for in one question.

It knows no table: a store says what its list is made of, in fixed text. A page that begins behind a
certain row is one more condition in `wanted`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import attrs

from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

T = TypeVar("T")


@attrs.frozen
class Listing:
    """What a list is made of, in SQL; the values it is asked with are its `$1`, `$2`, ….

    Attributes:
        source: What its rows come from. `{most}` in it stands for how many are read at the most,
            where that must be known further down than at the end; counting needs a bound then.
        order: The columns that it is ordered by; they are among `columns`.
        wanted: Which of the rows are in it.
        columns: What is shown of a row, worked out for the page alone.
        joined: What is joined to `page` for it.
        settings: What is set for the question, for the planner.
    """

    source: str
    order: str
    wanted: str = "true"
    columns: str = "*"
    joined: str = ""
    settings: str = ""

    def ask(self, values: int, *, is_bounded: bool) -> str:
        """Put the question; behind so many values come limit, offset and the count's bound."""
        limit, offset, bound = (f"${values + n}::bigint" for n in (1, 2, 3))
        counted = f"SELECT FROM {self._within(bound)} WHERE {self.wanted}"
        return f"""
            WITH page AS (
              SELECT * FROM {self._within(f"({limit} + {offset})")} WHERE {self.wanted}
              ORDER BY {self.order} LIMIT {limit} OFFSET {offset}
            )
            SELECT shown.*, counted.total AS total_of_all
            FROM (SELECT count(*) AS total
                  FROM ({counted}{f" LIMIT {bound}" if is_bounded else ""}) AS found) AS counted
            LEFT JOIN (SELECT {self.columns}, true AS is_row FROM page {self.joined}) AS shown
              ON true
            ORDER BY {self.order}
            """  # noqa: S608 - fixed text

    def _within(self, most: str) -> str:
        return self.source.replace("{most}", most)


@attrs.frozen
class Total:
    """How many there are; where that is not exact, there are more than `count`."""

    count: int
    is_exact: bool = True

    @classmethod
    def up_to(cls, at_most: int, counted: int) -> Total:
        """Make sense of a count that went no further than one above `at_most`."""
        return cls(min(counted, at_most), counted <= at_most)


@attrs.frozen
class Page:
    """Some rows of a list, in its order, and how many it has."""

    rows: Sequence[Record]
    total: Total
    database: Database

    def read(self, make: Callable[[Record], T]) -> tuple[Sequence[T], int]:
        """Make something of each row that can be read; give these, and how many rows there are."""
        return read_each(self.database, self.rows, make), self.total.count


async def fetch_page(
    database: Database,
    role: Role,
    listing: Listing,
    *values: object,
    limit: int,
    offset: int,
    tenant_id: str | None = None,
    count_at_most: int | None = None,
) -> Page:
    """Fetch a page of a list, and count the list.

    One question for both: each costs as much as all the rest of a small page.

    Args:
        database: Where the rows are.
        role: Who asks.
        listing: What is listed.
        values: The values in it.
        limit: How many rows at the most.
        offset: How many to pass over.
        tenant_id: Whose rows `Role.APP` sees.
        count_at_most: Up to how many are counted; None for all, whatever that costs.

    Raises:
        Unavailable: The database cannot be asked now.
    """
    sql = listing.ask(len(values), is_bounded=count_at_most is not None)
    bound = [] if count_at_most is None else [count_at_most + 1]
    arguments = [*values, limit, offset, *bound]
    if listing.settings:
        async with database.transaction(role, tenant_id=tenant_id, read_only=True) as transaction:
            await transaction.execute(listing.settings)
            rows = await transaction.fetch(sql, *arguments)
    else:
        rows = await database.query(role, sql, *arguments, tenant_id=tenant_id, read_only=True)
    counted = rows[0]["total_of_all"]  # it comes without a row where the page is empty
    total = Total(counted) if count_at_most is None else Total.up_to(count_at_most, counted)
    return Page([row for row in rows if row["is_row"]], total, database)


async def fetch_page_of_tenant(
    database: Database, listing: Listing, tenant_id: str, *values: object, limit: int, offset: int
) -> Page:
    """Fetch a page of a tenant's list, under row-level security; the tenant is its `$1`."""
    return await fetch_page(
        database,
        Role.APP,
        listing,
        tenant_id,
        *values,
        limit=limit,
        offset=offset,
        tenant_id=tenant_id,
    )
