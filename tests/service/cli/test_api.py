"""The commands that talk to the API, against the real one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio

from tests.support.api.server import ROUTE, ApiForTests, make_token
from tests.support.commands.api_commands import make_route, refused
from tests.support.commands.command_line import CommandLine


async def test_routes_are_made_listed_shown_switched_and_deleted(
    api: ApiForTests, cli: CommandLine, tmp_path: Path
) -> None:
    assert (await cli("routes")).out == "no routes\n"
    config = {"url": "http://localhost:9999/hook", "secret": "hush-hush"}
    first = await make_route(cli, destination_config=config)
    file = tmp_path / "route.json"
    topic = "tenant/{tenant_id}/hot"
    republish = {"destination_type": "mqtt_republish", "destination_config": {"topic": topic}}
    file.write_text(json.dumps(ROUTE | republish | {"name": "To\u001b[2J a topic"}))
    assert (await cli("routes", "create", file)).lines == [f"created route {first + 1}"]

    listed = await cli("routes")
    assert listed.status == 0
    head, one, two = listed.lines
    assert head.split() == ["ID", "ENABLED", "NAME", "TOPIC", "FILTER", "TYPE", "TO"]
    assert one.split()[:2] == [str(first), "yes"]
    assert one.endswith("webhook         http://localhost:9999/hook")
    assert two.endswith("mqtt_republish  tenant/{tenant_id}/hot")
    assert "\x1b" not in listed.out

    paged = await cli("routes", "list", "--limit", 1)
    said, _, after = paged.lines[-1].partition(" --after ")
    assert said == "1 of 2 routes; go on with"
    rest = await cli("routes", "list", "--after", after)
    assert [line.split()[0] for line in rest.lines] == ["ID", str(first + 1)]
    assert (await cli("routes", "--after", after, "--offset", 1)).status == 2
    assert (await cli("routes", "--offset", 5)).lines == ["no more routes: there are 2"]
    page = (await cli("routes", "--json")).json
    assert [route["id"] for route in page["routes"]] == [first, first + 1]
    assert page["total"] == 2

    assert (await cli("routes", "disable", first)).lines == [f"disabled route {first}"]
    shown = (await cli("routes", "show", first, "--json")).json
    assert shown["is_enabled"] is False
    assert shown["stats"]["route_id"] == first
    assert (await cli("routes", "enable", first)).lines == [f"enabled route {first}"]
    told = await cli("routes", "show", first)
    assert "hush-hush" not in told.out
    assert "pending" in told.out

    secret = await cli("routes", "rotate-secret", first)
    assert secret.out.startswith("whsec_")
    assert len(secret.lines) == 1

    refused(await cli("routes", "delete", first), "add --yes", status=2)
    assert (await cli("routes", "delete", first, "--yes")).lines == [f"deleted route {first}"]
    refused(await cli("routes", "show", first), "there is no such route")


async def test_a_message_is_tried_on_a_route(api: ApiForTests, cli: CommandLine) -> None:
    route_id = await make_route(cli)
    topic = ("--topic", "tenant/TENANT1/device/DEV-1/telemetry")
    payload = ("--payload", '{"metrics":{"temperature":90}}')
    tried = await cli("routes", "test", route_id, *topic, *payload, "--json")
    assert tried.json["would_deliver"] is True
    assert api.destination.got == []
    told = await cli("routes", "test", route_id, *topic, *payload, "--deliver")
    assert ["verdict", "delivered"] in [line.split() for line in told.lines]
    assert [line for line in told.lines if line.startswith(("delivery", "request "))] == []
    assert f"POST {ROUTE['destination_config']['url']}" in told.lines
    assert told.lines[-1] == '{"metrics":{"temperature":90}}'
    assert len(api.destination.got) == 1
    told = await cli("routes", "test", route_id, *topic, "--payload", "{")
    refused(told, "--payload is not JSON", status=2)


async def test_what_the_api_refuses_is_told_with_its_fields(
    api: ApiForTests, cli: CommandLine
) -> None:
    republish = {"destination_type": "mqtt_republish", "destination_config": {"topic": "x/+"}}
    told = await cli("routes", "create", "-", text=json.dumps(ROUTE | republish))
    refused(told, "fields that are not valid: destination_config.topic must not hold the wildcards")
    refused(await cli("routes", "create", "-", text="{"), "is not JSON", status=2)
    refused(await cli("routes", "create", "-", text="[" * 9999), "nested too deeply", status=2)
    refused(await cli("routes", "create", "/nowhere.json"), "No such file", status=2)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["devices", "add", "\udcff"], "device-id"),
        (["devices", "revoke", "DEV-1", "\udcff"], "device-ids"),
        (["devices", "--search", "\udcff"], "search"),
        (["tail", "--device", "\udcff"], "devices"),
    ],
)
async def test_an_argument_that_is_no_text_is_wrong_usage(
    cli: CommandLine, arguments: list[str], name: str
) -> None:
    refused(await cli(*arguments), f"{name} is not UTF-8 text", status=2)


async def test_devices_are_registered_listed_revoked_and_removed(
    api: ApiForTests, cli: CommandLine
) -> None:
    made = await cli("devices", "add", "DEV-1", "--site", "SITE-1")
    assert made.status == 0
    assert len(made.out.strip()) >= 16
    assert len(made.lines) == 1
    assert "shown this once" in made.err
    refused(await cli("devices", "add", "DEV-1"), "device_id is taken")
    other = (await cli("devices", "add", "DEV-2", "--json")).json
    assert other["provision_token"]

    head, one, _ = (await cli("devices")).lines
    assert head.split() == ["DEVICE", "SITE", "STATUS", "LAST", "SEEN", "CREATED"]
    assert one.split()[:4] == ["DEV-1", "SITE-1", "ACTIVE", "-"]
    assert (await cli("devices", "revoke", "DEV-1", "DEV-2")).lines == [
        "DEV-1 is REVOKED",
        "DEV-2 is REVOKED",
    ]
    assert (await cli("devices", "reinstate", "DEV-2")).lines == ["DEV-2 is ACTIVE"]
    for query, expected in (
        (["--status", "revoked"], ["DEV-1"]),
        (["--site", "SITE-1"], ["DEV-1"]),
        (["--search", "V-2"], ["DEV-2"]),
    ):
        page = (await cli("devices", *query, "--json")).json
        assert [device["device_id"] for device in page["devices"]] == expected

    rotated = await cli("devices", "rotate-token", "DEV-2", "--overlap-hours", 1)
    assert rotated.out.strip() not in {"", other["provision_token"]}
    assert (await cli("devices", "show", "DEV-2", "--json")).json["previous_token_until"]
    assert (await cli("devices", "delete", "DEV-2", "--yes")).lines == ["removed DEV-2"]
    refused(await cli("devices", "show", "DEV-2"), "there is no such device")
    refused(await cli("devices", "show", "../message-routes"), "nothing matches")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["replay"], "give the ids of dead letters, or --all"),
        (["replay", "1", "--all"], "not both"),
        (["replay", "1", "--route", "2"], "--route goes with --all"),
        (["replay", "0"], "0 is not in the range"),
        (["routes", "nope"], "No such command 'nope'"),
        (["routes", "--limit", "501"], "501 is not in the range 1<=x<=500"),
        (["routes", "--url", "ftp://x"], "--url (or PULSE_URL) must be"),
        (["routes", "--url", "http://me:hunter2@x"], "without user, password and query"),
        (["routes", "--token", "a b"], "--token holds no token"),
        (["routes", "--token", "x", "--token-file", "y"], "not both"),
        (["routes", "--token-file", "/nowhere"], "cannot read the token file /nowhere"),
    ],
)
async def test_wrong_usage_is_told_before_anything_is_asked(
    command_line: CommandLine, arguments: list[str], words: str
) -> None:
    command_line.set({"PULSE_TOKEN": "x", "PULSE_URL": "http://localhost:1"})
    told = await command_line(*arguments)
    refused(told, words, status=2)
    assert "hunter2" not in told.err


async def test_a_token_is_found_where_it_is_given_and_never_told(
    api: ApiForTests, command_line: CommandLine, tmp_path: Path
) -> None:
    url = f"http://{api.address}"
    refused(await command_line("routes", "--url", url), "a token is needed", status=2)
    file, token = tmp_path / "token", make_token()
    file.write_text(f"{token}\n")
    for arguments in (["--token", token], ["--token-file", file]):
        assert (await command_line("routes", "--url", url, *arguments)).status == 0
    command_line.set({"PULSE_URL": url, "PULSE_TOKEN_FILE": str(file)})
    assert (await command_line("routes")).status == 0
    for bad, words in (
        (make_token(expires_seconds=-600), "make a new token with 'pulse-router token'"),
        (make_token(None, "operator"), "use a token with a tenant and a role that may do it"),
    ):
        told = await command_line("routes", "--token", bad)
        refused(told, words)
        assert bad not in told.err
    viewer = make_token("TENANT1", "customer_viewer")
    refused(await command_line("routes", "disable", 1, "--token", viewer), "a role that may do it")


async def test_what_is_no_router_is_told(command_line: CommandLine) -> None:
    async def answer(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some(4096)
            body = b"<html>hello</html>"
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            await stream.send_all(head.encode() + body)

    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(trio.serve_tcp, answer, 0)
        port = listeners[0].socket.getsockname()[1]
        told = await command_line("routes", "--url", f"http://127.0.0.1:{port}", "--token", "t")
        nursery.cancel_scope.cancel()
    refused(told, "is no pulse-router (HTTP 200); check --url")
    told = await command_line("routes", "--url", f"http://127.0.0.1:{port}", "--token", "t")
    refused(told, "cannot be reached")
