"""`pulse-router migrate`: brings the database up to date."""

from __future__ import annotations

import json
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
@config_option
@json_option
def migrate(url: str | None, config: Path | None, as_json: bool) -> None:
    """Apply the migrations that are due; grant the router's login role what it needs.

    Processes that do so at the same time wait for each other.
    """
    settings = load(config)
    database = settings.database
    chosen = _choose(url, database)

    import trio  # noqa: PLC0415 - wrong settings are told before the heavy parts are loaded
    import trio_asyncio  # noqa: PLC0415

    from pulse_router.postgres.migrations import MigrationReport  # noqa: PLC0415
    from pulse_router.runtime import logs  # noqa: PLC0415
    from pulse_router.stores import schema  # noqa: PLC0415

    logs.configure("warning", settings.log.format)

    async def apply() -> MigrationReport:
        async with trio_asyncio.open_loop():
            return await schema.migrate(
                chosen,
                login_role=login_role(database.url),
                pgbouncer=database.pgbouncer and chosen == database.url,
            )

    report = trio.run(apply)
    if as_json:
        click.echo(json.dumps(attrs.asdict(report)))
        return
    for name in report.applied:
        click.echo(f"applied {name}")
    if report.granted:
        click.echo("granted the router's roles to its login role")
    click.echo(f"the database is up to date, at version {report.version}")


def _choose(url: str | None, database: DatabaseSettings) -> str:
    """Choose whom to log in as.

    Raises:
        click.UsageError: `--url` cannot be used.
    """
    if url is None:
        return database.migration_url or database.direct_url or database.url
    try:
        return with_authority(url, None if database.ca_file is None else str(database.ca_file))
    except UrlProblem as problem:
        raise click.UsageError(f"--url {problem}") from None


def login_role(url: str) -> str | None:
    """Tell which role a database URL logs in as, or None when it does not say."""
    return read_url(url).user
