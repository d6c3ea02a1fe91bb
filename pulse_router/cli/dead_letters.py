"""`pulse-router dead-letters`: shows, discards and purges what could not be delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from pulse_router.cli.client import run_with_api
from pulse_router.cli.groups import (
    ListingGroup,
    confirm,
    page_options,
    print_json,
    print_page,
    send_each,
    terminal_width,
    yes_option,
)
from pulse_router.cli.options import Server, json_option, server_options
from pulse_router.cli.tables import fields, table

PATH = "/dead-letter"
_IDS = click.IntRange(min=1)
_STATUSES = click.Choice(["FAILED", "REPLAYED", "DISCARDED"], case_sensitive=False)


@click.group(cls=ListingGroup)
def dead_letters() -> None:
    """Show and clear dead letters; without a subcommand, list them."""


@dead_letters.command("list")
@click.option("--status", type=_STATUSES, help="Only those of this status.")
@click.option("--route", "route_id", type=_IDS, help="Only those of this route, by its id.")
@server_options
@page_options
@json_option
def list_dead_letters(
    server: Server,
    status: str | None,
    route_id: int | None,
    *,
    part: Mapping[str, object],
    as_json: bool,
) -> None:
    """List the dead letters, newest first."""
    query = {"status": status, "route_id": route_id, **part}
    if not as_json:
        query["fields"] = "summary"
    page = run_with_api(server, lambda api: api.get(PATH, **query))
    if as_json:
        print_json(page)
        return
    names = ["id", "created_at", "status", "route_id", "device_id", "attempts", "error_message"]
    rows = [[letter[name] for name in names] for letter in page["messages"]]
    titles = ["id", "created", "status", "route", "device", "attempts", "error"]
    print_page(page, "dead letters", titles, rows)


@dead_letters.command
@click.argument("dead_letter_id", type=_IDS)
@server_options
@json_option
def show(server: Server, dead_letter_id: int, *, as_json: bool) -> None:
    """Show a dead letter with its payload and its last attempts."""
    letter = run_with_api(server, lambda api: api.get(_one(dead_letter_id)))
    if as_json:
        print_json(letter)
        return
    history = letter.pop("history")
    click.echo(fields(letter))
    if history:
        names = ["at", "status", "duration_seconds", "error"]
        rows = [[attempt[name] for name in names] for attempt in history]
        click.echo()
        click.echo(table(["attempt", "status", "seconds", "error"], rows, width=terminal_width()))


@dead_letters.command
@click.argument("dead_letter_ids", type=_IDS, nargs=-1, required=True)
@server_options
def discard(server: Server, dead_letter_ids: Sequence[int]) -> None:
    """Give dead letters up for good; they stay to be seen."""
    send_each(server, "DELETE", dead_letter_ids, _one, lambda letter: f"discarded {letter}")


@dead_letters.command
@click.option(
    "--older-than-days",
    "days",
    type=click.IntRange(1, 365),
    required=True,
    help="From which age on they go.",
)
@server_options
@yes_option
@json_option
def purge(server: Server, days: int, *, yes: bool, as_json: bool) -> None:
    """Remove old dead letters, whatever their status."""
    confirm(f"Remove all dead letters that are older than {days} days?", yes=yes)
    body = {"older_than_days": days}
    said = run_with_api(server, lambda api: api.send("DELETE", f"{PATH}/purge", body=body))
    if as_json:
        print_json(said)
    else:
        click.echo(f"removed {said['purged']} dead letters")


def _one(dead_letter_id: int) -> str:
    return f"{PATH}/{dead_letter_id}"
