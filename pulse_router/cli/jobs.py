"""`pulse-router jobs`: does the same with many dead letters, and shows how far it has come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

import click
import trio

from pulse_router.cli.client import Api, run_with_api
from pulse_router.cli.failures import FAILED
from pulse_router.cli.groups import (
    ListingGroup,
    confirm,
    page_options,
    print_json,
    print_page,
    terminal_width,
    yes_option,
)
from pulse_router.cli.options import Server, json_option, server_options
from pulse_router.cli.tables import fields, printable, table

PATH: Final = "/jobs"
LOOK_SECONDS: Final = 0.5
BAR: Final = 30
_IDS: Final = click.IntRange(min=1)
_UNFINISHED: Final = {"WAITING", "RUNNING"}
_STATES: Final = ["WAITING", "RUNNING", "PAUSED", "STOPPED", "CANCELLED", "DONE"]
_ACTIONS: Final = ["replay", "discard", "restore", "purge"]


@click.group(cls=ListingGroup)
def jobs() -> None:
    """Replay, discard, restore or purge many dead letters; without a subcommand, list the jobs."""


@jobs.command("list")
@click.option("--state", type=click.Choice(_STATES, case_sensitive=False), help="Only those.")
@server_options
@page_options
@json_option
def list_jobs(
    server: Server, state: str | None, *, part: Mapping[str, object], as_json: bool
) -> None:
    """List the jobs, newest first."""
    page = run_with_api(server, lambda api: api.get(PATH, state=state, **part))
    if as_json:
        print_json(page)
        return
    names = ["id", "created_at", "action", "state", "matched", "done", "failed", "skipped"]
    rows = [[job[name] for name in names] for job in page["jobs"]]
    print_page(page, "jobs", ["id", "created", *names[2:]], rows)


@jobs.command
@click.argument("job_id", type=_IDS)
@server_options
@json_option
def show(server: Server, job_id: int, *, as_json: bool) -> None:
    """Show a job, and the first of what it has not done."""

    async def load(api: Api) -> tuple[Any, Any]:
        job = await api.get(_one(job_id))
        return job, await api.get(f"{_one(job_id)}/failures")

    job, failures = run_with_api(server, load)
    if as_json:
        print_json(job)
        return
    click.echo(fields(job))
    if failures["failures"]:
        names = ["dead_letter_id", "outcome", "error"]
        rows = [[each[name] for name in names] for each in failures["failures"]]
        click.echo()
        click.echo(table(["dead letter", "outcome", "error"], rows, width=terminal_width()))


def _filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what narrows dead letters down."""
    for option in (
        click.option(
            "--status",
            multiple=True,
            type=click.Choice(["FAILED", "REPLAYED", "DISCARDED"], case_sensitive=False),
            help="Only those of this status.",
        ),
        click.option("--route", "route_ids", multiple=True, type=_IDS, help="Of this route."),
        click.option("--error", help="With this text in their error."),
        click.option(
            "--cause",
            type=click.Choice(["redirect", "client_error", "server_error", "no_answer"]),
            help="Whose last attempt came to this.",
        ),
        click.option("--device", "device_id", help="Of this device."),
        click.option("--destination-type", help="That were to go to this type."),
        click.option("--from", "start", help="That came to be at this time or later (RFC 3339)."),
        click.option("--to", "end", help="That came to be before this time (RFC 3339)."),
    ):
        command = option(command)
    return command


@jobs.command
@click.argument("action", type=click.Choice(_ACTIONS))
@_filter_options
@click.option("--up-to", "up_to_id", type=_IDS, help="Up to this id, as a dry run has said.")
@click.option("--by-route", "by_route_id", type=_IDS, help="Replay by this route.")
@click.option("--at-once", is_flag=True, help="Replay all, not one, then ten, then the rest.")
@click.option("--dry-run", is_flag=True, help="Only count, by route.")
@click.option("--wait", is_flag=True, help="Wait for its end; on a terminal with a bar.")
@server_options
@yes_option
@json_option
def start(
    server: Server,
    action: str,
    up_to_id: int | None,
    by_route_id: int | None,
    *,
    at_once: bool,
    dry_run: bool,
    wait: bool,
    yes: bool,
    as_json: bool,
    **asked: Any,  # noqa: ANN401 - as the options are
) -> int:
    """Do something with all dead letters that match: replay, discard, restore or purge.

    What comes after the start is not touched. With --wait the exit status is 1 when something
    failed or was passed over, or the job has stopped.
    """
    body = {
        "action": action,
        "filter": _filter_of(asked),
        "up_to_id": up_to_id,
        "route_id": by_route_id,
        "staged": not at_once,
        "dry_run": dry_run,
    }
    if action == "purge" and not dry_run:
        confirm("Remove all dead letters that match?", yes=yes)

    async def work(api: Api) -> Any:  # noqa: ANN401 - a JSON value
        made = await api.send("POST", PATH, body=body)
        return await _follow(api, made) if wait and not dry_run else made

    said = run_with_api(server, work)
    if as_json:
        print_json(said)
    elif dry_run:
        _tell_forecast(said)
    else:
        click.echo(_sentence(said))
    went_well = said.get("state") == "DONE" and not said["failed"] and not said["skipped"]
    return 0 if dry_run or not wait or went_well else FAILED


@jobs.command
@click.argument("job_id", type=_IDS)
@server_options
@json_option
def watch(server: Server, job_id: int, *, as_json: bool) -> int:
    """Wait for the end of a job; on a terminal with a bar.

    The exit status is 1 when something failed or was passed over, or the job is not done.
    """

    async def work(api: Api) -> Any:  # noqa: ANN401 - a JSON value
        return await _follow(api, await api.get(_one(job_id)))

    said = run_with_api(server, work)
    if as_json:
        print_json(said)
    else:
        click.echo(_sentence(said))
    went_well = said["state"] == "DONE" and not said["failed"] and not said["skipped"]
    return 0 if went_well else FAILED


@jobs.command
@click.argument("job_id", type=_IDS)
@server_options
def pause(server: Server, job_id: int) -> None:
    """Pause a job; what is under way ends."""
    _move(server, job_id, "pause")


@jobs.command
@click.argument("job_id", type=_IDS)
@server_options
def resume(server: Server, job_id: int) -> None:
    """Go on with a job that is paused or has stopped; that one tries again what has failed."""
    _move(server, job_id, "resume")


@jobs.command
@click.argument("job_id", type=_IDS)
@server_options
def cancel(server: Server, job_id: int) -> None:
    """End a job for good; what is done stays done."""
    _move(server, job_id, "cancel")


def _move(server: Server, job_id: int, move: str) -> None:
    said = run_with_api(server, lambda api: api.send("POST", f"{_one(job_id)}/{move}"))
    click.echo(_sentence(said))


async def _follow(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """Look at a job until it is neither waiting nor running."""
    is_seen = sys.stderr.isatty()
    while job["state"] in _UNFINISHED:
        if is_seen:
            click.echo(f"\r\x1b[K{progress(job)}", nl=False, err=True)
        await trio.sleep(LOOK_SECONDS)
        job = await api.get(_one(job["id"]))
    if is_seen:
        click.echo("\r\x1b[K", nl=False, err=True)
    return job


def progress(job: Mapping[str, Any]) -> str:
    """Draw how far a job has come."""
    ended = job["done"] + job["failed"] + job["skipped"]
    share = min(1.0, ended / job["matched"]) if job["matched"] else 1.0
    full = int(share * BAR)
    return f"[{'#' * full}{'.' * (BAR - full)}] {share:4.0%}  {_figures(job)}"


def _figures(job: Mapping[str, Any]) -> str:
    more = "" if job["matched_is_exact"] else "more than "
    return (
        f"done {job['done']}, failed {job['failed']}, skipped {job['skipped']}"
        f" of {more}{job['matched']}"
    )


def _sentence(job: Mapping[str, Any]) -> str:
    reason = f"; {printable(job['reason'])}" if job["reason"] else ""
    return f"job {job['id']} is {job['state']}: {_figures(job)}{reason}"


def _tell_forecast(said: Mapping[str, Any]) -> None:
    more = "" if said["is_exact"] else "more than "
    rows = [[each["route_id"], each["count"]] for each in said["routes"]]
    if rows:
        click.echo(table(["route", "dead letters"], rows, width=terminal_width()))
    click.echo(f"{more}{said['matched']} dead letters match, up to --up-to {said['up_to_id']}")


def _filter_of(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Put the options into the API's words; what is not given is left out."""
    given = {
        "status": [each.upper() for each in asked["status"]],
        "route_id": list(asked["route_ids"]),
        "from": asked["start"],
        "to": asked["end"],
        **{name: asked[name] for name in ("error", "cause", "device_id", "destination_type")},
    }
    return {name: value for name, value in given.items() if value}


def _one(job_id: int) -> str:
    return f"{PATH}/{job_id}"
