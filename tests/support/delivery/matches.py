"""The ledger of matches under every test of delivery: each has one end, and none is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.servers.postgres import PostgresForTests

# What ingest notes in the transaction of the matches.
NOTE_MATCHED = """
INSERT INTO ingest_batches (client_id, sequence, run_id, last_id, packet_ids, digests, received,
                            stored, rejected, duplicate, dropped, matched, written)
SELECT '{client}', coalesce(max(sequence), 0) + 1, 1, 1, '{}', '{}', 0, 0, 0, 0, 0, {count}, 0
FROM ingest_batches WHERE client_id = '{client}'
"""
MATCHED_AND_ENDS = """
SELECT (SELECT coalesce(sum(matched), 0) FROM ingest_batches),
       (SELECT count(*) FROM route_deliveries),
       (SELECT count(*) FROM dead_letter_messages WHERE status = 'FAILED'),
       (SELECT coalesce(sum(value), 0)
        FROM (SELECT name, value FROM ledger_totals
              UNION ALL SELECT name, value FROM ledger_sums
              UNION ALL SELECT name, value FROM ledger_deltas) AS totals
        WHERE name IN ('delivered', 'replayed', 'discarded')),
       (SELECT count(*) FROM route_deliveries JOIN dead_letter_messages
        ON dead_letter_messages.delivery_id = route_deliveries.id)
"""


def note_matched(count: int, client: str = "test") -> str:
    """SQL that notes so many matches of a client, which commits one after the other."""
    return NOTE_MATCHED.replace("{count}", str(count)).replace("{client}", client)


@pytest.fixture
def matches_balance(postgres_server: PostgresForTests, database_name: str) -> Iterator[None]:
    """When the test has ended: matched = delivered + pending + dead-lettered + discarded."""
    yield
    [line] = postgres_server.psql(database_name, MATCHED_AND_ENDS).splitlines()
    matched, pending, dead_lettered, ended, both = map(int, line.split("|"))
    assert matched == pending + dead_lettered + ended, line
    assert both == 0, "a delivery is pending, and a dead letter as well"
