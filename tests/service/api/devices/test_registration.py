"""Devices registered by the line: a bad one stops nobody, and what is committed stays."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import msgspec
import pytest
import trio

from pulse_router.api.devices import registration as device_registration
from pulse_router.api.server.streamed_body import HELD_BYTES
from tests.support.api.server import ApiForTests, make_token
from tests.support.servers.postgres import PostgresForTests
from tests.support.waiting import wait_until

PATH = "/api/v1/customer/devices/bulk"
NDJSON = {"Content-Type": "application/x-ndjson"}


def lines_of(answer: httpx2.Response) -> tuple[list[Any], Any]:
    """What has become of each line, and the summary."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/x-ndjson"
    *lines, summary = [msgspec.json.decode(line) for line in answer.text.splitlines()]
    return lines, summary


def numbered(first: int, count: int) -> bytes:
    ids = range(first, first + count)
    return b"".join(b'{"device_id": "DEV-%d", "site_id": "S"}\n' % number for number in ids)


async def test_each_line_is_answered_and_a_bad_one_stops_nobody(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    body = "\n".join(
        [
            '{"device_id": "DEV-1", "site_id": "SITE-1"}',
            "",
            '{"device_id": "DEV-2", "provision_token": "a token of my own"}',
            '{"device_id": "a/b", "tenant_id": "T", "provision_token": "a secret \\u0000"}',
            '{"device_id": ',
            "[]",
            '{"device_id": "DEV-1", "site_id": "ANOTHER"}',
            '{"device_id": "DEV-4", "site_id": "\\u0000"}',
            "x" * 9000,
            '{"device_id": "DEV-3"}',  # no line break at the end
        ]
    )
    async with api.client() as client:
        await client.post("/customer/devices", json={"device_id": "DEV-3"})
        answer = await client.post(PATH, content=body.encode(), headers=NDJSON)
    lines, summary = lines_of(answer)
    token = lines[0].pop("provision_token")
    fields = {line["line"]: [e["field"] for e in line.pop("errors", [])] for line in lines}
    assert lines == [
        {"line": 1, "result": "CREATED", "device_id": "DEV-1"},
        {"line": 3, "result": "CREATED", "device_id": "DEV-2"},
        {"line": 4, "result": "REFUSED"},
        {"line": 5, "result": "REFUSED"},
        {"line": 6, "result": "REFUSED"},
        {"line": 7, "result": "EXISTS", "device_id": "DEV-1"},
        {"line": 8, "result": "REFUSED"},
        {"line": 9, "result": "REFUSED"},
        {"line": 10, "result": "EXISTS", "device_id": "DEV-3"},
    ]
    assert fields[4] == ["tenant_id", "device_id", "provision_token"]
    assert (fields[5], fields[6], fields[8], fields[9]) == ([""], [""], ["site_id"], [""])
    assert "a secret" not in answer.text
    assert summary == {
        "lines": 9,
        "created": 2,
        "existing": 2,
        "refused": 5,
        "is_complete": True,
        "problem": None,
    }
    stored = postgres_server.psql(
        database_name,
        "SELECT device_id, site_id, encode(provision_token_hash, 'hex') FROM devices"
        " WHERE device_id IN ('DEV-1', 'DEV-2') AND tenant_id = 'TENANT1' ORDER BY 1",
    )
    digests = [hashlib.sha256(t.encode()).hexdigest() for t in (token, "a token of my own")]
    assert stored.split() == [f"DEV-1|SITE-1|{digests[0]}", f"DEV-2||{digests[1]}"]


async def test_what_is_sent_again_is_there_and_stays_as_it_was(api: ApiForTests) -> None:
    """More than fits into the memory that a body gets, with its length told and not."""
    body = numbered(0, 8_000)
    assert len(body) > HELD_BYTES

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 50_001):
            await trio.lowlevel.checkpoint()
            yield body[start : start + 50_001]

    async with api.client() as client:
        first = await client.post(PATH, content=body, headers=NDJSON, timeout=60)
        again = await client.post(PATH, content=pieces(), headers=NDJSON, timeout=60)
        listed = (await client.get("/customer/devices?limit=1&q=DEV-799")).json()
    lines, summary = lines_of(first)
    assert [line["line"] for line in lines] == list(range(1, 8_001))
    assert len({line["provision_token"] for line in lines}) == 8_000
    assert (summary["created"], summary["existing"]) == (8_000, 0)
    lines, summary = lines_of(again)
    assert {line["result"] for line in lines} == {"EXISTS"}
    assert (summary["created"], summary["existing"]) == (0, 8_000)
    assert listed["total"] == 11


async def test_a_client_that_goes_leaves_what_is_committed(
    api: ApiForTests, postgres_server: PostgresForTests, database_name: str
) -> None:
    def stored() -> int:
        return int(postgres_server.psql(database_name, "SELECT count(*) FROM devices"))

    async def half() -> AsyncIterator[bytes]:
        yield numbered(0, 300)
        await trio.sleep_forever()

    async with api.client() as client:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: client.post(PATH, content=half(), headers=NDJSON))
            await wait_until(lambda: stored() == 300)
            # One at a time: a tenant's lists are not registered against each other.
            busy = await client.post(PATH, content=numbered(0, 1), headers=NDJSON)
            assert (busy.status_code, busy.headers["Retry-After"]) == (429, "5")
            async with api.client(make_token("TENANT2")) as other:
                answer = await other.post(PATH, content=numbered(0, 1), headers=NDJSON)
                assert lines_of(answer)[1]["created"] == 1
            nursery.cancel_scope.cancel()
        with trio.fail_after(20):
            while True:
                answer = await client.post(PATH, content=numbered(299, 2), headers=NDJSON)
                if answer.status_code != 429:
                    break
    _, summary = lines_of(answer)
    assert (summary["created"], summary["existing"]) == (1, 1)


async def test_more_lines_than_are_taken_are_answered_to_who_sends_all_before_it_reads(
    api: ApiForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is answered is more than fits between the two, and so is what is not taken."""
    monkeypatch.setattr(device_registration, "MAX_LINES", 20_000)
    body = b'{"unknown": 1}\n' * (16 * 2**20 // 15)
    async with api.client() as client:
        answer = await client.post(PATH, content=body, headers=NDJSON, timeout=60)
        lines, summary = lines_of(answer)
        assert (len(lines), summary["lines"], summary["is_complete"]) == (20_000, 20_000, False)
        assert "20000 lines" in summary["problem"]
        again = await client.post(PATH, content=numbered(0, 1), headers=NDJSON)
        assert lines_of(again)[1]["created"] == 1


async def test_what_cannot_go_on_says_so_and_nothing_that_was_done_is_lost(
    api: ApiForTests,
    monkeypatch: pytest.MonkeyPatch,
    postgres_server: PostgresForTests,
    database_name: str,
) -> None:
    monkeypatch.setattr(device_registration, "MAX_LINES", 400)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            await trio.lowlevel.checkpoint()
            yield b" " * 60_000

    def stored() -> int:
        return int(postgres_server.psql(database_name, "SELECT count(*) FROM devices"))

    async def outage() -> AsyncIterator[bytes]:
        yield numbered(1000, 250)
        await wait_until(lambda: stored() == 650)
        await trio.to_thread.run_sync(postgres_server.stop)
        yield numbered(2000, 250)

    async with api.client() as client:
        lines, summary = lines_of(await client.post(PATH, content=numbered(0, 401), headers=NDJSON))
        assert (len(lines), summary["lines"], summary["is_complete"]) == (400, 400, False)
        assert "400 lines" in summary["problem"]

        for content in (b" " * (16 * 2**20 + 1), endless()):
            answer = await client.post(PATH, content=content, headers=NDJSON, timeout=60)
            assert answer.status_code == 413
            assert answer.json()["detail"] == "The body is larger than 16777216 bytes."

        refused = await client.post(PATH, content=b"{}", headers={"Content-Type": "text/csv"})
        assert refused.status_code == 415
        assert lines_of(await client.post(PATH, content=b"", headers=NDJSON))[1]["lines"] == 0
        try:
            answer = await client.post(PATH, content=outage(), headers=NDJSON, timeout=60)
            nothing = await client.post(PATH, content=numbered(3000, 1), headers=NDJSON)
        finally:
            postgres_server.start()
    _, summary = lines_of(answer)
    assert (summary["created"], summary["is_complete"]) == (250, False)
    assert "database" in summary["problem"]
    assert nothing.status_code == 503
