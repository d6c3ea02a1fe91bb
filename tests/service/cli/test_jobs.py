"""The commands for jobs: counted, started, shown, steered."""

from __future__ import annotations

from pulse_router.cli.jobs import progress
from tests.support.api.server import ApiForTests
from tests.support.commands.api_commands import refused
from tests.support.commands.command_line import CommandLine
from tests.support.delivery.graveyard import Graveyard
from tests.support.servers.postgres import PostgresForTests


async def test_jobs_are_counted_started_shown_and_steered(
    api: ApiForTests, cli: CommandLine, graveyard: Graveyard
) -> None:
    newest = [graveyard.bury(route_id=route, error="HTTP 503") for route in (1, 2, 2)][-1]
    told = await cli("jobs", "start", "replay", "--error", "503", "--dry-run")
    assert (told.status, told.lines[0].split()) == (0, ["ROUTE", "DEAD", "LETTERS"])
    assert [line.split() for line in told.lines[1:3]] == [["2", "2"], ["1", "1"]]
    assert told.lines[3] == f"3 dead letters match, up to --up-to {newest}"

    arguments = ("--route", 2, "--status", "failed", "--cause", "server_error", "--up-to", newest)
    started = await cli("jobs", "start", "discard", *arguments, "--json")
    assert started.json["filter"] == {
        "status": ["FAILED"],
        "route_id": [2],
        "cause": "server_error",
    }
    job = started.json["id"]
    assert "replay" not in (await cli("jobs")).out
    shown = await cli("jobs", "show", job)
    assert "WAITING" in shown.out
    for move, state in (("pause", "PAUSED"), ("resume", "WAITING"), ("cancel", "CANCELLED")):
        told = await cli("jobs", move, job)
        assert told.lines == [f"job {job} is {state}: done 0, failed 0, skipped 0 of 2"]
    refused(await cli("jobs", "resume", job), "the job is CANCELLED")
    refused(await cli("jobs", "start", "purge"), "add --yes", status=2)
    refused(await cli("jobs", "show", 999), "no such job")
    watched = await cli("jobs", "watch", job)
    assert watched.status == 1, "it is not done"


async def test_the_end_of_a_job_is_the_exit_status(
    api: ApiForTests,
    cli: CommandLine,
    graveyard: Graveyard,
    postgres_server: PostgresForTests,
    database_name: str,
) -> None:
    graveyard.bury(error="HTTP 503: \x1b]0;owned\x07")
    job = (await cli("jobs", "start", "replay", "--json")).json["id"]
    end = "UPDATE jobs SET state = '{state}', done = {done}, failed = {failed}, reason = {reason}"
    for state, done, failed, reason, status in (
        ("DONE", 1, 0, "NULL", 0),
        ("DONE", 0, 1, "NULL", 1),
        ("STOPPED", 0, 1, "E'it fails \\x1b'", 1),
    ):
        sql = end.format(state=state, done=done, failed=failed, reason=reason)
        postgres_server.psql(database_name, sql)
        told = await cli("jobs", "watch", job)
        assert (told.status, "\x1b" in told.out) == (status, False)
        assert state in told.out


def test_the_bar_says_how_far_it_is() -> None:
    job = {"matched": 4, "matched_is_exact": False, "done": 1, "failed": 0, "skipped": 1}
    assert progress(job) == (
        "[###############...............]  50%  done 1, failed 0, skipped 1 of more than 4"
    )
    assert progress({**job, "matched": 0}).startswith(f"[{'#' * 30}] 100%")
