"""The API's description, and that the router keeps to it."""

from __future__ import annotations

from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.support.api import ApiForTests


async def describe(api: ApiForTests) -> dict[str, Any]:
    async with api.client(None) as client:
        description: dict[str, Any] = (await client.get("/openapi.json")).json()
    return description


async def test_the_description_is_valid_openapi(api: ApiForTests) -> None:
    faults = list(OpenAPIV31SpecValidator(await describe(api)).iter_errors())
    assert not faults


async def test_the_description_is_sent_once_to_who_keeps_it(api: ApiForTests) -> None:
    async with api.client(None) as client:
        first = await client.get("/openapi.json")
        again = await client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
        other = await client.get("/openapi.json", headers={"If-None-Match": '"another"'})
    assert (first.status_code, other.status_code) == (200, 200)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
