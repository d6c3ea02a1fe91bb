"""`pulse-router check`: says whether the router could serve with these settings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulse_router.cli.failures import FAILED, WRONG_USAGE
from pulse_router.cli.options import config_option, json_option
from pulse_router.cli.terminal import tell
from pulse_router.domain.secrets.sealing import key_id, parse_keys
from pulse_router.settings import (
    Settings,
    SettingsError,
    find_config,
    load_settings,
    serve_problems,
    warnings,
)

if TYPE_CHECKING:
    from pulse_router.cli.connections import Tried


@click.command
@config_option
@click.option(
    "--connect",
    is_flag=True,
    help="Also connect to the database, the broker and the issuer of tokens.",
)
@json_option
def check(config: Path | None, connect: bool, as_json: bool) -> int:
    """Check the settings and, with --connect, what they name."""
    path: Path | None = None
    notes: Sequence[str] = ()
    problems: Sequence[str] = ()
    connections: Mapping[str, str | None] = {}
    may_connect: Sequence[str] = ()
    key: str | None = None
    try:
        path = find_config(config, os.environ)
        settings = load_settings(path, os.environ)
    except SettingsError as error:
        problems = error.problems
    else:
        problems = serve_problems(settings)
        notes = warnings(settings)
        key = _name_key(settings)
        if connect:
            tried = _try(settings)
            connections, may_connect = tried.faults, tried.may_connect
            notes = [*notes, *tried.warnings]
    failed = {name: problem for name, problem in connections.items() if problem is not None}
    if as_json:
        report = {
            "ok": not problems and not failed,
            "config": None if path is None else str(path),
            "problems": list(problems),
            "warnings": list(notes),
            "secrets_key": key,
            "connections": connections,
            "may_connect": list(may_connect),
        }
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _tell(path, problems, notes, connections, key)
        if may_connect:
            click.echo(f"may connect to the database besides: {', '.join(may_connect)}")
    return WRONG_USAGE if problems else FAILED if failed else 0


def _name_key(settings: Settings) -> str | None:
    """Give the id of the newest key, by which errors name it too."""
    given = settings.delivery.secrets_key
    return key_id(parse_keys(given)[0]) if given else None


def _try(settings: Settings) -> Tried:
    import trio  # noqa: PLC0415 - heavy, and needed with --connect only

    from pulse_router.cli.connections import try_connections  # noqa: PLC0415
    from pulse_router.runtime import logs  # noqa: PLC0415

    logs.configure("error", settings.log.format)

    return trio.run(try_connections, settings)


def _tell(
    path: Path | None,
    problems: Sequence[str],
    notes: Sequence[str],
    connections: Mapping[str, str | None],
    key: str | None,
) -> None:
    for problem in problems:
        tell(f"pulse-router: {problem}")
    for note in notes:
        tell(f"pulse-router: warning: {note}")
    if not problems:
        click.echo(f"settings: ok ({path or 'no file; defaults and the environment'})")
        unencrypted = "stored unencrypted, for delivery.secrets_key is not set"
        click.echo(f"secrets of routes: {f'encrypted with the key {key}' if key else unencrypted}")
    for name, fault in connections.items():
        if fault is None:
            click.echo(f"{name}: ok")
        else:
            tell(f"pulse-router: {name}: {fault}")
