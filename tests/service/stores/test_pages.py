"""A page and how many there are, on a real PostgreSQL: one question, exact or up to a bound."""

from __future__ import annotations

import pytest

from pulse_router.postgres.database import Database
from pulse_router.stores.pages import Listing, Page, fetch_page
from pulse_router.stores.roles import Role

NUMBERS = Listing(
    source="(SELECT n, n % 2 AS is_odd FROM generate_series(1, $1::bigint) AS n LIMIT {most}) AS s",
    wanted="is_odd >= $2::bigint",
    order="n DESC",
    columns="n, n * 10 AS tenfold",
)
ALL = Listing(source="generate_series(1, $1::bigint) AS n", order="n")


async def ask(
    database: Database, size: int, *, limit: int, offset: int = 0, at_most: int | None = None
) -> Page:
    return await fetch_page(
        database, Role.APP, ALL, size, limit=limit, offset=offset, count_at_most=at_most
    )


def numbers(page: Page) -> list[int]:
    return [row["n"] for row in page.rows]


@pytest.mark.parametrize(
    ("limit", "offset", "expected"),
    [(3, 0, [1, 2, 3]), (3, 6, [7]), (3, 7, []), (3, 10**9, []), (0, 0, [])],
)
async def test_the_total_is_told_whatever_the_page_holds(
    database: Database, limit: int, offset: int, expected: list[int]
) -> None:
    page = await ask(database, 7, limit=limit, offset=offset)
    assert numbers(page) == expected
    assert (page.total.count, page.total.is_exact) == (7, True)


@pytest.mark.parametrize(
    ("size", "total", "is_exact"), [(0, 0, True), (19, 19, True), (20, 20, True), (21, 20, False)]
)
async def test_a_bounded_total_is_exact_until_there_are_more_than_the_bound(
    database: Database, size: int, total: int, is_exact: bool
) -> None:
    page = await ask(database, size, limit=2, at_most=20)
    assert len(page.rows) == min(size, 2)
    assert (page.total.count, page.total.is_exact) == (total, is_exact)


async def test_a_source_that_stops_by_itself_reads_as_far_as_page_and_count_need(
    database: Database,
) -> None:
    page = await fetch_page(
        database, Role.APP, NUMBERS, 1000, 0, limit=2, offset=3, count_at_most=30
    )
    assert page.read(lambda row: (row["n"], row["tenfold"])) == ([(2, 20), (1, 10)], 30)
    assert not page.total.is_exact
