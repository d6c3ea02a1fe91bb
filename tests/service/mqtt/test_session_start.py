"""What the next run remembers of a session is of that session, and of what came before it."""

from __future__ import annotations

from datetime import UTC, datetime

from pulse_router.domain.messages import IngestCommit, IngestCounts
from pulse_router.postgres.database import Database
from pulse_router.stores.ingest.sessions import PostgresSessionStore
from tests.support.ingest.lives import begun, store_of
from tests.support.servers.postgres import PostgresForTests


def commit_of(sequence: int, *, received: int = 2) -> IngestCommit:
    return IngestCommit(
        sequence=sequence,
        last_id=sequence,
        messages=[],
        rejections=[],
        deliveries=[],
        packet_ids=[sequence, sequence + 100],
        digests=[1, 2],
        counts=IngestCounts(received=received, stored=0, rejected=0),
    )


async def test_a_restart_loads_what_came_in_the_session_that_the_broker_has_now(
    database: Database,
) -> None:
    store = await begun(database)
    sessions = PostgresSessionStore(database, client_id="router")
    await sessions.begin(["a/#"])
    for sequence in (1, 2, 3):
        await store.commit(commit_of(sequence))
    assert len((await store_of(database).begin()).seen) == 6
    await sessions.begun(after=2)
    memory = await store_of(database).begin()
    assert memory.seen == [(3, 1), (103, 2)]
    assert (memory.last_sequence, memory.last_id) == (3, 3)
    await sessions.begun(after=3)
    memory = await store_of(database).begin()
    assert (list(memory.seen), memory.last_sequence) == ([], 3)


async def test_an_absence_is_judged_by_as_long_a_time_before_it(
    database: Database, postgres_server: PostgresForTests, database_name: str
) -> None:
    store = await begun(database)
    for sequence, received in ((1, 500), (2, 3_000), (3, 600)):
        await store.commit(commit_of(sequence, received=received))
    # The newest is 1,000 s old; of the others one lies within 1,000 s before it.
    postgres_server.psql(
        database_name,
        "UPDATE ingest_batches SET committed_at = now() - ages.age * interval '1 s'"
        " FROM (VALUES (1, 9000), (2, 1500), (3, 1000)) AS ages (sequence, age)"
        " WHERE ingest_batches.sequence = ages.sequence",
    )
    earlier = await PostgresSessionStore(database, client_id="router").begin(["a/#"])
    assert earlier.last_message_at is not None
    assert 990 < datetime.now(UTC).timestamp() - earlier.last_message_at < 1_100
    assert 990 < earlier.over_seconds < 1_100
    assert 3_590 < earlier.messages_per_second * earlier.over_seconds < 3_610
