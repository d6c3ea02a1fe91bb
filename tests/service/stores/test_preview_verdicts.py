"""What is said of a message over what is stored of it is what ingest said when it came."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import trio
import trio_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulse_router.domain.event_ids import EventIds
from pulse_router.domain.filters.payload_filter import compile_filter
from pulse_router.domain.previewing.preview import Preview
from pulse_router.domain.previewing.views import RouteView
from pulse_router.domain.routes import RouteSet
from pulse_router.domain.telemetry import NOT_AS_SENT, StoredMessage, payload_of, topic_of
from pulse_router.ingest.limits import Limits
from pulse_router.postgres.database import open_database
from pulse_router.stores.telemetry.preview import PostgresMessageSource
from tests.support.ingest.decoding import decode, route
from tests.support.ingest.fakes import DecoderWorld, FakePublication
from tests.support.ingest.telemetry import store
from tests.support.payload_filters import filters, names, plain_operators, scalars, values
from tests.support.servers.postgres import PostgresForTests

METRICS = st.dictionaries(
    st.sampled_from(["t", "p", "status", "deep.x", "x.y"]),
    scalars | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    max_size=4,
)
OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "status": values,
    "site": values,
    "t": values,
    "deep": st.dictionaries(st.sampled_from(["x", "y"]), values),
    "whole.name": values,
    "ts": st.integers(0, 1_700_000_000),
}
MESSAGES = st.tuples(
    st.just("telemetry"), st.fixed_dictionaries({"metrics": METRICS}, optional=OTHERS)
) | st.tuples(st.just("event"), st.fixed_dictionaries({}, optional=OTHERS | {"metrics": METRICS}))
TOPIC_FILTERS = st.sampled_from(
    ["tenant/+/device/+/telemetry", "tenant/TENANT1/#", "#", "tenant/+/device/DEV-002/+"]
)
CONDITIONS = filters | st.dictionaries(names, plain_operators | scalars, min_size=1, max_size=1)
decode_json = msgspec.json.Decoder(dict[str, Any]).decode


@pytest.fixture
def ids() -> EventIds:
    """Ids that go on from one example to the next: all are stored in one table."""
    return EventIds()


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(MESSAGES, min_size=1, max_size=20),
    st.lists(CONDITIONS, min_size=1, max_size=10),
    TOPIC_FILTERS,
)
def test_a_stored_message_gets_the_verdicts_that_it_got_when_it_came(
    postgres_server: PostgresForTests,
    database_name: str,
    ids: EventIds,
    sent: list[tuple[str, dict[str, Any]]],
    conditions: list[dict[str, Any]],
    topic_filter: str,
) -> None:
    async def main() -> None:
        world = DecoderWorld(limits=Limits(require_token=False), ids=ids)
        routes = [
            route(
                number,
                topic_filter=topic_filter,
                accepts=compile_filter(condition, world.fuel).accepts,
            )
            for number, condition in enumerate(conditions, start=1)
        ]
        world.routes.current = RouteSet([route(len(routes) + 1, topic_filter="#"), *routes])
        publications = [
            FakePublication(msgspec.json.encode(payload), f"tenant/TENANT1/device/DEV-001/{kind}")
            for kind, payload in sent
        ]
        batch = await decode(world, *publications)
        assert batch.messages
        url = postgres_server.login_url(database_name)
        async with trio_asyncio.open_loop(), open_database(url) as database:
            await store(database, batch.messages)
            source = PostgresMessageSource(database)
            first, last = batch.messages[0].event_id, batch.messages[-1].event_id
            stored = await source.load_page("TENANT1", after=first - 1, up_to=last)
        seen = {d.event_id: d for d in batch.deliveries if d.route_id == len(routes) + 1}
        assert [each.event_id for each in stored] == list(seen)
        for message in stored:
            delivery = seen[message.event_id]
            assert topic_of("TENANT1", message) == delivery.topic
            assert sent_fields(payload_of(message)) == sent_fields(decode_json(delivery.payload))
        for number, condition in enumerate(conditions, start=1):
            preview = Preview("TENANT1", RouteView(topic_filter, condition))
            passed = {message.event_id for message in stored if is_taken(preview, message)}
            assert passed == {d.event_id for d in batch.deliveries if d.route_id == number}
            assert (preview.unreadable, preview.unjudged) == (0, 0)

    trio.run(main)


def sent_fields(payload: dict[str, Any]) -> dict[str, Any]:
    """What is stored as it was sent."""
    return {name: value for name, value in payload.items() if name not in NOT_AS_SENT}


def is_taken(preview: Preview, message: StoredMessage) -> bool:
    before = preview.passed
    preview.look(message)
    return preview.passed > before
