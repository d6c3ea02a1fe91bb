"""`pulse-router trace`: tells what became of a message, by whatever id somebody holds of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import click

from pulse_router.cli.client import Api, ApiError, run_with_api
from pulse_router.cli.groups import print_json
from pulse_router.cli.options import Server, json_option, server_options
from pulse_router.cli.trace_tree import draw_timeline, draw_trace

_TRACED: Final[Mapping[str, str]] = {
    "message": "/messages/{}/trace",
    "delivery": "/deliveries/{}/trace",
    "rejected_message": "/rejected-messages/{}/trace",
    "dead_letter": "/dead-letter/{}",
    "device": "/devices/{}/timeline",
}
"""What can be traced, in the order in which it is thought of, and where."""
KINDS: Final = [kind.replace("_", "-") for kind in _TRACED]
_LIMIT: Final = 500


@click.command
@click.argument("thing_id", metavar="ID")
@click.option(
    "--kind", type=click.Choice(KINDS), help="What the ID is of, where it may be several things."
)
@server_options
@json_option
def trace(server: Server, thing_id: str, kind: str | None, *, as_json: bool) -> None:
    """Tell what became of a message, and why.

    ID is the id of a message, a `webhook-id`, the id of a dead letter or of a refused message, a
    device or its topic (of which the last hours are told).
    """
    asked = None if kind is None else kind.replace("-", "_")

    async def find(api: Api) -> tuple[str, dict[str, Any]]:
        found = await _find(api, thing_id, asked)
        return found["kind"], await _trace(api, found)

    found_kind, told = run_with_api(server, find)
    if as_json:
        print_json(told)
    else:
        click.echo(draw_timeline(told) if found_kind == "device" else draw_trace(told))


async def _find(api: Api, text: str, kind: str | None) -> dict[str, Any]:
    """Find out what an id is of.

    Raises:
        ApiError: Nothing that could be traced is called so.
        click.UsageError: Several things are.
    """
    answer = await api.get("/find", q=text)
    found = [each for each in answer["found"] if each["kind"] in _TRACED]
    exact = [each for each in found if each["kind"] != "device" or each["id"] in text.split("/")]
    wanted = [each for each in exact if kind in (None, each["kind"])]
    if not wanted:
        raise ApiError(_say_nothing(text, answer))
    if len(wanted) > 1:
        several = ", ".join(
            f"--kind {each['kind'].replace('_', '-')} ({each['text']})" for each in wanted
        )
        raise click.UsageError(f"{text} is the id of several things; choose one by {several}")
    return dict(wanted[0])


def _say_nothing(text: str, answer: Mapping[str, Any]) -> str:
    if answer["found"]:
        others = ", ".join(
            f"{each['kind']} {each['id']} ({each['text']})" for each in answer["found"]
        )
        return f"there is nothing to trace of that name, only {others}"
    return f"there is nothing to trace called {text}: {answer['note'] or 'nothing is kept of it'}"


async def _trace(api: Api, found: Mapping[str, Any]) -> dict[str, Any]:
    """Get a trace with all of its routes."""
    path = _TRACED[found["kind"]].format(quote(found["id"], safe=""))
    if found["kind"] == "dead_letter":
        letter = await api.get(path)
        path = _TRACED["delivery"].format(letter["delivery_id"])
    told: dict[str, Any] = await api.get(path)
    following = told["next"] if "routes" in told else None
    while following is not None:
        page = await api.get(path, after=following, limit=_LIMIT)
        told["routes"] += page["routes"]
        following = told["next"] = page["next"]
    return told
