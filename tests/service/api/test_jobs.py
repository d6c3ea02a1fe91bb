"""Jobs over HTTP: forecast, made, seen, steered, and kept from others."""

from __future__ import annotations

import pytest

from tests.support.api.server import ApiForTests, make_token
from tests.support.delivery.graveyard import Graveyard

PATH = "/api/v1/customer/jobs"


async def test_a_dry_run_counts_by_route_and_changes_nothing(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    letters = [graveyard.bury(route_id=route) for route in (1, 2, 2)]
    graveyard.bury(route_id=3, status="DISCARDED")
    graveyard.bury(route_id=3, tenant="TENANT2")
    async with api.client() as client:
        body = {"action": "replay", "filter": {}, "dry_run": True}
        answer = await client.post(PATH, json=body)
        assert answer.status_code == 200
        assert answer.json() == {
            "matched": 3,
            "is_exact": True,
            "up_to_id": letters[-1] + 1,
            "routes": [{"route_id": 2, "count": 2}, {"route_id": 1, "count": 1}],
        }
        body["filter"] = {"route_id": [1]}
        assert (await client.post(PATH, json=body)).json()["matched"] == 1
        body["up_to_id"] = letters[0] - 1 or 1
        body["filter"] = {"error": "NOT there"}
        assert (await client.post(PATH, json=body)).json()["matched"] == 0
        assert (await client.get(PATH)).json()["jobs"] == []


async def test_a_job_is_made_paused_resumed_and_cancelled(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    newest = graveyard.bury()
    async with api.client() as client:
        made = await client.post(
            PATH, json={"action": "discard", "filter": {"error": "http 500", "status": ["FAILED"]}}
        )
        assert made.status_code == 201, made.text
        job = made.json()
        where = made.headers["Location"]
        assert job["state"] == "WAITING"
        assert (job["matched"], job["up_to_id"], job["staged"]) == (1, newest, False)
        assert job["filter"] == {"error": "http 500", "status": ["FAILED"]}
        assert (await client.get(where)).json() == job
        assert (await client.get(PATH)).json()["jobs"] == [job]
        for move, state in (("pause", "PAUSED"), ("resume", "WAITING"), ("cancel", "CANCELLED")):
            moved = await client.post(f"{where}/{move}")
            assert (moved.status_code, moved.json()["state"]) == (200, state)
        refused = await client.post(f"{where}/resume")
        assert refused.status_code == 409
        assert "CANCELLED" in refused.json()["detail"]
        assert (await client.get(f"{where}/failures")).json()["failures"] == []
    async with api.client(make_token("TENANT2")) as client:
        assert (await client.get(where)).status_code == 404
        assert (await client.post(f"{where}/pause")).status_code == 404
        assert (await client.get(f"{where}/failures")).status_code == 404
        assert (await client.get(PATH)).json()["jobs"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"action": "burn"}, "action"),
        ({"action": "discard", "route_id": 1}, "route_id"),
        ({"action": "replay", "filter": {"status": ["DISCARDED"]}}, "filter.status"),
        (
            {
                "action": "purge",
                "filter": {"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"},
            },
            "filter.to",
        ),
    ],
)
async def test_a_job_that_makes_no_sense_is_refused_by_its_field(
    api: ApiForTests, body: dict[str, object], field: str
) -> None:
    async with api.client() as client:
        answer = await client.post(PATH, json=body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["errors"]] == [field]


async def test_operators_make_jobs_for_one_tenant_or_all(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    graveyard.bury(tenant="TENANT1")
    graveyard.bury(tenant="TENANT2")
    path = "/api/v1/operator/jobs"
    async with api.client(make_token(None, "operator-admin")) as client:
        of_all = (await client.post(path, json={"action": "discard"})).json()
        of_one = (
            await client.post(path, json={"action": "discard", "tenant_id": "TENANT2"})
        ).json()
        assert (of_all["tenant_id"], of_all["matched"]) == (None, 2)
        assert (of_one["tenant_id"], of_one["matched"]) == ("TENANT2", 1)
        assert len((await client.get(path)).json()["jobs"]) == 2
    async with api.client(make_token("TENANT2")) as client:
        assert [job["id"] for job in (await client.get(PATH)).json()["jobs"]] == [of_one["id"]]


async def test_a_tenant_has_only_so_many_jobs_that_are_not_at_their_end(api: ApiForTests) -> None:
    async with api.client() as client:
        for _ in range(20):
            assert (await client.post(PATH, json={"action": "purge"})).status_code == 201
        assert (await client.post(PATH, json={"action": "purge"})).status_code == 409
