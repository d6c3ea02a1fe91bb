"""Every customer's path, asked with another tenant's ids: it says what it says of things that do
not exist, and nothing of the other tenant's is told, changed or delivered.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx2
import pytest

from pulse_router.api.openapi.audiences import Audience
from pulse_router.api.openapi.operations import Media, Registered
from tests.support.api.rows import ROWS, row_of
from tests.support.api.server import ApiForTests, make_token
from tests.support.api.walks import MADE_UP, MADE_UP_ID, Call, call_of
from tests.support.servers.postgres import PostgresForTests

OWN, OTHER = "TENANT1", "TENANT2"
NUMBERS = {OWN: 1001, OTHER: 1002}
IN_THE_NAME_OF_A_REQUEST = {"instance", "request_id"}


def ids_of(tenant: str) -> Mapping[str, str]:
    """What stands for each parameter; a parameter that is not here cannot be walked."""
    number = str(NUMBERS[tenant])
    numbered = (
        "route_id",
        "delivery_id",
        "dead_letter_id",
        "group_id",
        "alert_id",
        "event_id",
        "job_id",
        "message_id",
    )
    return {"device_id": f"D-{tenant}", **dict.fromkeys(numbered, number)}


OF_NO_ROW = {"/customer/overview", "/customer/audit"}
"""What is no list of the shelf's rows; `test_overview.py` says whose things they show."""


class Shelf:
    """What the other tenant has, as it lies in the database."""

    def __init__(self, postgres: PostgresForTests, database: str) -> None:
        self._postgres = postgres
        self._database = database
        script = [
            row_of(table, *owner) for table in [*ROWS, "telemetry"] for owner in NUMBERS.items()
        ]
        postgres.psql(database, ";".join(script))

    def of_other(self) -> str:
        rows = [
            f"SELECT '{table}', to_jsonb(t) FROM {table} AS t WHERE tenant_id = '{OTHER}'"
            for table in ROWS
        ]
        return self._postgres.psql(self._database, " UNION ALL ".join(rows))


@pytest.fixture
def shelf(postgres_server: PostgresForTests, database_name: str) -> Shelf:
    return Shelf(postgres_server, database_name)


def customers_paths(api: ApiForTests) -> list[Registered]:
    """Those that are walked, the most destructive last, and members before what they belong to."""
    walked = [
        each
        for each in api.registered
        if each.audience in {Audience.CUSTOMER_READER, Audience.CUSTOMER_WRITER}
        and not each.takes_query_token
    ]
    return sorted(walked, key=lambda each: (each.method == "DELETE", -len(each.path)))


def parameters(each: Registered, place: str) -> Sequence[str]:
    return [p.name for p in each.operation.parameters if p.place == place]


def mixtures(names: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """One's own ids and the other's, in every mixture that has one of the other's."""
    for owners in itertools.product((OWN, OTHER), repeat=len(names)):
        if OTHER in owners:
            pairs = zip(names, owners, strict=True)
            yield {name: ids_of(owner)[name] for name, owner in pairs}


def body_of(each: Registered) -> Any:
    assert not isinstance(each.operation.body, Media), "a body of lines has no ids in its path"
    return each.operation.example


def asks_for_something(each: Registered) -> bool:
    """Whether it is no list, but an answer to what is asked."""
    return any(p.place == "query" and p.required for p in each.operation.parameters)


async def ask(client: httpx2.AsyncClient, call: Call) -> httpx2.Response:
    return await client.request(call.method, call.path, json=call.json)


def said(answer: httpx2.Response) -> Mapping[str, Any]:
    return {
        name: value for name, value in answer.json().items() if name not in IN_THE_NAME_OF_A_REQUEST
    }


async def test_another_tenants_things_are_as_if_they_did_not_exist(
    api: ApiForTests, shelf: Shelf
) -> None:
    before = shelf.of_other()
    walked = [each for each in customers_paths(api) if parameters(each, "path")]
    async with api.client(make_token(OWN, "customer_admin")) as client:
        for each in walked:
            for ids in mixtures(parameters(each, "path")):
                answer = await ask(client, call_of(each, ids, body_of(each)))
                assert answer.status_code == 404, (each.path, ids, answer.text)
                made_up = {
                    name: value if value in ids_of(OWN).values() else MADE_UP.get(name, MADE_UP_ID)
                    for name, value in ids.items()
                }
                nothing = await ask(client, call_of(each, made_up, body_of(each)))
                assert said(answer) == said(nothing), (each.path, ids)
    assert shelf.of_other() == before
    assert api.destination.got == []
    assert api.route_changes == 0
    assert OTHER not in {tenant for tenant, _ in api.device_changes}
    async with api.client(make_token(OTHER, "customer_admin")) as client:
        for each in walked:  # and with these ids and bodies their owner does find them
            answer = await ask(client, call_of(each, ids_of(OTHER), body_of(each)))
            assert answer.status_code not in {401, 403, 404, 405, 500}, (each.path, answer.text)


async def test_no_list_holds_another_tenants_things_whatever_it_is_filtered_by(
    api: ApiForTests, shelf: Shelf
) -> None:
    lists = [
        each
        for each in customers_paths(api)
        if each.method == "GET" and not parameters(each, "path") and not asks_for_something(each)
    ]
    assert len(lists) >= 7
    async with api.client(make_token(OWN, "customer_admin")) as client:
        for each in lists:
            path = call_of(each).path
            everything = await client.get(path)
            assert OTHER not in everything.text
            if each.path in OF_NO_ROW:
                assert everything.status_code == 200
                continue
            assert everything.json()["total"] == 1, path  # one's own
            for name in set(parameters(each, "query")) & set(ids_of(OTHER)):
                found = await client.get(path, params={name: ids_of(OTHER)[name]})
                none = await client.get(path, params={name: MADE_UP.get(name, MADE_UP_ID)})
                assert found.status_code == none.status_code
                assert said(found) == said(none), (path, name)
                assert (await client.get(path, params={name: ids_of(OWN)[name]})).json()[
                    "total"
                ] == 1


async def test_what_is_named_in_a_body_is_ones_own_or_nothing(
    api: ApiForTests, shelf: Shelf
) -> None:
    before = shelf.of_other()
    other = ids_of(OTHER)
    async with api.client(make_token(OWN, "customer_admin")) as client:
        batch = await client.post(
            "/customer/dead-letter/replay-batch", json={"ids": [NUMBERS[OTHER], 77]}
        )
        others, nothings = batch.json()["results"]
        assert (others["status"], others["error"]) == ("SKIPPED", nothings["error"])
        named = await client.post(
            f"/customer/dead-letter/{NUMBERS[OWN]}/replay", json={"route_id": NUMBERS[OTHER]}
        )
        assert named.status_code == 409
        alert = {"device_id": other["device_id"], "key": "k", "severity": "INFO", "title": "t"}
        raised = await client.post("/customer/alerts", json=alert)
        unknown = await client.post("/customer/alerts", json=alert | {"device_id": "NOBODY"})
        assert raised.status_code == unknown.status_code
        assert raised.status_code in {404, 422}
        purged = await client.delete("/customer/dead-letter/purge?older_than_days=1")
        assert purged.json() == {"purged": 1}
        same_id = {"device_id": other["device_id"]}
        assert (await client.post("/customer/devices", json=same_id)).status_code == 201
        same_name = {"name": "pumps of another tenant"}
        assert (await client.post("/customer/device-groups", json=same_name)).status_code == 201
    assert shelf.of_other() == before
    assert api.destination.got == []
