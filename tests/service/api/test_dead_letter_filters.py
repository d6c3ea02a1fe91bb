"""Dead letters over HTTP: narrowed down, counted by time, taken back."""

from __future__ import annotations

import pytest

from pulse_router.stores import lists
from tests.support.api.server import ApiForTests, make_token
from tests.support.delivery.graveyard import Graveyard

pytestmark = pytest.mark.usefixtures("matches_balance")

PATH = "/api/v1/customer/dead-letter"


async def test_counts_are_told_by_time_under_the_filters_of_the_list(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    for age in (9, 9, 0):
        graveyard.bury(route_id=7, error="HTTP 503 Service Unavailable", age_days=age)
    graveyard.bury(route_id=7, error="connection refused", age_days=5)
    graveyard.bury(route_id=8, error="HTTP 404")
    async with api.client() as client:
        answer = (await client.get(f"{PATH}/summary?cause=server_error,&buckets=10")).json()
        assert answer["errors"][0]["field"] == "cause"
        answer = (await client.get(f"{PATH}/summary?route_id=7,9&buckets=10")).json()
        nothing = (await client.get(f"{PATH}/summary?error=nowhere&buckets=10")).json()
    async with api.client(make_token(None, "operator")) as client:
        path = "/api/v1/operator/dead-letter/summary?error=http&tenant_id=TENANT1"
        of_all = (await client.get(path)).json()
    [route] = answer["routes"]
    assert 0.89 * 86400 < answer["bucket_seconds"] < 0.91 * 86400
    assert route["buckets"] == [2, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    assert [error["buckets"] for error in route["errors"]] == [
        [2, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0, 0, 0, 0, 1, 0, 0, 0, 0, 0],
    ]
    assert (nothing["routes"], nothing["bucket_start"], nothing["total"]) == ([], None, 0)
    assert [(each["route_id"], each["failed"]) for each in of_all["routes"]] == [(7, 3), (8, 1)]
    assert of_all["routes"][0]["buckets"] == []


async def test_the_list_is_narrowed_by_all_that_a_job_may_be_narrowed_by(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    old = graveyard.bury(route_id=1, error="HTTP 503 Service Unavailable", age_days=3)
    plain = graveyard.bury(route_id=2, error="connection refused")
    gone = graveyard.bury(route_id=3, error="HTTP 410 Gone", status="DISCARDED")
    day = "2026-01-01T00:00:00Z"
    async with api.client() as client:
        shown = (await client.get(f"{PATH}/{plain}")).json()
        for query, expected in (
            ("status=FAILED,DISCARDED", [gone, plain, old]),
            ("route_id=1,3", [gone, old]),
            ("error=SERVICE", [old]),
            ("error=100%25", []),
            ("cause=no_answer", [plain]),
            ("cause=client_error", [gone]),
            ("cause=server_error&status=DISCARDED", []),
            ("device_id=DEV-1&destination_type=webhook", [gone, plain, old]),
            ("device_id=DEV-2", []),
            (f"from={shown['created_at']}", [gone, plain]),
            (f"to={shown['created_at']}", [old]),
            (f"to={day}", []),
            (f"before={gone}", [plain, old]),
        ):
            answer = await client.get(f"{PATH}?{query}")
            assert answer.status_code == 200, answer.text
            assert [letter["id"] for letter in answer.json()["messages"]] == expected, query
        for query, field in (
            ("route_id=1,x", "route_id"),
            ("route_id=0", "route_id"),
            ("error=", "error"),
            ("cause=magic", "cause"),
            ("before=0", "before"),
        ):
            refused = await client.get(f"{PATH}?{query}")
            assert refused.status_code == 400, query
            assert refused.json()["errors"][0]["field"] == field


async def test_what_was_given_up_is_taken_back_and_a_purge_is_counted_first(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    number = graveyard.bury(age_days=3)
    async with api.client() as client:
        assert (await client.post(f"{PATH}/{number}/restore")).status_code == 400
        assert (await client.delete(f"{PATH}/{number}")).json()["status"] == "DISCARDED"
        restored = await client.post(f"{PATH}/{number}/restore")
        assert (restored.status_code, restored.json()) == (200, {"id": number, "status": "FAILED"})
        assert (await client.post(f"{PATH}/{number + 1}/restore")).status_code == 404
        path = f"{PATH}/purge?older_than_days=2"
        counted = (await client.delete(f"{path}&dry_run=true")).json()
        assert counted == {"purged": 0, "would_purge": 1}
        assert (await client.delete(f"{path}&dry_run=1")).status_code == 400
        assert (await client.get(f"{PATH}/{number}")).json()["status"] == "FAILED"
        assert (await client.delete(path)).json() == {"purged": 1}


async def test_what_no_index_leads_to_is_sought_so_far_and_the_next_page_goes_on(
    api: ApiForTests, graveyard: Graveyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "LOOKED_AT_MOST", 5)
    rare = [graveyard.bury(error="HTTP 308") for _ in range(2)]
    for _ in range(6):
        graveyard.bury()
    rare.append(graveyard.bury(error="HTTP 308"))
    async with api.client() as client:
        for query in ("error=308", "cause=redirect", "error=http+308&status=FAILED,DISCARDED"):
            found, pages, after = [], [], ""
            while True:
                page = (await client.get(f"{PATH}?{query}&limit=2{after}")).json()
                found += [message["id"] for message in page["messages"]]
                pages.append(len(page["messages"]))
                assert (page["total"], page["total_is_exact"]) == (1, False)
                if page["next"] is None:
                    break
                after = f"&after={page['next']}"
            assert (found, pages) == (sorted(rare, reverse=True), [1, 2])
        nothing = (await client.get(f"{PATH}?destination_type=mqtt_republish")).json()
        assert (nothing["messages"], nothing["next"] is None) == ([], False)
        full = (await client.get(f"{PATH}?error=500&limit=1")).json()
        assert len(full["messages"]) == 1
        behind = (await client.get(f"{PATH}?error=500&limit=1&after={full['next']}")).json()
        assert behind["messages"][0]["id"] == full["messages"][0]["id"] - 1


async def test_a_list_that_is_looked_through_to_its_end_is_counted_exactly(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    for error in ("HTTP 308", "HTTP 500"):
        graveyard.bury(error=error)
    async with api.client() as client:
        page = (await client.get(f"{PATH}?cause=redirect")).json()
    assert (page["total"], page["total_is_exact"], page["next"]) == (1, True, None)


async def test_the_causes_of_the_list_are_those_of_the_counts(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    for error in ("HTTP 200", "HTTP 308 x", "HTTP 404", "HTTP 599", "HTTP 600", "an HTTP 500", "x"):
        graveyard.bury(error=error)
    async with api.client() as client:
        found = {
            cause: [
                message["error_message"]
                for message in (await client.get(f"{PATH}?cause={cause}")).json()["messages"]
            ]
            for cause in ("redirect", "client_error", "server_error", "no_answer")
        }
    assert found == {
        "redirect": ["HTTP 308 x"],
        "client_error": ["HTTP 404"],
        "server_error": ["HTTP 599"],
        "no_answer": ["x", "an HTTP 500", "HTTP 600", "HTTP 200"],
    }
