"""Stored messages for previews: in the order of arrival, of all types, page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pulse_router.domain.telemetry import MessageRange
from pulse_router.postgres.database import Database
from pulse_router.stores.telemetry.preview import (
    PAGE_BYTES,
    PAGE_MESSAGES,
    PostgresMessageSource,
)
from tests.support.delivery.held_snapshot import buffers
from tests.support.ingest.telemetry import message, store

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
ALL = 2**63 - 1
PAGE = "SELECT * FROM telemetry_preview($1, $2, $3, $4)"


async def read(source: PostgresMessageSource, found: MessageRange) -> list[list[int]]:
    """The ids of each page."""
    pages: list[list[int]] = []
    after = found.after
    while page := await source.load_page("TENANT1", after=after, up_to=found.up_to):
        pages.append([each.event_id for each in page])
        after = pages[-1][-1]
    return pages


async def test_all_types_come_in_one_order_and_the_newest_are_found(database: Database) -> None:
    source = PostgresMessageSource(database)
    assert await source.find_range("TENANT1", after=-1, up_to=ALL, most=10) is None
    await store(
        database,
        [
            message(
                number,
                NOON + timedelta(seconds=number // 2),
                tenant_id=f"TENANT{1 + number % 2}",
                msg_type="telemetry" if number % 3 else "event",
            )
            for number in range(24_000)
        ],
    )
    own = list(range(0, 24_000, 2))
    for most in (1, 7, 10_000, 10_001, 11_999):
        found = await source.find_range("TENANT1", after=-1, up_to=ALL, most=most)
        assert found == MessageRange(own[-most - 1], own[-1], has_more=True)
    for most in (12_000, 100_000):
        found = await source.find_range("TENANT1", after=-1, up_to=ALL, most=most)
        assert found == MessageRange(-1, own[-1], has_more=False)
    found = await source.find_range("TENANT1", after=100, up_to=5_000, most=2_000)
    assert found == MessageRange(1_000, 5_000, has_more=True)
    pages = await read(source, found)
    assert [each for page in pages for each in page] == list(range(1_002, 5_001, 2))
    assert [len(page) for page in pages] == [PAGE_MESSAGES] * 4


async def test_a_page_ends_when_it_weighs_enough(database: Database) -> None:
    heavy = '{"text":"' + "x" * (PAGE_BYTES // 2) + '"}'
    await store(
        database, [message(number, NOON, metrics=None, extra=heavy) for number in range(1, 8)]
    )
    found = MessageRange(0, ALL, has_more=False)
    pages = await read(PostgresMessageSource(database), found)
    assert pages == [[1, 2], [3, 4], [5, 6], [7]]


async def test_a_page_costs_what_is_on_it_wherever_it_begins(database: Database) -> None:
    await store(
        database,
        [
            message(number, NOON, tenant_id=f"TENANT{1 + number % 2}", msg_type=kind)
            for number in range(20_000)
            for kind in ["event" if number % 7 == 0 else "telemetry"]
        ],
    )
    cost = [
        await buffers(database, PAGE, after, ALL, 100, PAGE_BYTES, tenant_id="TENANT1")
        for after in (-1, 10_000, 19_000)
    ]
    # A message costs a look into the heap; those of a tenant lie among others'.
    assert max(cost) < 400, cost
