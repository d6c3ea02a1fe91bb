"""A page of a list, where the next one begins, and how many there are up to a bound: one question.

A page costs what is on it, however long the list is and wherever the page begins, as long as there
is an index for what is asked. It knows no table: a store says what its list is made of, in fixed
text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeVar

import attrs

from pulse_router.postgres.database import Database
from pulse_router.postgres.transaction import Record
from pulse_router.runtime.pages import Cursor, Found, Wanted
from pulse_router.stores.reading import read_each
from pulse_router.stores.roles import Role

T = TypeVar("T")

_LEAST: Final = -(1 << 63)

COUNTED_AT_MOST: Final = 10_000
"""Up to how many rows are counted."""

PAGE_BYTES: Final = 1024 * 1024
"""What a page may weigh: the one that would weigh more ends, or shows no further payloads."""

LOOKED_AT_MOST: Final = 5_000
"""How many rows are looked through for one page, for what no index leads to."""

BY_ROWS: Final[Mapping[str, str]] = {"seq_page_cost": "0", "random_page_cost": "0"}
"""Lets the planner go by how many rows it reads, not by how they lie on the disk.

Otherwise a list in the order of all rows, without those of others, looks cheaper to it than the
index of the tenant's rows, as if theirs lay evenly among all: a million newer ones of a neighbour
were read for the first page.
"""

Conditions = Mapping[str, object]
"""What is asked of a list: conditions in SQL with `{}` for the value. Those whose value is None are
not asked at all, so that the planner sees the index for the others."""


@attrs.frozen
class Key:
    """A column that a list is ordered by, and its type."""

    column: str
    type: str


@attrs.frozen(kw_only=True)
class List:
    """What a list is made of, in SQL.

    Attributes:
        source: What its rows come from.
        keys: What it is ordered by; together they are unique. They are among `columns`.
        descending: Whether it begins with the greatest.
        columns: What is shown of a row, worked out for the page alone. `{shown}` in it stands for
            whether what is heavy is shown of the row.
        weight: How many bytes a row weighs; None where rows are small.
        joined: What is joined to `page` for it.
    """

    source: str
    keys: Sequence[Key]
    descending: bool = False
    columns: str = "*"
    weight: str | None = None
    joined: str = ""

    @property
    def order(self) -> str:
        """What stands behind ORDER BY."""
        direction = " DESC" if self.descending else ""
        return ", ".join(f"{key.column}{direction}" for key in self.keys)

    def cursor(self, row: Record) -> Cursor:
        """Give the place behind a row."""
        return tuple(row[key.column] for key in self.keys)


class Question:
    """A question for a page, and the values in it."""

    def __init__(self) -> None:
        self.values: list[object] = []

    def value(self, value: object, kind: str = "") -> str:
        """Give the place of a value, of a type where it must be said."""
        self.values.append(value)
        return f"${len(self.values)}{f'::{kind}' if kind else ''}"

    def ask(
        self, listed: List, conditions: Conditions, wanted: Wanted, sought: Conditions | None = None
    ) -> str:
        """Put it; a question is put once."""
        asked = self._written(conditions)
        behind = self._behind(listed, wanted.after)
        found = self._written(sought or {})
        if found != "true":
            return self._seek(listed, wanted, asked, behind, found)
        bound = self.value(COUNTED_AT_MOST + 1, "bigint")
        return f"""
            WITH page AS MATERIALIZED (
              {self._page(listed, wanted, listed.source, asked + behind)}
            ), {self._shown(listed, wanted)}
            SELECT shown.*, counted.total AS total_of_all
            FROM (SELECT count(*) AS total FROM (
                    SELECT FROM {listed.source} WHERE {asked} LIMIT {bound}
                  ) AS found) AS counted
            LEFT JOIN shown ON true
            ORDER BY {listed.order}
            """  # noqa: S608 - fixed text

    def _seek(self, listed: List, wanted: Wanted, asked: str, behind: str, found: str) -> str:
        """Ask for what no index leads to, among so many rows and no more.

        `bound` is the last row that is looked at for the page, `top` for the count; null where
        these are all.
        """
        (key,) = listed.keys
        if not listed.descending or key.type != "bigint":
            raise ValueError("rows are sought in a list that begins with the greatest id")
        last = self.value(LOOKED_AT_MOST - 1, "bigint")
        bounds, looked = {}, {}
        for name, rows in (("top", asked), ("bound", asked + behind)):
            bounds[name] = f"""
              SELECT {key.column} AS id FROM {listed.source} WHERE {rows}
              ORDER BY {listed.order} LIMIT 1 OFFSET {last}
            """  # noqa: S608 - fixed text
            looked[name] = f"""
              (SELECT * FROM {listed.source} WHERE {rows}
               ORDER BY {listed.order} LIMIT {last} + 1) AS looked
            """  # noqa: S608 - fixed text
        return f"""
            WITH page AS MATERIALIZED (
              {self._page(listed, wanted, looked["bound"], found)}
            ), {self._shown(listed, wanted)}
            SELECT shown.*, counted.total AS total_of_all,
                   ({bounds["top"]}) AS top_id, ({bounds["bound"]}) AS bound_id
            FROM (SELECT count(*) AS total FROM {looked["top"]} WHERE {found}) AS counted
            LEFT JOIN shown ON true
            ORDER BY {listed.order}
            """  # noqa: S608 - fixed text

    def _written(self, conditions: Conditions) -> str:
        asked = [
            text.format(self.value(value))
            for text, value in conditions.items()
            if value is not None
        ]
        return " AND ".join(asked) or "true"

    def _page(self, listed: List, wanted: Wanted, source: str, rows: str) -> str:
        return f"""
              SELECT * FROM {source} WHERE {rows}
              ORDER BY {listed.order}
              LIMIT {self.value(wanted.limit + 1, "bigint")}
              OFFSET {self.value(wanted.offset, "bigint")}
            """  # noqa: S608 - fixed text

    def _shown(self, listed: List, wanted: Wanted) -> str:
        columns = listed.columns.replace("{shown}", "fits" if wanted.payloads else "false")
        return f"""
            weighed AS (
              SELECT page.*, {self._fits(listed)} AS fits FROM page
            ), shown AS (
              SELECT {columns}, fits, true AS is_row FROM weighed {listed.joined}
            )
            """  # noqa: S608 - fixed text

    def _behind(self, listed: List, after: Cursor | None) -> str:
        if after is None:
            return ""
        pairs = zip(after, listed.keys, strict=True)
        places = ", ".join(self.value(value, key.type) for value, key in pairs)
        columns = ", ".join(key.column for key in listed.keys)
        return f" AND ({columns}) {'<' if listed.descending else '>'} ({places})"

    @staticmethod
    def _fits(listed: List) -> str:
        """Say whether what comes before a row weighs less than a page may."""
        if listed.weight is None:
            return "true"
        return f"""
            coalesce(sum({listed.weight}) OVER (
              ORDER BY {listed.order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) < {PAGE_BYTES}
            """


async def find_page(
    database: Database,
    role: Role,
    listed: List,
    wanted: Wanted,
    make: Callable[[Record], T],
    *,
    conditions: Conditions,
    sought: Conditions | None = None,
    tenant_id: str | None = None,
) -> Found[T]:
    """Find a page of a list.

    Where something is sought, a page ends when so many rows have been looked through, with what was
    found until then, and the count with it; the next page goes on from there.

    Args:
        database: Where the rows are.
        role: Who asks.
        listed: What is listed.
        wanted: Which part of it.
        make: Makes something of a row; a row that cannot be read is left out, and told.
        conditions: What is asked of the rows, and an index leads to.
        sought: What else is: those that meet the conditions are looked through for it.
        tenant_id: Whose rows `Role.APP` sees.

    Raises:
        Unavailable: The database cannot be asked now, or takes too long.
    """
    question = Question()
    sql = question.ask(listed, conditions, wanted, sought)
    rows = await database.query(
        role, sql, *question.values, tenant_id=tenant_id, read_only=True, local=BY_ROWS
    )
    counted = rows[0]["total_of_all"]  # it comes without a row where the page is empty
    fetched = [row for row in rows if row["is_row"]]
    page = fetched[: wanted.limit]
    if wanted.after is not None:
        page = [row for row in page if row["fits"]]
    following = listed.cursor(page[-1]) if len(page) < len(fetched) else None
    if following is None and (bound := rows[0].get("bound_id")) is not None:
        following = (bound,)
    is_counted = counted <= COUNTED_AT_MOST and rows[0].get("top_id") is None
    return Found(
        read_each(database, page, make), min(counted, COUNTED_AT_MOST), is_counted, following
    )


async def find_page_of_tenant(
    database: Database,
    listed: List,
    tenant_id: str,
    wanted: Wanted,
    make: Callable[[Record], T],
    *,
    conditions: Conditions | None = None,
) -> Found[T]:
    """Find a page of a tenant's list, under row-level security."""
    return await find_page(
        database,
        Role.APP,
        listed,
        wanted,
        make,
        conditions={"tenant_id = {}": tenant_id, **(conditions or {})},
        tenant_id=tenant_id,
    )
