"""Poison and outages told apart: bad data costs itself only, all else is held till mended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import attrs
import pytest
import trio
import trio_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulse_router.domain.messages import IngestCommit, IngestCounts, Message, Reason
from pulse_router.ingest.limits import Limits
from pulse_router.ingest.poison import commit_without_poison
from pulse_router.ingest.suspicion import Suspicion
from pulse_router.postgres.database import open_database
from tests.support.commands.router import DEVICE_TOKEN, World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, FakePublication
from tests.support.ingest.lives import begun
from tests.support.mqtt.fleet import payload, stored_numbers
from tests.support.mqtt.publisher import open_publisher
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_until

TOKEN = b'"provision_token":"' + DEVICE_TOKEN.encode() + b'"'
POISON = [
    b'{%s,"metrics":{"a":"\\u0000"}}' % TOKEN,
    b'{%s,"metrics":{"\\u0000":1}}' % TOKEN,
    b'{%s,"metrics":{"a":1},"x":"\\u0000"}' % TOKEN,
    b'{%s,"metrics":{"a":1},"\\u0000":1}' % TOKEN,
    b'{%s,"metrics":{"a":1},"site_id":"\\u0000"}' % TOKEN,
    b'{%s,"metrics":{"a":"\xff\xfe"}}' % TOKEN,
    b'{%s,"metrics":{"a":1},"x":"\xed\xa0\x80"}' % TOKEN,
    b'{%s,"metrics":{"a":1e400000}}' % TOKEN,
    b'{%s,"metrics":{"a":1},"x":1e400000}' % TOKEN,
    b'{%s,"metrics":{"a":1},"x":[-1e400000]}' % TOKEN,
    b'{%s,"metrics":{"a":NaN}}' % TOKEN,
    b"\xff\xfe\x00",
    b"\x00",
    b"",
]
# What JSON allows and PostgreSQL might not: kept or refused, but never held.
STRANGE = [
    b'{%s,"metrics":{"a":"\\ud800"}}' % TOKEN,
    b'{%s,"metrics":{"a":1},"x":"\\udc00\\ud800"}' % TOKEN,
    b'{%s,"metrics":{"a":1},"x":%s1%s}' % (TOKEN, b"[" * 9_000, b"]" * 9_000),
    b'{%s,"metrics":{"a":1},"x":1%s}' % (TOKEN, b"0" * 5_000),
    b'{%s,"metrics":{"a":1},"x":1e-400000}' % TOKEN,
    b'{%s,"metrics":{"a":1},"ts":-1e300}' % TOKEN,
    b'{%s,"metrics":{"a":1},"ts":"0001-01-01T00:00:00Z"}' % TOKEN,
]


async def publish(world: World, bodies: Sequence[bytes]) -> None:
    async with open_publisher(world.broker.port) as publisher:
        for number, body in enumerate(bodies):
            await publisher.publish(world.topic(number % 10), body)
        await publisher.wait_for(len(bodies))


async def test_poison_from_the_wire_costs_itself_only(world: World) -> None:
    world.add_webhook("http://127.0.0.1:9/")
    await world.router.start_and_wait()
    bodies: list[bytes] = []
    for number, body in enumerate([*POISON, *STRANGE]):
        bodies += [payload(2 * number), body, payload(2 * number + 1)]
    await publish(world, bodies)
    good = 2 * len(POISON + STRANGE)
    await wait_until(lambda: len(stored_numbers(world)) > good - 1)
    said = await assert_router_says_so(world)
    assert said["received"] == len(bodies)
    assert len(POISON) <= said["rejected"] <= len(POISON + STRANGE)
    assert said["stored"] == len(bodies) - said["rejected"]
    assert_books_balance(world, capped=1)  # an empty one is counted, and not kept
    assert world.router.missing == {}


DETACH_ALL = """
DO $$ DECLARE part regclass; BEGIN
  FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'telemetry'::regclass
  LOOP EXECUTE format('ALTER TABLE telemetry DETACH PARTITION %s', part); END LOOP;
END $$
"""
OUTAGES = {
    "a missing partition": (
        DETACH_ALL,
        "ALTER TABLE telemetry ATTACH PARTITION telemetry_default DEFAULT",
        "no partition",
    ),
    "a revoked grant": (
        "REVOKE INSERT ON telemetry FROM pulse_ingest",
        "GRANT INSERT ON telemetry TO pulse_ingest",
        "permission denied",
    ),
    "a constraint that somebody added": (
        "ALTER TABLE route_deliveries ADD CONSTRAINT none CHECK (false) NOT VALID",
        "ALTER TABLE route_deliveries DROP CONSTRAINT none",
        "violates check constraint",
    ),
}
RAISED = {
    "a trigger that raises": ("P0001", "not today"),
    "a full disk": ("53100", "No space left on device"),
    "a statement that takes too long": ("57014", "canceling statement due to statement timeout"),
    "a serialization failure": ("40001", "could not serialize access"),
    "a corrupt page": ("XX001", "invalid page in block 7"),
}
for name, (state, text) in RAISED.items():
    OUTAGES[name] = (
        (
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
            f" BEGIN RAISE EXCEPTION '{text}' USING ERRCODE = '{state}'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON telemetry FOR EACH STATEMENT"
            " EXECUTE FUNCTION refuse()"
        ),
        "DROP TRIGGER refuse ON telemetry",
        text,
    )


async def test_every_outage_is_held_and_said_and_work_resumes_when_it_is_mended(
    world: World,
) -> None:
    world.add_webhook("http://127.0.0.1:9/")
    await world.router.start_and_wait()
    sent = 0
    for name, (harm, mend, text) in OUTAGES.items():
        world.rows(harm)
        await publish(world, [payload(sent + number) for number in range(30)])
        await world.router.wait_until_missing("storage")
        assert text in (world.router.missing or {})["storage"], (name, world.router.missing)
        assert world.value("SELECT count(*) FROM ingest_batches") == "0" or sent, name
        assert_nothing_is_acknowledged(world, 30)
        world.rows(mend)
        sent += 30
        await world.router.wait_until_ready()
        await wait_until(lambda: len(stored_numbers(world)) == sent)  # noqa: B023 - awaited here
    assert set(stored_numbers(world).values()) == {1}
    assert (await assert_router_says_so(world))["rejected"] == 0
    assert assert_books_balance(world)["received"] == sent


def assert_nothing_is_acknowledged(world: World, in_hand: int) -> None:
    answer = world.router.get("/metrics")
    assert answer is not None
    [line] = [row for row in answer.text.splitlines() if row.startswith("pulse_mqtt_messages_in_h")]
    assert float(line.split()[1]) == in_hand


JSON_TEXT = st.recursive(
    st.sampled_from(["null", "true", "1e308", "-0.0", "1e-320", "0.1", "18446744073709551616"])
    | st.integers().map(str)
    | st.from_regex(r"-?[1-9][0-9]{0,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,6})?", fullmatch=True)
    | st.from_regex(r'"([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,12}"', fullmatch=True),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.dictionaries(
            st.from_regex(r'"([^"\\\x00-\x1f]|\\u[0-9a-fA-F]{4}){0,6}"', fullmatch=True),
            inner,
            max_size=3,
        ).map(lambda items: "{" + ",".join(f"{key}:{value}" for key, value in items.items()) + "}")
    ),
    max_leaves=6,
)
PAYLOADS = st.fixed_dictionaries(
    {"metrics": JSON_TEXT},
    optional={"ts": JSON_TEXT, "x": JSON_TEXT, "site_id": JSON_TEXT, "\u00fc": JSON_TEXT},
).map(
    lambda fields: (
        "{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}"
    ).encode("utf-8", "surrogatepass")
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(bodies=st.lists(PAYLOADS, min_size=5, max_size=8))
def test_whatever_the_decoder_accepts_can_be_stored(
    postgres_server: PostgresForTests, database_name: str, bodies: list[bytes]
) -> None:
    async def main() -> None:
        world = DecoderWorld(limits=Limits(require_token=False))
        topic = "tenant/TENANT1/device/DEV-001/event"
        sent = [FakePublication(body, topic) for body in bodies]
        batch = await world.decoder().decode(FakeArrival(sent))
        url = postgres_server.login_url(database_name)
        async with trio_asyncio.open_loop(), open_database(url) as database:
            store = await begun(database, uuid4().hex)
            await store.commit(commit_of(batch.messages))

    trio.run(main)


def commit_of(messages: Sequence[Message], **changes: Any) -> IngestCommit:
    whole = IngestCommit(
        sequence=1,
        last_id=1,
        messages=messages,
        rejections=[],
        deliveries=[],
        packet_ids=[],
        digests=[],
        counts=IngestCounts(received=len(messages), stored=len(messages), rejected=0),
    )
    return attrs.evolve(whole, **changes)


@pytest.mark.parametrize("bad", ['{"a":"\\u0000"}', '{"a":1e400000}', '{"a":"\\ud800"}', "{"])
async def test_what_only_postgresql_refuses_becomes_unstorable(
    postgres_server: PostgresForTests, database_name: str, bad: str
) -> None:
    batch = await DecoderWorld().decoder().decode(FakeArrival([FakePublication(b"{}")]))
    received_at = batch.rejections[0].received_at
    good = Message(0, received_at, received_at, "T", "D", None, "event", '{"a":1}', None)
    messages = [good._replace(event_id=number) for number in range(1, 41)]
    messages[16] = messages[16]._replace(extra=bad)
    url = postgres_server.login_url(database_name)
    async with trio_asyncio.open_loop(), open_database(url) as database:
        store = await begun(database)
        stored = await commit_without_poison(store, commit_of(messages), Suspicion())
    assert [rejection.reason for rejection in stored.rejections] == [Reason.UNSTORABLE]
    assert len(stored.messages) == 39
