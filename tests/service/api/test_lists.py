"""Every list: it goes on by `after` to any depth, counts to a bound, and is bounded in bytes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs
import httpx2
import msgspec
import pytest
import trio

from pulse_router.api.openapi.operations import Registered
from pulse_router.domain.errors import TookTooLong
from pulse_router.postgres.database import Database
from pulse_router.postgres.shares import Share
from pulse_router.stores import lists
from pulse_router.stores.roles import Role
from tests.support.api.rows import row_of
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

ROWS = 7
OPERATOR = make_token(None, "operator")
NO_PLACES = ["", "x", "!", "W10", "WzEsMiwzLDQsNV0", "bnVsbA", "WyJcdTAwMDAiXQ", "a" * 1500]


@attrs.frozen
class Kind:
    """A list: where it is, how its items are called, and from which tables they come."""

    path: str
    items: str
    table: str
    id: str = "id"

    @property
    def token(self) -> str:
        return OPERATOR if self.path.startswith("/operator") else make_token()


LISTS = [
    Kind("/customer/message-routes", "routes", "message_routes"),
    Kind("/customer/dead-letter", "messages", "dead_letter_messages"),
    Kind("/customer/rejected-messages", "messages", "rejected_messages"),
    Kind("/customer/alerts", "alerts", "alerts"),
    Kind("/customer/devices", "devices", "devices", "device_id"),
    Kind("/customer/device-groups", "groups", "device_groups"),
    Kind("/operator/message-routes", "routes", "message_routes"),
    Kind("/operator/dead-letter", "messages", "dead_letter_messages"),
    Kind("/operator/rejected-messages", "messages", "rejected_messages"),
    Kind("/operator/devices", "devices", "devices", "device_id"),
    Kind("/operator/tenants", "tenants", "devices", "tenant_id"),
]
BY_OFFSET_ONLY = {
    "/customer/message-routes/<route_id>/deliveries",
    "/operator/deliveries",
    "/customer/dead-letter/summary",
    "/operator/dead-letter/summary",
}


@pytest.fixture
def filled(postgres_server: PostgresForTests, database_name: str) -> None:
    """Rows of a tenant in every table, and one of another."""
    statements = []
    for table in dict.fromkeys(kind.table for kind in LISTS):
        for number in range(1, ROWS + 1):
            row = row_of(table, "TENANT1", number)
            row = row.replace("'D-TENANT1'", f"'D-{number}'").replace("'pumps'", f"'{number}'")
            statements.append(row)
        statements.append(row_of(table, "TENANT2", 100))
    # Some of one moment: the time alone is no place in a list.
    statements.append("UPDATE rejected_messages SET received_at = '2026-02-16Z' WHERE id % 2 = 0")
    postgres_server.psql(database_name, ";\n".join(statements))


async def get(api: ApiForTests, kind: Kind, **query: Any) -> dict[str, Any]:
    async with api.client(kind.token) as client:
        answer = await client.get(kind.path, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def lists_of(api: ApiForTests) -> Iterator[Registered]:
    """Every operation that takes `limit`."""
    for each in api.registered:
        if "limit" in each.operation.query_names:
            yield each


async def test_every_list_goes_on_by_after(api: ApiForTests) -> None:
    await trio.lowlevel.checkpoint()  # the fixture is of Trio
    without = {each.path for each in lists_of(api) if "after" not in each.operation.query_names}
    assert without == BY_OFFSET_ONLY


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.path)
async def test_pages_by_after_give_what_one_page_does(api: ApiForTests, kind: Kind) -> None:
    whole = await get(api, kind)
    assert (whole["total"], whole["total_is_exact"]) == (len(whole[kind.items]), True)
    assert whole["next"] is None
    page = await get(api, kind, limit=1 if kind.items == "tenants" else 3, offset=0)
    seen, pages = list(page[kind.items]), 1
    while page["next"] is not None:
        page = await get(api, kind, limit=3, after=page["next"])
        assert page["total"] == whole["total"]
        seen += page[kind.items]
        pages += 1
    assert [item[kind.id] for item in seen] == [item[kind.id] for item in whole[kind.items]]
    assert pages >= 2


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("kind", LISTS, ids=lambda kind: kind.path)
async def test_a_place_that_is_none_is_refused(api: ApiForTests, kind: Kind) -> None:
    async with api.client(kind.token) as client:
        for after in NO_PLACES:
            answer = await client.get(kind.path, params={"after": after})
            assert (answer.status_code, after) == (400, after)
            assert answer.json()["errors"][0]["field"] == "after"
        both = await client.get(kind.path, params={"after": "x", "offset": 0})
        assert both.json()["errors"][0]["field"] == "offset"
        far = await client.get(kind.path, params={"offset": 10_001})
        assert far.status_code == 400


@pytest.mark.usefixtures("filled")
async def test_a_list_is_counted_up_to_a_bound(
    api: ApiForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNTED_AT_MOST", 5)
    for kind in LISTS[:3]:
        page = await get(api, kind, limit=1)
        assert (page["total"], page["total_is_exact"]) == (5, False)


async def bury(client: Database, count: int, kilobytes: int) -> None:
    async with client.transaction(Role.OPERATOR) as transaction:
        await transaction.execute(
            """
            INSERT INTO dead_letter_messages
              (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic,
               payload, destination_type, destination_config, error_message, attempts)
            SELECT n, 'TENANT1', 1, 'D', n, now(), 't', to_json(repeat('x', $2)), 'webhook', '{}',
                   'HTTP 500', 1
            FROM generate_series(1, $1::int) AS n
            """,
            count,
            kilobytes * 1024,
        )


async def test_a_page_ends_by_weight_or_leaves_payloads_out(
    api: ApiForTests, database: Database
) -> None:
    count, kilobytes = 40, 60
    await bury(database, count, kilobytes)
    kind = LISTS[1]
    first = await get(api, kind, limit=100)
    letters = first["messages"]
    assert len(letters) == count
    shown = [letter["payload"] is not None for letter in letters]
    assert shown == sorted(shown, reverse=True)
    assert lists.PAGE_BYTES // 1024 - kilobytes < sum(shown) * kilobytes < 1024 + kilobytes
    assert {letter["payload_bytes"] for letter in letters} == {kilobytes * 1024 + 2}
    async with api.client() as client:
        one = (await client.get(f"{kind.path}/{letters[-1]['id']}")).json()
    assert len(one["payload"]) == kilobytes * 1024
    page = await get(api, kind, limit=1)
    seen = [page["messages"][0]["id"]]
    while page["next"] is not None:
        page = await get(api, kind, limit=100, after=page["next"])
        assert len(msgspec.json.encode(page)) < lists.PAGE_BYTES + 2 * kilobytes * 1024
        assert all(letter["payload"] is not None for letter in page["messages"])
        seen += [letter["id"] for letter in page["messages"]]
    assert seen == [letter["id"] for letter in letters]


async def test_routes_and_changes_too_heavy_for_a_page_leave_out_what_weighs(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    count, kilobytes = 30, 60
    wanted = {"device": {"$in": ["x" * kilobytes * 1024]}}
    postgres_server.psql(
        database_name,
        f"""
        INSERT INTO message_routes
          (tenant_id, name, topic_filter, destination_type, destination_config, payload_filter)
        SELECT 'TENANT1', 'r', '#', 'webhook', '{{"url": "http://localhost/hook"}}',
               '{msgspec.json.encode(wanted).decode()}' FROM generate_series(1, {count});
        INSERT INTO audit_log (subject, actor, action, request_id, tenant_id, target_type,
                               target_id, changed, after)
        SELECT 's', 'customer', 'a', 'r', 'TENANT1', 'message_routes', n, '{{name}}',
               jsonb_build_object('name', repeat('x', {kilobytes * 1024}))
        FROM generate_series(1, {count}) AS n;
        """,
    )
    for kind, heavy in (
        (LISTS[0], "destination_config"),
        (LISTS[6], "destination_config"),
        (Kind("/operator/audit", "entries", "audit_log"), "after"),
    ):
        page = await get(api, kind, limit=100)
        items, shown = page[kind.items], 1024 // kilobytes
        assert len(items) == count
        hidden = [item[heavy] is None for item in items]
        assert hidden == [False] * shown + [True] * (count - shown)
        assert [item.get("omitted_bytes", 0) > kilobytes * 1024 for item in items] == hidden
        assert len(msgspec.json.encode(page)) < lists.PAGE_BYTES + 2 * kilobytes * 1024
        page = await get(api, kind, limit=100, after=(await get(api, kind, limit=shown))["next"])
        assert all(item[heavy] is not None for item in page[kind.items])
    last = (await get(api, LISTS[0], limit=500))["routes"][-1]
    assert last["payload_filter"] is None
    async with api.client() as client:
        one = (await client.get(f"{LISTS[0].path}/{last['id']}")).json()
    assert one["payload_filter"] == wanted
    assert "omitted_bytes" not in one


async def test_a_summary_has_no_payloads(api: ApiForTests, database: Database) -> None:
    await bury(database, 3, 1)
    page = await get(api, LISTS[1], fields="summary")
    assert [letter["payload"] for letter in page["messages"]] == [None] * 3
    assert {letter["payload_bytes"] for letter in page["messages"]} == {1026}


async def test_a_payload_heavier_than_a_page_has_a_page_of_its_own(
    api: ApiForTests, database: Database
) -> None:
    await bury(database, 3, 1500)
    page = await get(api, LISTS[1], limit=1)
    page = await get(api, LISTS[1], after=page["next"])
    (letter,) = page["messages"]
    assert letter["payload"] is not None
    assert page["next"] is not None


async def test_a_statement_that_takes_too_long_is_given_up(database: Database) -> None:
    hasty = database.share(Share(1), statement_seconds=0.1)
    with pytest.raises(TookTooLong):
        await hasty.query(Role.OPERATOR, "SELECT pg_sleep(20)")
    async with hasty.transaction(Role.OPERATOR, statement_seconds=10) as transaction:
        await transaction.fetch("SELECT pg_sleep(0.3)")


async def test_what_takes_too_long_is_told_so(api: ApiForTests) -> None:
    api.route_fault = TookTooLong("PostgreSQL: canceling statement (57014)", sqlstate="57014")
    async with api.client() as client:
        answer: httpx2.Response = await client.post(
            "/customer/message-routes",
            json={
                "name": "x",
                "topic_filter": "#",
                "destination_type": "postgresql",
                "destination_config": {},
            },
        )
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("The database has taken too long for this.")
