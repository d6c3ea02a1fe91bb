"""`pulse-router migrate`: brings the database up to date."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import click

from pulse_router.cli.options import config_option, json_option, load
from pulse_router.postgres.url import UrlProblem, read_url, with_authority
from pulse_router.settings import DatabaseSettings


@click.command
@click.option(
    "--url",
    help=(
        "Log in with this URL, an administrator's, instead of database.migration_url or "
        "database.url."
    ),
)
@click.option("--plan", is_flag=True, help="Say what would be applied, and change nothing.")
@config_option
@json_option
def migrate(url: str | None, plan: bool, config: Path | None, as_json: bool) -> None:
    """Apply the migrations that are due; grant the router's login role what it needs.

    Processes that do so at the same time wait for each other. A new database that nobody else uses
    is closed to other logins of the server.
    """
    settings = load(config)
    target = _choose(url, settings.database)

    from pulse_router.runtime import logs  # noqa: PLC0415 - wrong settings are told before that

    logs.configure("warning", settings.log.format)
    if plan:
        _plan(target, as_json=as_json)
    else:
        _apply(target, login_role(settings.database.url), as_json=as_json)


@attrs.frozen
class _Target:
    """Whom to log in as, and whether that goes through PgBouncer."""

    url: str
    pgbouncer: bool


def _plan(target: _Target, *, as_json: bool) -> None:
    import trio  # noqa: PLC0415
    import trio_asyncio  # noqa: PLC0415

    from pulse_router.postgres.migration_files import Migration  # noqa: PLC0415
    from pulse_router.stores import schema  # noqa: PLC0415

    async def look() -> Sequence[Migration]:
        async with trio_asyncio.open_loop():
            return await schema.pending(target.url, pgbouncer=target.pgbouncer)

    due = trio.run(look)
    if as_json:
        shown = ("name", "in_transaction", "locks", "oldest")
        click.echo(json.dumps([{each: getattr(one, each) for each in shown} for one in due]))
        return
    for one in due:
        how = "in a transaction" if one.in_transaction else "outside a transaction, step by step"
        click.echo(f"would apply {one.name}, {how}")
        click.echo(f"  locks: {one.locks or 'see the file'}")
        if one.oldest is not None:
            click.echo(f"  routers go on that know {one.oldest:04} or later")
    click.echo("nothing was changed" if due else "the database is up to date")


def _apply(target: _Target, login: str | None, *, as_json: bool) -> None:
    import trio  # noqa: PLC0415
    import trio_asyncio  # noqa: PLC0415

    from pulse_router.postgres.migrations import MigrationReport  # noqa: PLC0415
    from pulse_router.stores import schema  # noqa: PLC0415

    async def apply() -> MigrationReport:
        async with trio_asyncio.open_loop():
            return await schema.migrate(target.url, login_role=login, pgbouncer=target.pgbouncer)

    report = trio.run(apply)
    if as_json:
        click.echo(json.dumps(attrs.asdict(report)))
        return
    for name in report.applied:
        click.echo(f"applied {name}")
    if report.granted:
        click.echo("granted the router's roles to its login role")
    if report.closed is not None:
        click.echo(f"closed the database to other logins of the server: {report.closed}")
        click.echo(f"a reader or a monitor needs: {report.opened_with} …")
    for problem in report.open:
        click.echo(f"open: {problem}")
    click.echo(f"the database is up to date, at version {report.version}")


def _choose(url: str | None, database: DatabaseSettings) -> _Target:
    """Choose whom to log in as.

    Raises:
        click.UsageError: `--url` cannot be used.
    """
    if url is None:
        chosen = database.migration_url or database.direct_url or database.url
        return _Target(chosen, database.pgbouncer and chosen == database.url)
    authority = None if database.ca_file is None else str(database.ca_file)
    try:
        return _Target(with_authority(url, authority), pgbouncer=False)
    except UrlProblem as problem:
        raise click.UsageError(f"--url {problem}") from None


def login_role(url: str) -> str | None:
    """Tell which role a database URL logs in as, or None when it does not say."""
    return read_url(url).user
