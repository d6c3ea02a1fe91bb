"""ETags of routes: two people do not overwrite each other, and who sends no condition has none."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.support.api.server import ROUTE, ApiForTests
from tests.support.servers.postgres import PostgresForTests

PATH = "/customer/message-routes"


async def created(client: httpx2.AsyncClient) -> tuple[str, str]:
    answer = await client.post(PATH, json=ROUTE)
    assert answer.headers["ETag"] == f'"{answer.json()["version"]}"' == '"1"'
    return f"{PATH}/{answer.json()['id']}", answer.headers["ETag"]


CHANGES: list[tuple[str, str, dict[str, Any] | None]] = [
    ("PUT", "", ROUTE),
    ("PATCH", "", {"name": "mine"}),
    ("POST", "/rotate-secret", {}),
    ("DELETE", "", None),
]


async def test_a_change_of_what_was_changed_meanwhile_is_refused(api: ApiForTests) -> None:
    for method, path, body in CHANGES:
        async with api.client() as client:
            await refuse_stale(client, method, path, body)


async def refuse_stale(
    client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any] | None
) -> None:
    route, seen = await created(client)
    other = await client.patch(route, json={"name": "theirs"})
    assert other.headers["ETag"] == '"2"'

    async def change(condition: str) -> httpx2.Response:
        headers = {"If-Match": condition}
        return await client.request(method, route + path, json=body, headers=headers)

    stale = await change(seen)
    weak = await change('W/"2"')
    assert (await client.get(route)).json()["name"] == "theirs"
    fresh = await change(f'"7" , {other.headers["ETag"]}')
    assert stale.status_code == weak.status_code == 412
    assert stale.headers["Content-Type"] == "application/problem+json"
    assert stale.headers["ETag"] == '"2"'
    assert fresh.is_success
    assert fresh.headers.get("ETag") == (None if method == "DELETE" else '"3"')


async def test_who_sends_no_condition_or_any_is_not_refused(api: ApiForTests) -> None:
    conditions: list[dict[str, str]] = [{}, {"If-Match": "*"}]
    async with api.client() as client:
        for headers in conditions:
            route, _ = await created(client)
            for method, path, body in CHANGES:
                answer = await client.request(method, route + path, json=body, headers=headers)
                assert answer.is_success, answer.text
            gone = await client.put(route, json=ROUTE, headers=headers)
            assert gone.status_code == 404


async def test_a_malformed_condition_is_refused_rather_than_passed_over(api: ApiForTests) -> None:
    malformed = ["1", '"1', "", '"1";"2"', '"1","2', "*,*", 'w/"1"', '"a b"', '"1" "2"']
    async with api.client() as client:
        route, _ = await created(client)
        for condition in malformed:
            for name in ("If-Match", "If-None-Match"):
                answer = await client.patch(route, json={"name": "x"}, headers={name: condition})
                assert answer.status_code == 400, condition
                assert answer.json()["errors"][0]["field"] == name
        assert (await client.get(route)).json()["version"] == 1


async def test_what_a_client_has_is_not_sent_again(api: ApiForTests) -> None:
    async with api.client() as client:
        route, seen = await created(client)
        for known in (seen, f"W/{seen}", f'"0", {seen}', "*"):
            answer = await client.get(route, headers={"If-None-Match": known})
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["ETag"] == seen
        await client.patch(route, json={"name": "new"})
        answer = await client.get(route, headers={"If-None-Match": seen})
        assert (answer.status_code, answer.json()["name"]) == (200, "new")
        assert (await client.get(route, headers={"If-Match": seen})).status_code == 412


async def test_whoever_changes_a_route_makes_a_new_version(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    async with api.client() as client:
        route, seen = await created(client)
        postgres_server.psql(database_name, "UPDATE message_routes SET is_enabled = false")
        answer = await client.patch(route, json={"name": "x"}, headers={"If-Match": seen})
        assert answer.status_code == 412
        listed = (await client.get(PATH)).json()["routes"]
    assert [each["version"] for each in listed] == [2]
