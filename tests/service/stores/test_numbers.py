"""PostgreSQL gives every number back in the form in which it went everywhere else."""

from __future__ import annotations

import msgspec
import trio
import trio_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulse_router.api.requests.responses import json_of_jsonb
from pulse_router.ingest.limits import Limits
from pulse_router.postgres.database import open_database
from pulse_router.stores.roles import Role
from tests.support.ingest.fakes import DecoderWorld, FakeArrival, FakePublication
from tests.support.servers.postgres import PostgresForTests

NUMBERS = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([3.4028235e38, 1e22, 1e16, 9999999999999998.0, -0.0, 5e-324, 1e15, 2.0**63])
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(NUMBERS, min_size=10, max_size=40))
def test_numbers_come_back_in_the_form_in_which_they_went(
    postgres_server: PostgresForTests, database_name: str, numbers: list[float]
) -> None:
    async def main() -> None:
        world = DecoderWorld(limits=Limits(require_token=False))
        metrics = {f"m{place}": number for place, number in enumerate(numbers)}
        body = msgspec.json.encode({"metrics": metrics, "nested": [{"n": numbers}]})
        sent = FakePublication(body, "tenant/TENANT1/device/DEV-001/event")
        [message] = (await world.decoder().decode(FakeArrival([sent]))).messages
        url = postgres_server.login_url(database_name)
        async with trio_asyncio.open_loop(), open_database(url) as database:
            [row] = await database.query(
                Role.INGEST, "SELECT $1::jsonb, $2::jsonb", message.metrics, message.extra
            )
        for went, came in zip((message.metrics, message.extra), row, strict=True):
            assert went is not None
            in_order = msgspec.json.encode(msgspec.json.decode(went), order="sorted")
            shown = msgspec.json.decode(bytes(json_of_jsonb(came)))
            assert msgspec.json.encode(shown, order="sorted") == in_order

    trio.run(main)
