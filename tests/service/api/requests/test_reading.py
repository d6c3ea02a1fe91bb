"""What is asked must be what is understood: types, parameters and characters, at the door."""

from __future__ import annotations

import msgspec
import pytest

from tests.support.api.server import ROUTE, ApiForTests

ROUTES = "/customer/message-routes"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        (None, 201),
        ("application/json", 201),
        ("application/json; charset=UTF-8", 201),
        ("application/merge-patch+json", 201),
        ("application/x-www-form-urlencoded", 201),  # what `curl -d` says of everything
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("application/xml", 415),
        ("multipart/form-data; boundary=x", 415),
        ("json", 415),
    ],
)
async def test_a_body_says_that_it_is_json_or_nothing(
    api: ApiForTests, content_type: str | None, status: int
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    async with api.client() as client:
        answer = await client.post(ROUTES, content=msgspec.json.encode(ROUTE), headers=headers)
    assert answer.status_code == status
    if status == 415:
        assert answer.headers["Accept"] == "application/json"


async def test_a_misspelt_filter_is_refused_and_named(api: ApiForTests) -> None:
    async with api.client() as client:
        for method, path in (
            ("GET", "/customer/dead-letter?stauts=FAILED"),
            ("DELETE", "/customer/dead-letter/purge?older_than=30&older_than_days=30"),
            ("GET", f"{ROUTES}?Limit=1"),
        ):
            answer = await client.request(method, path)
            assert answer.status_code == 400
            (fault,) = answer.json()["errors"]
            assert fault["field"] in path
            assert "known are" in answer.json()["detail"]
        # Where there is nothing to misspell, nothing is.
        assert (await client.post(f"{ROUTES}?_=1", json=ROUTE)).status_code == 201


async def test_a_parameter_that_is_given_twice_is_refused_and_named(api: ApiForTests) -> None:
    async with api.client() as client:
        for method, path in (
            ("GET", f"{ROUTES}?limit=1&limit=nonsense"),
            ("GET", "/customer/alerts?status=OPEN&limit=1&status=ACKNOWLEDGED"),
            ("DELETE", "/customer/dead-letter/purge?older_than_days=365&older_than_days=1"),
            ("GET", "/customer/telemetry/stream/sse?device_id=A&device_id=B"),
        ):
            answer = await client.request(method, path)
            assert answer.status_code == 400
            (fault,) = answer.json()["errors"]
            assert fault["message"] == "is given more than once"
            assert path.count(f"{fault['field']}=") == 2


@pytest.mark.parametrize("depth", [60, 200, 500, 900, 5000])
async def test_a_body_of_any_depth_is_taken_or_refused_and_breaks_nothing(
    api: ApiForTests, depth: int
) -> None:
    text = "[" * depth + "]" * depth
    async with api.client() as client:
        made = (await client.post(ROUTES, json=ROUTE)).json()["id"]
        topic = "tenant/TENANT1/device/DEV-1/telemetry"
        for path, body in (
            (f"{ROUTES}/{made}/test", f'{{"topic":"{topic}","payload":{{"x":{text}}}}}'),
            (ROUTES, f'{{"name":"deep","payload_filter":{{"a":{text}}}}}'),
            ("/customer/devices", f'{{"device_id":{text}}}'),
        ):
            answer = await client.post(path, content=body)
            assert answer.status_code in ({200, 422} if depth == 60 else {400}), answer.text
            assert depth == 60 or "levels deep" in answer.json()["detail"]


async def test_a_null_character_is_refused_wherever_it_stands(api: ApiForTests) -> None:
    async with api.client() as client:
        for answer, status in (
            (await client.get("/customer/rejected-messages?device_id=a%00b"), 400),
            (await client.get("/customer/devices/a%00b/telemetry"), 400),
            (await client.get(f"{ROUTES}/%00"), 400),
            (await client.post(ROUTES, json=ROUTE | {"name": "a\0b"}), 422),
        ):
            assert answer.status_code == status, answer.url
            assert answer.json()["errors"]
        inside = await client.post(ROUTES, json=ROUTE | {"payload_filter": {"a\0": 1}})
        assert (inside.status_code, "null character" in inside.json()["detail"]) == (422, True)


async def test_a_wrong_value_is_told_which_are_right(api: ApiForTests) -> None:
    async with api.client() as client:
        answer = await client.post(ROUTES, json=ROUTE | {"destination_type": "pigeon"})
        patched = await client.patch(f"{ROUTES}/1", json={"destination_type": "pigeon"})
    for (fault,) in (answer.json()["errors"], patched.json()["errors"]):
        assert fault["field"] == "destination_type"
        assert "one of webhook, mqtt_republish, postgresql" in fault["message"]
