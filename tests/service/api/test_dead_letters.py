"""Dead letters over HTTP: found, replayed once, discarded, purged, and kept from others."""

from __future__ import annotations

import pytest
import trio

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.routes import Route
from pulse_router.postgres.database import Database
from pulse_router.stores.dead_letters import counts as dead_letter_counts
from pulse_router.stores.dead_letters.counts import PostgresDeadLetterCounts
from tests.support.api.routes import make_route
from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.delivery.graveyard import Graveyard

pytestmark = pytest.mark.usefixtures("matches_balance")

PATH = "/api/v1/customer/dead-letter"


async def test_a_dead_letter_is_shown_as_the_contract_says(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    number = graveyard.bury(route_id=42)
    async with api.client() as client:
        shown = (await client.get(f"{PATH}/{number}")).json()
        listed = (await client.get(PATH)).json()
    assert listed == {
        "messages": [shown],
        "total": 1,
        "total_is_exact": True,
        "limit": 50,
        "offset": 0,
        "next": None,
    }
    assert shown.pop("created_at").endswith("Z")
    assert shown == {
        "id": number,
        "tenant_id": "TENANT1",
        "route_id": 42,
        "delivery_id": str(2**62 + 1),
        "device_id": "DEV-1",
        "event_id": str(2**61),
        "original_topic": "tenant/TENANT1/device/DEV-1/telemetry",
        "payload": {"metrics": {"temperature": 90.0}},
        "payload_bytes": len('{"metrics": {"temperature": 90.0}}'),
        "destination_type": "webhook",
        "destination_config": {"url": "http://a/"},
        "error_message": "HTTP 500",
        "attempts": 5,
        "status": "FAILED",
        "replayed_at": None,
        "history": [],
    }


async def test_the_list_is_narrowed_by_status_and_route(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    first = graveyard.bury(route_id=1)
    second = graveyard.bury(route_id=2)
    third = graveyard.bury(route_id=2, status="DISCARDED")
    async with api.client() as client:
        for query, expected in (
            ("", [third, second, first]),
            ("?status=FAILED", [second, first]),
            ("?route_id=2", [third, second]),
            ("?route_id=2&status=FAILED", [second]),
            ("?limit=1&offset=1", [second]),
        ):
            answer = (await client.get(PATH + query)).json()
            assert [letter["id"] for letter in answer["messages"]] == expected
        for query, field in (("?status=LOST", "status"), ("?route_id=x", "route_id")):
            refused = await client.get(PATH + query)
            assert refused.status_code == 400
            assert refused.json()["errors"][0]["field"] == field


async def test_the_figures_name_the_routes_with_most_failed_ones_and_add_up_the_others(
    database: Database, graveyard: Graveyard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letter_counts, "ROUTES_NAMED", 2)
    for route_id, tenant, times in ((7, "TENANT1", 3), (8, "TENANT2", 2), (9, "TENANT1", 1)):
        for _ in range(times):
            graveyard.bury(route_id=route_id, tenant=tenant)
    graveyard.bury(route_id=9, status="DISCARDED")
    counts = await PostgresDeadLetterCounts(database).failed_by_route()
    assert counts == {7: 3, 8: 2, None: 1}


async def test_a_replay_uses_the_route_as_it_is_now_and_the_old_id(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    route_id = await make_route(api)
    number = graveyard.bury(route_id=route_id)
    async with api.client() as client:
        mended = {"destination_config": {"url": "http://mended/"}}
        await client.patch(f"/customer/message-routes/{route_id}", json=mended)
        answer = await client.post(f"/customer/dead-letter/{number}/replay")
        assert (answer.status_code, answer.json()) == (200, {"id": number, "status": "REPLAYED"})
        shown = (await client.get(f"{PATH}/{number}")).json()
        again = await client.post(f"{PATH}/{number}/replay")
    assert (shown["status"], shown["attempts"]) == ("REPLAYED", 6)
    assert shown["replayed_at"].endswith("Z")
    assert again.status_code == 400
    ((delivery, route),) = api.destination.got
    assert delivery.id == 2**62 + 1
    assert route.destination_config["url"] == "http://mended/"


async def test_a_replay_that_fails_is_a_502_with_the_error_and_may_be_tried_again(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    number = graveyard.bury(route_id=await make_route(api))
    async with api.client() as client:
        api.destination.outcome = Outcome(Verdict.RETRY, "HTTP 503", status=503)
        failed = await client.post(f"{PATH}/{number}/replay")
        assert failed.status_code == 502
        assert failed.headers["Content-Type"] == "application/problem+json"
        assert failed.json()["error"] == "HTTP 503"
        shown = (await client.get(f"{PATH}/{number}")).json()
        assert (shown["status"], shown["attempts"]) == ("FAILED", 6)
        assert shown["error_message"] == "HTTP 503"
        api.destination.outcome = Outcome(Verdict.DELIVERED, status=200)
        assert (await client.post(f"{PATH}/{number}/replay")).status_code == 200
        shown = (await client.get(f"{PATH}/{number}")).json()
    assert (shown["attempts"], shown["error_message"]) == (7, "HTTP 503")
    assert [(entry["status"], entry["error"]) for entry in shown["history"]] == [
        (503, "HTTP 503"),
        (200, ""),
    ]


async def test_of_many_replays_the_last_ten_are_remembered(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    number = graveyard.bury(route_id=await make_route(api))
    async with api.client() as client:
        for status in range(500, 512):
            api.destination.outcome = Outcome(Verdict.RETRY, f"HTTP {status}", status=status)
            assert (await client.post(f"{PATH}/{number}/replay")).status_code == 502
        shown = (await client.get(f"{PATH}/{number}")).json()
    assert shown["attempts"] == 5 + 12
    assert [entry["status"] for entry in shown["history"]] == list(range(502, 512))


async def test_dead_letters_are_counted_by_route_and_error(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    for error, times in (("HTTP 500", 3), ("HTTP 404: no such hook", 5), ("x" * 1000, 1)):
        for _ in range(times):
            graveyard.bury(route_id=7, error=error)
    graveyard.bury(route_id=7, status="REPLAYED")
    graveyard.bury(route_id=8, status="DISCARDED")
    graveyard.bury(route_id=9, tenant="TENANT2")
    for number in range(7):
        graveyard.bury(route_id=10, error=f"HTTP 500: request {number}")
    async with api.client() as client:
        answer = (await client.get(f"{PATH}/summary")).json()
        assert (answer["total"], answer["is_exact"]) == (3, True)
        second = (await client.get(f"{PATH}/summary?limit=1&offset=1")).json()
    first, *others = answer["routes"]
    assert second["routes"] == [others[0]]
    assert [route["route_id"] for route in others] == [10, 8]
    assert [first[name] for name in ("failed", "replayed", "discarded")] == [9, 1, 0]
    assert [(error["error_message"], error["count"]) for error in first["errors"]] == [
        ("HTTP 404: no such hook", 5),
        ("HTTP 500", 3),
        ("x" * 200, 1),
    ]
    assert first["errors"][0]["newest_at"].endswith("Z")
    assert len(others[0]["errors"]) == 5, "only the most frequent"
    assert others[1]["errors"] == []


async def test_a_replay_without_its_route_names_another(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    number = graveyard.bury(route_id=999)
    route_id = await make_route(api)
    async with api.client(make_token("TENANT2")) as other:
        strange = (await other.post("/customer/message-routes", json=ROUTE)).json()["id"]
    async with api.client() as client:
        path = f"{PATH}/{number}/replay"
        assert (await client.post(path)).status_code == 409
        assert (await client.post(path, json={"route_id": strange})).status_code == 409
        assert (await client.post(path, json={"route_id": "1"})).status_code == 422
        assert (await client.post(path, json={"route_id": route_id})).status_code == 200


async def test_two_replays_at_once_send_it_once(api: ApiForTests, graveyard: Graveyard) -> None:
    number = graveyard.bury(route_id=await make_route(api))
    reached, go_on = trio.Event(), trio.Event()
    deliver = api.destination.deliver

    async def slowly(delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        reached.set()
        await go_on.wait()
        return await deliver(delivery, route, attempt=attempt)

    api.destination.deliver = slowly  # type: ignore[method-assign]
    answers: list[int] = []

    async def replay() -> None:
        async with api.client() as client:
            answers.append((await client.post(f"{PATH}/{number}/replay")).status_code)

    async with trio.open_nursery() as nursery, api.client() as client:
        nursery.start_soon(replay)
        await reached.wait()
        assert (await client.post(f"{PATH}/{number}/replay")).status_code == 409
        assert (await client.delete(f"{PATH}/{number}")).status_code == 409
        go_on.set()
    assert answers == [200]
    assert len(api.destination.got) == 1


async def test_a_batch_tells_how_each_one_ended(api: ApiForTests, graveyard: Graveyard) -> None:
    route_id = await make_route(api)
    good = graveyard.bury(route_id=route_id)
    gone = graveyard.bury(route_id=999)
    done = graveyard.bury(route_id=route_id, status="DISCARDED")
    async with api.client() as client:
        answer = await client.post(
            f"{PATH}/replay-batch", json={"ids": [good, gone, done, 10**9, good]}
        )
        results = answer.json()["results"]
        for ids in ([], [0], ["1"], list(range(1, 102))):
            refused = await client.post(f"{PATH}/replay-batch", json={"ids": ids})
            assert refused.status_code == 422
    assert [(result["id"], result["status"]) for result in results] == [
        (good, "REPLAYED"),
        (gone, "SKIPPED"),
        (done, "SKIPPED"),
        (10**9, "SKIPPED"),
    ]


async def test_a_discarded_one_stays_to_be_seen(api: ApiForTests, graveyard: Graveyard) -> None:
    number = graveyard.bury()
    async with api.client() as client:
        answer = await client.delete(f"{PATH}/{number}")
        assert (answer.status_code, answer.json()) == (200, {"id": number, "status": "DISCARDED"})
        assert (await client.get(f"{PATH}/{number}")).json()["status"] == "DISCARDED"
        assert (await client.delete(f"{PATH}/{number}")).status_code == 400
        assert (await client.post(f"{PATH}/{number}/replay")).status_code == 400


async def test_a_purge_goes_by_age_whatever_the_status(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    for age_days, status in ((10, "FAILED"), (10, "REPLAYED"), (3, "FAILED")):
        graveyard.bury(age_days=age_days, status=status)
    other = graveyard.bury(age_days=10, tenant="TENANT2")
    async with api.client() as client:
        for query in ("", "?older_than_days=0", "?older_than_days=366", "?older_than_days=x"):
            assert (await client.delete(f"{PATH}/purge{query}")).status_code in {400, 422}
        purged = await client.request("DELETE", f"{PATH}/purge", json={"older_than_days": 7})
        assert purged.json() == {"purged": 2}
        assert (await client.delete(f"{PATH}/purge?older_than_days=1")).json() == {"purged": 1}
    async with api.client(make_token("TENANT2")) as client:
        assert (await client.get(f"{PATH}/{other}")).status_code == 200


async def test_another_tenants_dead_letters_do_not_exist(
    api: ApiForTests, graveyard: Graveyard
) -> None:
    number = graveyard.bury(route_id=await make_route(api))
    async with api.client(make_token("TENANT2")) as stranger:
        assert (await stranger.get(PATH)).json()["total"] == 0
        answers = [
            await stranger.get(f"{PATH}/{number}"),
            await stranger.post(f"{PATH}/{number}/replay"),
            await stranger.delete(f"{PATH}/{number}"),
        ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert api.destination.got == []


@pytest.mark.parametrize(("number", "status"), [("x", 400), ("9" * 25, 404), ("7", 404)])
async def test_an_id_that_is_none_or_unknown_is_refused(
    api: ApiForTests, number: str, status: int
) -> None:
    async with api.client() as client:
        for answer in (
            await client.get(f"{PATH}/{number}"),
            await client.delete(f"{PATH}/{number}"),
            await client.post(f"{PATH}/{number}/replay"),
        ):
            assert answer.status_code == status
