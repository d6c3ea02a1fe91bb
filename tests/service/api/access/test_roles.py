"""The table of roles in the documentation, held against every path that is registered."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from trio_websocket import ConnectionClosed

from pulse_router.api.openapi.audiences import ROLES, Audience
from pulse_router.api.openapi.operations import VERSIONED, Registered
from tests.support.api.server import AUDIENCE, ISSUER, SECRET, ApiForTests, make_token
from tests.support.api.walks import Call, call_of

DOCUMENT = Path(__file__).parents[4] / "docs" / "security.md"
ROWS = {
    "read and stream what is its tenant's": Audience.CUSTOMER_READER,
    "change what is its tenant's": Audience.CUSTOMER_WRITER,
    "read what is any tenant's (`/operator/…`)": Audience.OPERATOR_READER,
    "replay, discard and purge any tenant's dead letters": Audience.OPERATOR_WRITER,
}
FOR_ALL = {Audience.PUBLIC, Audience.HOLDER}
OF_TENANTS = {Audience.CUSTOMER_READER, Audience.CUSTOMER_WRITER}
PUBLIC = {
    "/health",
    "/ready",
    "/metrics",
    "/telemetry/stream/status",
    "/openapi.json",
    "/docs",
    "/",
    "/console",
}


def documented() -> Mapping[str, set[Audience]]:
    """Read which role may do what out of the document's table."""
    lines = DOCUMENT.read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| may |"))
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[start:]]
    roles = [name.strip("`") for name in cells[0][1:]]
    table: dict[str, set[Audience]] = {role: set() for role in roles}
    for row in cells[2 : 2 + len(ROWS)]:
        for role, may in zip(roles, row[1:], strict=True):
            assert may in {"yes", "no"}
            if may == "yes":
                table[role].add(ROWS[row[0]])
    return table


def test_the_document_names_every_role() -> None:
    assert set(documented()) == ROLES


async def status_of(client: httpx2.AsyncClient, call: Call, token: str | None) -> tuple[int, str]:
    """Ask; of a stream that goes on for ever, only the head of the answer is waited for."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    async with client.stream(call.method, call.path, json=call.json, headers=headers) as answer:
        if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
            return answer.status_code, ""
        return answer.status_code, (await answer.aread()).decode()


def requests_of(api: ApiForTests) -> list[Registered]:
    return [each for each in api.registered if not each.is_websocket]


async def test_each_role_may_do_what_the_table_says_and_nothing_else(api: ApiForTests) -> None:
    table: dict[str, set[Audience]] = {**documented(), "king": set(), "": set()}
    async with api.client(None) as client:
        for role, audiences in table.items():
            token = make_token("TENANT1", role) if role in ROLES else self_made(role)
            for each in requests_of(api):
                call = call_of(each, body=None if each.method == "GET" else {})
                status, text = await status_of(client, call, token)
                if each.audience in FOR_ALL or each.audience in audiences:
                    assert status not in {401, 403, 500}, (role, call.name, text)
                else:
                    assert status == 403, (role, call.name, text)
                    assert "Unauthorized role." in text


async def test_without_a_tenant_a_token_is_good_for_operators_paths_alone(
    api: ApiForTests,
) -> None:
    async with api.client(None) as client:
        for role in ROLES:
            token = make_token(None, role)
            for each in requests_of(api):
                if each.audience in OF_TENANTS:
                    status, text = await status_of(client, call_of(each), token)
                    assert (status, "No tenant_id in token." in text) == (403, True), each.path


@pytest.mark.parametrize("versioned", [True, False])
async def test_no_path_answers_without_a_valid_token_but_those_that_are_public(
    api: ApiForTests, versioned: bool
) -> None:
    header, payload, _ = make_token().split(".")
    expired = make_token(expires_seconds=-3600)
    async with api.client(None) as client:
        for token, challenge in (
            (None, "Bearer realm="),
            ("garbage", 'error="invalid_token"'),
            (expired, 'error="invalid_token"'),
            (f"{header}.{payload}.", 'error="invalid_token"'),
        ):
            for each in requests_of(api):
                call = call_of(each, versioned=versioned)
                headers = {} if token is None else {"Authorization": f"Bearer {token}"}
                if each.audience is Audience.PUBLIC:
                    assert each.path in PUBLIC or each.path.startswith(("/docs/", "/console/"))
                    continue
                answer = await client.request(call.method, call.path, headers=headers)
                assert answer.status_code == 401, call.name
                assert answer.headers["Content-Type"] == "application/problem+json"
                assert challenge in answer.headers["WWW-Authenticate"]


async def test_every_path_that_answers_is_registered_with_its_audience(  # noqa: ASYNC124 - fixture
    api: ApiForTests,
) -> None:
    registered = {
        prefix + each.path
        for each in api.registered
        for prefix in ((VERSIONED, "") if each.is_prefixed else ("",))
    }
    assert api.served == registered


@asynccontextmanager
async def socket(api: ApiForTests, each: Registered, token: str | None) -> AsyncIterator[str]:
    """Open a WebSocket, and tell its first message or the code that it is closed with."""
    prefix = "/api/v1" if each.is_prefixed else ""
    async with api.stream(token=token, path=prefix + each.path) as connection:
        try:
            await connection.send_message("{}")
            yield str(await connection.get_message())
        except ConnectionClosed as closed:
            yield str(closed.reason.code if closed.reason else None)


async def test_a_websocket_lets_in_whom_the_table_says_and_tells_the_others_why(
    api: ApiForTests,
) -> None:
    for each in (each for each in api.registered if each.is_websocket):
        for role, audiences in documented().items():
            async with socket(api, each, make_token("TENANT1", role)) as first:
                assert first.startswith("{") == (each.audience in audiences), (role, each.path)
        for token, code in (
            (None, "4001"),
            ("garbage", "4001"),
            (make_token(expires_seconds=-3600), "4001"),
            (make_token(None, "customer"), "4003"),
            (self_made("king"), "4003"),
        ):
            async with socket(api, each, token) as first:
                assert first == code, (each.path, token)


def self_made(role: str) -> str:
    """A valid token of a role that does not exist."""
    claims = {
        "exp": int(time.time()) + 600,
        "iss": ISSUER,
        "aud": AUDIENCE,
        "tenant_id": "TENANT1",
        "role": role,
    }
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET))
