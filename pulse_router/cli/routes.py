"""`pulse-router routes`: shows and changes a tenant's routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any

import click

from pulse_router.cli.client import WORKING_SECONDS, Api, run_with_api
from pulse_router.cli.groups import (
    ListingGroup,
    confirm,
    overlap_option,
    page_options,
    print_json,
    print_page,
    print_secret,
    read_json,
    rotate,
    send_each,
    yes_option,
)
from pulse_router.cli.options import Server, json_option, server_options
from pulse_router.cli.tables import cell, fields

_PATH = "/message-routes"
_IDS = click.IntRange(min=1)


@click.group(cls=ListingGroup)
def routes() -> None:
    """Show and change routes; without a subcommand, list them."""


@routes.command("list")
@server_options
@page_options
@json_option
def list_routes(server: Server, *, part: Mapping[str, object], as_json: bool) -> None:
    """List the routes."""
    page = run_with_api(server, lambda api: api.get(_PATH, **part))
    if as_json:
        print_json(page)
        return
    rows = [
        (
            route["id"],
            route["is_enabled"],
            route["name"],
            route["topic_filter"],
            route["destination_type"],
            _target(route),
        )
        for route in page["routes"]
    ]
    print_page(page, "routes", ["id", "enabled", "name", "topic filter", "type", "to"], rows)


@routes.command
@click.argument("route_id", type=_IDS)
@server_options
@json_option
def show(server: Server, route_id: int, *, as_json: bool) -> None:
    """Show a route, and how it does."""

    async def read(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
        return await api.get(_one(route_id)), await api.get(f"{_one(route_id)}/stats")

    route, stats = run_with_api(server, read)
    if as_json:
        print_json({**route, "stats": stats})
    else:
        click.echo(fields(route))
        click.echo()
        click.echo(fields({name: value for name, value in stats.items() if name != "route_id"}))


@routes.command
@click.argument("file", type=click.File("rb"))
@server_options
@json_option
def create(server: Server, file: IO[bytes], *, as_json: bool) -> None:
    """Create a route from a file of JSON, or from standard input (-)."""
    body = read_json(file.read(), "the route")
    route = run_with_api(server, lambda api: api.send("POST", _PATH, body=body))
    if as_json:
        print_json(route)
    else:
        click.echo(f"created route {route['id']}")


@routes.command
@click.argument("route_ids", type=_IDS, nargs=-1, required=True)
@server_options
def enable(server: Server, route_ids: Sequence[int]) -> None:
    """Enable routes; what they have pending goes on."""
    _switch(server, route_ids, is_enabled=True)


@routes.command
@click.argument("route_ids", type=_IDS, nargs=-1, required=True)
@server_options
def disable(server: Server, route_ids: Sequence[int]) -> None:
    """Disable routes; what they have pending waits."""
    _switch(server, route_ids, is_enabled=False)


@routes.command
@click.argument("route_ids", type=_IDS, nargs=-1, required=True)
@server_options
@yes_option
def delete(server: Server, route_ids: Sequence[int], *, yes: bool) -> None:
    """Delete routes; what they have pending becomes dead letters."""
    named = ", ".join(map(str, route_ids))
    confirm(f"Delete route {named}? What it has pending becomes dead letters.", yes=yes)
    send_each(server, "DELETE", route_ids, _one, lambda route_id: f"deleted route {route_id}")


@routes.command
@click.argument("route_id", type=_IDS)
@click.option("--topic", required=True, help="The message's topic, one of the tenant's own.")
@click.option("--payload", required=True, help="The message's payload, a JSON object.")
@click.option("--deliver", is_flag=True, help="Also deliver it, once.")
@server_options
@json_option
def test(
    server: Server, route_id: int, topic: str, payload: str, *, deliver: bool, as_json: bool
) -> None:
    """Try a message on a route."""
    body = {"topic": topic, "payload": read_json(payload, "--payload"), "deliver": deliver}
    said = run_with_api(
        server,
        lambda api: api.send("POST", f"{_one(route_id)}/test", body=body, seconds=WORKING_SECONDS),
    )
    if as_json:
        print_json(said)
    else:
        delivery = said.pop("delivery", None) or {}
        request = said.pop("request", None)
        click.echo(fields(said | delivery))
        if request is not None:
            _print_request(request)


def _print_request(request: dict[str, Any]) -> None:
    """Print a request as it would go out."""
    target = request.get("url") or request.get("topic")
    lines = [f"{request['method']} {target}"]
    lines += [f"{name}: {value}" for name, value in request["headers"].items()]
    for line in ("", *lines, "", *request["body"].splitlines()):
        click.echo(cell(line))


@routes.command("rotate-secret")
@click.argument("route_id", type=_IDS)
@overlap_option("For how long the old secrets go on signing beside it.", hours=24.0)
@server_options
@json_option
def rotate_secret(server: Server, route_id: int, overlap_hours: float, *, as_json: bool) -> None:
    """Give a webhook a new secret, and print it."""
    said = rotate(server, f"{_one(route_id)}/rotate-secret", overlap_hours)
    print_secret(said, "secret", f"the new secret of route {route_id}", as_json=as_json)


def _switch(server: Server, route_ids: Sequence[int], *, is_enabled: bool) -> None:
    done = "enabled" if is_enabled else "disabled"
    send_each(
        server,
        "PATCH",
        route_ids,
        _one,
        lambda route_id: f"{done} route {route_id}",
        body={"is_enabled": is_enabled},
    )


def _one(route_id: int) -> str:
    return f"{_PATH}/{route_id}"


def _target(route: dict[str, Any]) -> object:
    config = route["destination_config"] or {}  # too heavy for the page
    return config.get("url") or config.get("topic")
