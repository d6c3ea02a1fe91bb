"""Routes over HTTP, on a real database: what is accepted, refused, shown and kept from others."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from pulse_router.domain.destinations import MASK
from pulse_router.domain.routes import DestinationType, RouteDraft
from pulse_router.domain.secrets.sealing import Sealer
from pulse_router.domain.secrets.signing_secrets import SigningSecret
from pulse_router.postgres.database import Database
from pulse_router.stores.routes.routes import PostgresRouteStore
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests

PATH = "/api/v1/customer/message-routes"


def faults(problem: dict[str, Any]) -> dict[str, str]:
    return {fault["field"]: fault["message"] for fault in problem["errors"]}


async def test_a_created_route_is_in_effect_when_the_answer_arrives(api: ApiForTests) -> None:
    async with api.client() as client:
        answer = await client.post("/customer/message-routes", json=ROUTE)
    assert answer.status_code == 201
    created = answer.json()
    assert api.route_changes == 1
    assert answer.headers["Location"] == f"/customer/message-routes/{created['id']}"
    assert {name: created[name] for name in ROUTE} == ROUTE
    assert created["tenant_id"] == "TENANT1"
    assert created["created_at"].endswith("Z")


@pytest.mark.parametrize("prefix", ["", "/api/v1"])
async def test_every_path_answers_with_and_without_the_version(
    api: ApiForTests, prefix: str
) -> None:
    async with api.client() as client:
        created = (await client.post(f"{prefix}/customer/message-routes", json=ROUTE)).json()
        path = f"{prefix}/customer/message-routes/{created['id']}"
        assert (await client.get(path)).json() == created
        listed = (await client.get(f"{prefix}/customer/message-routes")).json()
        assert (await client.delete(path)).status_code == 204
    assert listed == {
        "routes": [created],
        "total": 1,
        "total_is_exact": True,
        "limit": 50,
        "offset": 0,
        "next": None,
    }


async def test_lists_are_given_page_by_page(api: ApiForTests) -> None:
    async with api.client() as client:
        for number in range(3):
            await client.post(PATH, json=ROUTE | {"name": f"route {number}"})
        page = (await client.get(f"{PATH}?limit=1&offset=1")).json()
        beyond = (await client.get(f"{PATH}?offset=9")).json()
    assert [route["name"] for route in page["routes"]] == ["route 1"]
    assert (page["total"], page["limit"], page["offset"]) == (3, 1, 1)
    assert (beyond["total"], beyond["routes"]) == (3, [])


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=501", "limit"), ("limit=x", "limit"), ("offset=-1", "offset")],
)
async def test_a_page_out_of_range_is_refused_by_name(
    api: ApiForTests, query: str, field: str
) -> None:
    async with api.client() as client:
        answer = await client.get(f"{PATH}?{query}")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert set(faults(answer.json())) == {field}


async def test_all_faults_are_told_at_once_and_by_field(api: ApiForTests) -> None:
    async with api.client() as client:
        answer = await client.post(
            PATH, json={"topic_filter": 7, "is_enabled": 1, "destination_type": "fax", "extra": 1}
        )
    assert answer.status_code == 422
    assert set(faults(answer.json())) == {
        "name",
        "topic_filter",
        "is_enabled",
        "destination_type",
        "extra",
    }


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"topic_filter": "a/#/b"}, "topic_filter"),
        ({"topic_filter": ""}, "topic_filter"),
        ({"payload_filter": {"a": {"$foo": 1}}}, "payload_filter.a.$foo"),
        ({"payload_filter": []}, "payload_filter"),
        ({"destination_config": {"url": "ftp://x"}}, "destination_config.url"),
        ({"destination_config": {}}, "destination_config.url"),
        ({"destination_config": {"url": "http://x", "ur": 1}}, "destination_config.ur"),
        ({"tenant_id": "OTHER"}, "tenant_id"),
    ],
)
async def test_a_wrong_field_is_named(api: ApiForTests, change: dict[str, Any], field: str) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json=ROUTE | change)
    assert answer.status_code == 422
    assert set(faults(answer.json())) == {field}
    assert api.route_changes == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'"x"', b"[" * 10_000])
async def test_a_body_that_is_no_json_object_is_refused(api: ApiForTests, body: bytes) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, content=body)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_what_the_database_cannot_store_is_the_clients_fault(api: ApiForTests) -> None:
    async with api.client() as client:
        name = await client.post(PATH, json=ROUTE | {"name": "a\0b"})
        value = await client.post(PATH, json=ROUTE | {"payload_filter": {"a": "x\0"}})
    assert (name.status_code, value.status_code) == (422, 422)


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("number", "status"), [("x", 400), ("-1", 400), ("9" * 25, 404), ("7", 404)]
)
async def test_an_id_that_is_none_or_unknown_is_refused(
    api: ApiForTests, method: str, number: str, status: int
) -> None:
    body = {"GET": None, "DELETE": None, "PUT": ROUTE, "PATCH": {"name": "n"}}[method]
    async with api.client() as client:
        answer = await client.request(method, f"{PATH}/{number}", json=body)
    assert answer.status_code == status
    if status == 400:
        assert set(faults(answer.json())) == {"route_id"}


async def test_a_patch_mends_the_url_and_keeps_the_secret(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    config = {"url": "http://a/", "secret": "keep this one", "headers": {"X-A": "1"}}
    async with api.client() as client:
        created = (await client.post(PATH, json=ROUTE | {"destination_config": config})).json()
        assert created["destination_config"]["secret"] == MASK
        patched = await client.patch(
            f"{PATH}/{created['id']}", json={"destination_config": {"url": "http://b/"}}
        )
        expected = config | {"url": "http://b/", "secret": MASK}
        assert patched.json()["destination_config"] == expected
        # What was read may be written back: the mask keeps the secret.
        body = {name: patched.json()[name] for name in ROUTE}
        put = await client.put(f"{PATH}/{created['id']}", json=body)
        assert put.json()["destination_config"] == expected
        assert _stored_secrets(postgres_server, database_name) == '["keep this one"]'
        await client.patch(
            f"{PATH}/{created['id']}", json={"destination_config": {"secret": "new one"}}
        )
        assert _stored_secrets(postgres_server, database_name) == '["new one"]'
        await client.patch(f"{PATH}/{created['id']}", json={"destination_config": {"secret": None}})
    assert _stored_secrets(postgres_server, database_name) == "[]"
    assert api.route_changes == 5


def _stored_secrets(postgres_server: PostgresForTests, database_name: str) -> str:
    return postgres_server.psql(database_name, "SELECT secrets FROM message_routes").strip()


async def test_a_patch_changes_only_what_it_names(api: ApiForTests) -> None:
    async with api.client() as client:
        created = (await client.post(PATH, json=ROUTE)).json()
        patched = (
            await client.patch(
                f"{PATH}/{created['id']}", json={"is_enabled": False, "payload_filter": None}
            )
        ).json()
    expected = created | {"is_enabled": False, "payload_filter": None}
    assert patched | {"updated_at": ""} == expected | {"updated_at": "", "version": 2}


async def test_a_faulty_change_leaves_the_route_as_it_was(api: ApiForTests) -> None:
    async with api.client() as client:
        created = (await client.post(PATH, json=ROUTE)).json()
        answer = await client.patch(f"{PATH}/{created['id']}", json={"topic_filter": "a/#/b"})
        assert answer.status_code == 422
        assert (await client.get(f"{PATH}/{created['id']}")).json() == created


async def test_deleting_a_route_leaves_what_is_pending_to_whoever_delivers_it(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    config = {"url": "http://a/?key=hidden", "secret": "hidden secret"}
    async with api.client() as client:
        route = (await client.post(PATH, json=ROUTE | {"destination_config": config})).json()
        postgres_server.psql(
            database_name,
            f"""
            INSERT INTO route_deliveries
              (id, tenant_id, route_id, device_id, topic, payload, event_id, event_time, attempts)
            SELECT 100 + n, 'TENANT1', {route["id"]}, 'D', 't', '{{"a": 1}}', 9, now(), 2
            FROM generate_series(1, 3) AS n
            """,
        )
        assert (await client.delete(f"{PATH}/{route['id']}")).status_code == 204
        listed = (await client.get("/customer/dead-letter")).json()
    assert listed["total"] == 0, "some of it may be under way"
    assert (
        postgres_server.psql(database_name, "SELECT count(*) FROM route_deliveries").strip() == "3"
    )


async def test_another_tenants_routes_do_not_exist(api: ApiForTests) -> None:
    async with api.client() as client:
        path = f"{PATH}/{(await client.post(PATH, json=ROUTE)).json()['id']}"
    async with api.client(make_token("TENANT2")) as stranger:
        answers = [
            await stranger.get(path),
            await stranger.put(path, json=ROUTE),
            await stranger.patch(path, json={"name": "mine"}),
            await stranger.delete(path),
        ]
        assert (await stranger.get(PATH)).json()["total"] == 0
    assert [answer.status_code for answer in answers] == [404] * 4
    async with api.client() as client:
        assert (await client.get(path)).json()["name"] == ROUTE["name"]


async def test_a_route_whose_secrets_cannot_be_read_is_shown_and_can_be_paused_or_written_anew(
    api: ApiForTests, database: Database
) -> None:
    config = {"url": "http://a/", "headers": {"X-Key": "hush"}}
    draft = RouteDraft("n", "#", DestinationType.WEBHOOK, config, None, True)
    draft = attrs.evolve(draft, secrets=(SigningSecret("hush"),))
    elsewhere = PostgresRouteStore(database, Sealer([b"k" * 32]))
    path = f"{PATH}/{(await elsewhere.create_route('TENANT1', draft)).id}"
    async with api.client() as client:
        shown = (await client.get(path)).json()
        paused = await client.patch(path, json={"is_enabled": False, "name": "paused"})
        refused = [
            await client.patch(path, json={"destination_config": {"url": "http://b/"}}),
            await client.patch(path, json={"destination_type": "postgresql"}),
            await client.post(f"{path}/rotate-secret"),
        ]
        masks = [
            config | {"secret": MASK, "headers": {}},
            config | {"headers": {"X-Key": MASK}},
        ]
        unfit = [await client.put(path, json=ROUTE | {"destination_config": it}) for it in masks]
        mended = await client.put(path, json=ROUTE)
    assert "which is not set" in shown["fault"]
    assert shown["destination_config"] == {"url": "http://a/", "headers": {"X-Key": MASK}}
    assert (paused.json()["is_enabled"], paused.json()["name"]) == (False, "paused")
    assert [answer.status_code for answer in refused] == [409] * 3
    assert all("Replace it by PUT" in answer.json()["detail"] for answer in refused)
    assert [set(faults(answer.json())) for answer in unfit] == [
        {"destination_config.secret"},
        {"destination_config.headers.X-Key"},
    ]
    assert (mended.status_code, mended.json()["fault"]) == (200, None)


async def test_a_route_names_a_client_certificate_that_the_operator_has_for_its_tenant(
    api: ApiForTests,
) -> None:
    config = ROUTE["destination_config"] | {"client_certificate": "line-a"}
    field = "destination_config.client_certificate"
    none: dict[str, list[str]] = {}
    async with api.client() as client:
        for theirs, said in (
            (none, "the operator has set none"),
            ({"TENANT2": ["line-a"]}, "the operator has set none"),
            ({"TENANT1": ["line-b", "common"]}, "must be one of common, line-b"),
        ):
            api.certificates = theirs
            refused = await client.post(PATH, json=ROUTE | {"destination_config": config})
            assert refused.status_code == 422
            assert said in faults(refused.json())[field]
        api.certificates = {"TENANT1": ["line-a"]}
        created = await client.post(PATH, json=ROUTE | {"destination_config": config})
        assert created.status_code == 201
        assert created.json()["destination_config"]["client_certificate"] == "line-a"
        for name in (7, "", "a b", "x" * 65):
            config["client_certificate"] = name
            refused = await client.post(PATH, json=ROUTE | {"destination_config": config})
            assert field in faults(refused.json())
