"""What a client of `/api/v1` filters by, in its query and by messages."""

from __future__ import annotations

from tests.support.api.server import ApiForTests
from tests.support.servers.postgres import PostgresForTests
from tests.support.streams.websocket import closed_with, make_event, read, tell


async def test_filters_come_with_the_query_and_change_by_messages(api: ApiForTests) -> None:
    query = "device_id=DEV-1,DEV-2&metric=temperature"
    async with api.stream(query) as stream:
        assert (await read(stream))["filters"] == {
            "device_ids": ["DEV-1", "DEV-2"],
            "group_ids": [],
            "metric_names": ["temperature"],
        }
        api.broadcaster.publish([make_event(1, "DEV-3"), make_event(2, "DEV-1")])
        event = await read(stream)
        assert (event["id"], event["metrics"]) == ("2", {"temperature": 90})
        for message, answer in (
            ({"action": "subscribe", "device_id": "DEV-3"}, {"type": "subscribed"}),
            ({"action": "unsubscribe", "device_ids": ["DEV-1"]}, {"type": "unsubscribed"}),
            ({"action": "set_metrics", "metrics": ["humidity"]}, {"type": "metrics_updated"}),
        ):
            echoed = {name: value for name, value in message.items() if name != "action"}
            assert await tell(stream, **message) == answer | echoed
        api.broadcaster.publish([make_event(3, "DEV-1"), make_event(4, "DEV-3")])
        event = await read(stream)
        assert (event["id"], event["metrics"]) == ("4", {"humidity": 40})
        assert await tell(stream, action="clear_filters") == {"type": "filters_cleared"}
        api.broadcaster.publish([make_event(5, "DEV-9")])
        assert (await read(stream))["id"] == "5"


async def test_groups_are_those_of_the_tenant_and_kept_current(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    mine, other = postgres_server.psql(
        database_name,
        """
        INSERT INTO devices (tenant_id, device_id) VALUES ('TENANT1', 'A'), ('TENANT1', 'B'),
          ('TENANT2', 'A');
        INSERT INTO device_groups (tenant_id, name) VALUES ('TENANT1', 'g'), ('TENANT2', 'g')
        RETURNING id
        """,
    ).split()[:2]
    sql = "INSERT INTO device_group_members (group_id, tenant_id, device_id) VALUES "
    postgres_server.psql(
        database_name, f"{sql} ({mine}, 'TENANT1', 'A'), ({other}, 'TENANT2', 'A')"
    )
    async with api.stream(f"group_id={mine}") as stream:
        assert (await read(stream))["filters"]["group_ids"] == [int(mine)]
        api.broadcaster.publish([make_event(1, "B"), make_event(2, "A")])
        assert (await read(stream))["id"] == "2"
        postgres_server.psql(database_name, f"{sql} ({mine}, 'TENANT1', 'B')")
        await api.broadcaster.groups_changed("TENANT1")
        api.broadcaster.publish([make_event(3, "B")])
        assert (await read(stream))["id"] == "3"
        answer = await tell(stream, action="set_groups", group_ids=[int(other)])
        assert answer == {"type": "groups_updated", "group_ids": [int(other)]}
        api.broadcaster.publish([make_event(4, "A")])
        await tell(stream, action="set_groups", group_ids=[])
        api.broadcaster.publish([make_event(5, "A")])
        assert (await read(stream))["id"] == "5"


async def test_a_filter_that_is_wrong_is_named_and_closed(api: ApiForTests) -> None:
    async with api.stream("group_id=x") as stream:
        message = await read(stream)
        assert message["type"] == "error"
        assert "group_id" in message["message"]
        code, reason = await closed_with(stream)
        assert (code, "group_id" in (reason or "")) == (1008, True)
    for query, said in (
        ("device=DEV-1", "device: is not a known parameter"),
        ("device_id=A&device_id=B", "device_id: is given more than once"),
    ):
        async with api.stream(query) as stream:
            assert said in (await read(stream))["message"]
            assert (await closed_with(stream))[0] == 1008
    async with api.stream("after=yesterday") as stream:
        assert "after" in (await read(stream))["message"]
        assert (await closed_with(stream))[0] == 1008


async def test_a_malformed_message_is_answered_and_the_stream_goes_on(api: ApiForTests) -> None:
    async with api.stream() as stream:
        await read(stream)
        for text in ("", "{", "[]", '{"action": "fly"}', '{"action": "subscribe"}'):
            await stream.send_message(text)
            assert (await read(stream))["type"] == "error"
        await stream.send_message(b"\xff\x00")
        assert (await read(stream))["type"] == "error"
        for number in range(40):  # more than a server that does not read would take
            answer = await tell(stream, action="subscribe", device_id=f"D{number}")
            assert answer["type"] == "subscribed"
        api.broadcaster.publish([make_event(1, "D7")])
        assert (await read(stream))["id"] == "1"


async def test_a_message_that_is_too_large_ends_its_stream_only(api: ApiForTests) -> None:
    async with api.stream() as other, api.stream() as stream:
        await read(other)
        await read(stream)
        await stream.send_message("x" * 70_000)
        assert (await closed_with(stream))[0] == 1009
        api.broadcaster.publish([make_event(1)])
        assert (await read(other))["id"] == "1"
