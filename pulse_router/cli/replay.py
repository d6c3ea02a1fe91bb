"""`pulse-router replay`: has dead letters delivered once more."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Final

import attrs
import click

from pulse_router.cli.client import WORKING_SECONDS, Api, ApiError, run_with_api
from pulse_router.cli.dead_letters import PATH
from pulse_router.cli.failures import FAILED
from pulse_router.cli.groups import print_json
from pulse_router.cli.options import Server, json_option, server_options
from pulse_router.cli.tables import printable

BATCH: Final = 100
MAX_FAILURES_SHOWN: Final = 20
_IDS: Final = click.IntRange(min=1)


@click.command
@click.argument("dead_letter_ids", type=_IDS, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that have failed so far.")
@click.option(
    "--status",
    type=click.Choice(["FAILED"], case_sensitive=False),
    help="Only what has failed can be replayed, so that this changes nothing.",
    hidden=True,
)
@click.option("--route", "route_id", type=_IDS, help="With --all: only those of this route.")
@click.option("--to", "to_route_id", type=_IDS, help="Deliver by this route in place of their own.")
@server_options
@json_option
def replay(
    server: Server,
    dead_letter_ids: Sequence[int],
    everything: bool,
    status: str | None,  # noqa: ARG001 - there is only one
    route_id: int | None,
    to_route_id: int | None,
    *,
    as_json: bool,
) -> int:
    """Deliver dead letters once more, by their routes as they are now.

    The exit status is 1 when one of them was not delivered. With --json each result is a line.
    """
    if everything and dead_letter_ids:
        raise click.UsageError("give ids or --all, not both")
    if not everything and not dead_letter_ids:
        raise click.UsageError("give the ids of dead letters, or --all")
    if route_id is not None and not everything:
        raise click.UsageError("--route goes with --all")
    tally = _Tally(as_json=as_json)

    async def work(api: Api) -> None:
        if everything:
            await _replay_all(api, route_id, to_route_id, tally)
        else:
            for batch in _batches(list(dict.fromkeys(dead_letter_ids))):
                tally.take(await _replay(api, batch, to_route_id))

    try:
        run_with_api(server, work)
    finally:
        tally.conclude()
    return FAILED if tally.failed or (tally.skipped and not everything) else 0


async def _replay_all(
    api: Api, route_id: int | None, to_route_id: int | None, tally: _Tally
) -> None:
    """Replay what has failed before now, newest first.

    What is replayed leaves the list of what has failed; what is not stays, and is passed over.
    """
    offset, newest = 0, None
    while True:
        page = await api.get(PATH, status="FAILED", route_id=route_id, limit=BATCH, offset=offset)
        ids = [letter["id"] for letter in page["messages"]]
        if not ids:
            return
        newest = max(ids) if newest is None else newest
        wanted = [one for one in ids if one <= newest and one not in tally.seen]
        tally.to_go = page["total"] - offset
        before = tally.replayed
        if wanted:
            tally.take(await _replay(api, wanted, to_route_id))
        offset += len(ids) - (tally.replayed - before)


async def _replay(api: Api, ids: Sequence[int], to_route_id: int | None) -> list[dict[str, Any]]:
    if to_route_id is not None:
        return [await _replay_by(api, one, to_route_id) for one in ids]
    said = await api.send(
        "POST", f"{PATH}/replay-batch", body={"ids": list(ids)}, seconds=WORKING_SECONDS
    )
    results: list[dict[str, Any]] = said["results"]
    return results


async def _replay_by(api: Api, dead_letter_id: int, route_id: int) -> dict[str, Any]:
    """Replay one by another route, and tell it as a batch would."""
    path = f"{PATH}/{dead_letter_id}/replay"
    try:
        await api.send("POST", path, body={"route_id": route_id}, seconds=WORKING_SECONDS)
    except ApiError as error:
        status = {502: "FAILED", 400: "SKIPPED", 404: "SKIPPED", 409: "SKIPPED", 503: "SKIPPED"}
        if error.status not in status:
            raise
        return {"id": dead_letter_id, "status": status[error.status], "error": str(error)}
    return {"id": dead_letter_id, "status": "REPLAYED"}


def _batches(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]


@attrs.define
class _Tally:
    """Counts results, shows progress, and sums up."""

    as_json: bool
    replayed: int = 0
    failed: int = 0
    skipped: int = 0
    to_go: int = 0
    seen: set[int] = attrs.field(factory=set)
    problems: list[str] = attrs.field(factory=list)

    def take(self, results: Sequence[dict[str, Any]]) -> None:
        """Count the results of a batch."""
        for result in results:
            self.seen.add(result["id"])
            self.to_go -= 1
            if self.as_json:
                print_json(result)
            match result["status"]:
                case "REPLAYED":
                    self.replayed += 1
                    continue
                case "FAILED":
                    self.failed += 1
                case _:
                    self.skipped += 1
            if len(self.problems) < MAX_FAILURES_SHOWN:
                word = str(result["status"]).lower()
                error = printable(str(result.get("error") or "no reason is known"))
                self.problems.append(f"{result['id']} {word}: {error}")
        if sys.stderr.isatty():
            going = f", {self.to_go} to go" if self.to_go > 0 else ""
            click.echo(f"\r\x1b[K{self._figures}{going}", nl=False, err=True)

    def conclude(self) -> None:
        """Sum up, also when it was broken off."""
        if sys.stderr.isatty():
            click.echo("\r\x1b[K", nl=False, err=True)
        if self.as_json:
            return
        for problem in self.problems:
            click.echo(problem)
        more = self.failed + self.skipped - len(self.problems)
        if more > 0:
            click.echo(f"and {more} more; see 'pulse-router dead-letters --status FAILED'")
        click.echo(self._figures)

    @property
    def _figures(self) -> str:
        return f"replayed {self.replayed}, failed {self.failed}, skipped {self.skipped}"
