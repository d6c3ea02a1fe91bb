"""Alerts over HTTP: one open of each key and device, forward only, seen by their tenant alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pulse_router.domain.alerts import Alert
from tests.support.api.server import ApiForTests, make_token

PATH = "/api/v1/customer/alerts"
DEVICES = "/api/v1/customer/devices"
ALERT: dict[str, Any] = {"device_id": "DEV-1", "key": "temperature", "title": "Too hot"}


async def test_an_alert_is_raised_once_until_it_is_closed(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        raised = await client.post(PATH, json=ALERT)
        first = raised.json()
        one = f"{PATH}/{first['id']}"
        assert (raised.status_code, raised.headers["Location"]) == (201, one)
        assert (first["status"], first["severity"], first["closed_at"]) == ("OPEN", "WARNING", None)

        acknowledged = (await client.patch(one, json={"status": "ACKNOWLEDGED"})).json()
        assert acknowledged["status"] == "ACKNOWLEDGED"
        worse = {"severity": "CRITICAL", "title": "Far too hot"}
        again = await client.post(PATH, json=ALERT | worse)
        assert again.status_code == 200
        updated_at = again.json()["updated_at"]
        assert again.json() == acknowledged | worse | {"updated_at": updated_at}
        assert updated_at > acknowledged["updated_at"]

        closed = (await client.patch(one, json={"status": "CLOSED"})).json()
        assert closed["closed_at"] == closed["updated_at"]
        assert (await client.get(one)).json() == closed
        anew = await client.post(PATH, json=ALERT)
        assert anew.status_code == 201
        assert anew.json()["id"] > first["id"]


async def test_only_what_is_closed_stays_and_the_answer_says_what_to_do(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        one = f"{PATH}/{(await client.post(PATH, json=ALERT)).json()['id']}"
        await client.patch(one, json={"status": "ACKNOWLEDGED"})
        back = await client.patch(one, json={"status": "OPEN"})
        assert (back.status_code, back.json()["status"]) == (200, "OPEN")
        closed = await client.patch(one, json={"status": "CLOSED", "title": "It was too hot"})
        assert closed.json()["title"] == "It was too hot"
        assert (await client.patch(one, json={"status": "CLOSED"})).json() == closed.json()
        for change in ({"status": "OPEN"}, {"title": "other"}, {"severity": "INFO"}):
            refused = await client.patch(one, json=change)
            assert refused.status_code == 409
            assert "raise it again" in refused.json()["detail"]
        assert (await client.get(one)).json() == closed.json()


async def test_alerts_are_listed_the_newest_first_and_narrowed(api: ApiForTests) -> None:
    async with api.client() as client:
        for device_id in ("DEV-1", "DEV-2"):
            await client.post(DEVICES, json={"device_id": device_id})
            for key, severity in (("heat", "CRITICAL"), ("age", "INFO")):
                body = {"device_id": device_id, "key": key, "title": key, "severity": severity}
                await client.post(PATH, json=body)
        everything = (await client.get(PATH)).json()
        ids = [alert["id"] for alert in everything["alerts"]]
        assert (everything["total"], ids) == (4, sorted(ids, reverse=True))
        # What is open about a device that is removed would stay so for ever.
        assert (await client.delete(f"{DEVICES}/DEV-2")).status_code == 204
        for query, found in (
            ("status=OPEN", ids[2:]),
            ("status=CLOSED&device_id=DEV-2", ids[:2]),
            ("status=ACKNOWLEDGED,CLOSED", ids[:2]),
            ("status=OPEN,ACKNOWLEDGED,CLOSED", ids),
            ("severity=CRITICAL", [ids[1], ids[3]]),
            ("device_id=DEV-1&severity=INFO", [ids[2]]),
            ("device_id=NOBODY", []),
        ):
            listed = (await client.get(f"{PATH}?{query}")).json()
            assert [alert["id"] for alert in listed["alerts"]] == found, query
            assert listed["total"] == len(found)
        for query in ("status=open", "status=OPEN,", "severity=BAD", "device=DEV-1"):
            assert (await client.get(f"{PATH}?{query}")).status_code == 400


async def test_a_wrong_field_is_named(api: ApiForTests) -> None:
    wrong: list[dict[str, Any]] = [
        {"device_id": "NOBODY"},
        {"device_id": "a/b"},
        {"key": ""},
        {"key": "x" * 129},
        {"title": "x" * 201},
        {"severity": "FATAL"},
        {"status": "OPEN"},
    ]
    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        for change in wrong:
            answer = await client.post(PATH, json=ALERT | change)
            assert answer.status_code == 422
            assert [fault["field"] for fault in answer.json()["errors"]] == list(change)
        assert (await client.get(PATH)).json()["total"] == 0


async def test_another_tenants_alert_is_not_found(api: ApiForTests) -> None:
    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        one = f"{PATH}/{(await client.post(PATH, json=ALERT)).json()['id']}"
    async with api.client(make_token("TENANT2")) as other:
        assert (await other.get(one)).status_code == 404
        assert (await other.patch(one, json={"status": "CLOSED"})).status_code == 404
        assert (await other.post(PATH, json=ALERT)).status_code == 422
        assert (await other.get(PATH)).json()["total"] == 0
    async with api.client() as client:
        assert (await client.get(one)).json()["status"] == "OPEN"


async def test_live_clients_are_shown_a_change_before_it_is_answered(api: ApiForTests) -> None:
    """Nothing listens to the database here: the answer itself says that the router has acted."""
    shown: list[list[str]] = []

    def show(alerts: Sequence[Alert]) -> None:
        shown.append([f"{alert.key} {alert.status}" for alert in alerts])

    async with api.client() as client:
        await client.post(DEVICES, json={"device_id": "DEV-1"})
        assert await api.alert_feed.watch("TENANT1", show) == []
        one = f"{PATH}/{(await client.post(PATH, json=ALERT)).json()['id']}"
        await client.patch(one, json={"status": "ACKNOWLEDGED"})
        await client.post(PATH, json=ALERT | {"key": "age"})
        await client.delete(f"{DEVICES}/DEV-1")
    assert shown == [
        ["temperature OPEN"],
        ["temperature ACKNOWLEDGED"],
        ["age OPEN", "temperature ACKNOWLEDGED"],
        [],
    ]
