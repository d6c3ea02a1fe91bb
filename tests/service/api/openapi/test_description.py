"""The API's description, and that the router keeps to it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import trio_websocket
from openapi_spec_validator import OpenAPIV31SpecValidator

from pulse_router.api.app import create_app
from pulse_router.postgres.database import Database
from tests.support.api.server import ApiForTests


async def describe(api: ApiForTests) -> dict[str, Any]:
    async with api.client(None) as client:
        description: dict[str, Any] = (await client.get("/openapi.json")).json()
    return description


async def test_the_description_is_valid_openapi(api: ApiForTests) -> None:
    faults = list(OpenAPIV31SpecValidator(await describe(api)).iter_errors())
    assert not faults


async def test_every_schema_has_a_plain_name(api: ApiForTests) -> None:
    schemas = (await describe(api))["components"]["schemas"]
    assert [name for name in schemas if not name.isalnum()] == []


async def test_the_description_is_sent_once_to_who_keeps_it(api: ApiForTests) -> None:
    async with api.client(None) as client:
        first = await client.get("/openapi.json")
        again = await client.get("/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
        other = await client.get("/openapi.json", headers={"If-None-Match": '"another"'})
    assert (first.status_code, other.status_code) == (200, 200)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


async def test_the_page_is_complete_and_asks_nobody_else(api: ApiForTests) -> None:
    async with api.client(None) as client:
        page = await client.get("/docs")
        wanted, seen = {"docs/docs.css", "docs/docs.js"}, set[str]()
        assert wanted <= set(re.findall(r'(?:href|src)="([^"]+)"', page.text))
        while wanted - seen:
            name = (wanted - seen).pop()
            seen.add(name)
            file = await client.get(f"/{name}")
            assert file.status_code == 200
            kind = "text/css" if name.endswith(".css") else "text/javascript"
            assert file.headers["Content-Type"] == f"{kind}; charset=utf-8"
            assert "://" not in file.text
            wanted |= {f"docs/{other}" for other in re.findall(r'from "\./([^"]+)"', file.text)}
        assert (await client.get("/docs/nothing.js")).status_code == 404
        assert (await client.get("/docs/../openapi.json")).status_code == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'; style-src 'self'; connect-src 'self'" in policy
    assert not re.search(r"<script>|<style>| style=| on[a-z]+=|://", page.text)
    assert len(seen) == 5


PUBLIC = {
    "/",
    "/console",
    "/console/",
    "/console/config",
    "/console/assets/{file}",
    "/console/{page}",
    "/health",
    "/ready",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs/{file}",
    "/api/v1/telemetry/stream/status",
}


async def test_every_path_is_described_and_nothing_else(database: Database) -> None:
    app = create_app(ApiForTests().services(database, max_streams=1, ring_capacity=1))
    async with app.test_client() as client:
        description = await (await client.get("/openapi.json")).get_json()
    described = {
        (method.upper(), path, prefixed)
        for path, methods in description["paths"].items()
        for method in methods
        for prefixed in (True, False)
        if prefixed or path.startswith("/api/v1/")
    }
    answered = set()
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:path:)?([a-z_]+)>", r"{\1}", rule.rule)
        for method in (rule.methods or {"GET"}) - {"HEAD", "OPTIONS"}:
            if path in description["paths"]:
                answered.add((method, path, True))
            else:
                answered.add((method, f"/api/v1{path}", False))
    assert answered == described


async def test_no_path_answers_without_a_token_except_the_public_ones(api: ApiForTests) -> None:
    public = set()
    async with api.client(None) as client:
        for path, methods in (await describe(api))["paths"].items():
            for method, operation in methods.items():
                if not operation["security"]:
                    public.add(path)
                    continue
                for form in {path, path.removeprefix("/api/v1")}:
                    url = re.sub(r"\{[a-z_]+\}", "1", form)
                    if "101" in operation["responses"]:
                        async with api.stream(token=None, path=url) as stream:
                            with pytest.raises(trio_websocket.ConnectionClosed) as closed:
                                await stream.get_message()
                        assert closed.value.reason is not None
                        assert closed.value.reason.code == 4001
                    else:
                        answer = await client.request(method, url)
                        assert answer.status_code == 401, (method, url)
    assert public == PUBLIC
