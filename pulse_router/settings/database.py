"""What the database's settings say together: its URLs, and whose certificates are good."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import attrs

from pulse_router.postgres.url import Target, UrlProblem, read_url, with_authority
from pulse_router.settings.schema import DatabaseSettings
from pulse_router.settings.sources import Given

_URLS = ("url", "direct_url", "migration_url")


def complete(
    database: DatabaseSettings, given: Mapping[str, Given], problems: list[str]
) -> DatabaseSettings:
    """Put `ca_file` into each URL, so that a URL says everything; problems are added to the list.

    Args:
        database: Settings that are valid, each by itself.
        given: Where each value came from, by dotted name.
        problems: Sentences; what is found wrong is added.
    """
    authority = None if database.ca_file is None else str(database.ca_file)
    completed: dict[str, Any] = {}
    for name in _URLS:
        url = getattr(database, name)
        try:
            completed[name] = url and with_authority(url, authority)
        except UrlProblem as problem:
            dotted = f"database.{name}"
            source = given[dotted].source if dotted in given else "the default"
            problems.append(f"{dotted} ({source}): {problem}")
    return attrs.evolve(database, **completed)


def database_warnings(database: DatabaseSettings) -> list[str]:
    """Say where anybody on the way could pose as the database, and which files are not there."""
    found = []
    for name, target in _targets(database):
        remote = [host for host in target.hosts if not host.is_here]
        if remote and not target.tls.verifies:
            found.append(
                f"database.{name}: nobody verifies that {', '.join(map(str, remote))} is the"
                f" database (sslmode={target.tls.mode}), so whoever is on the way can read and"
                " change everything; set database.ca_file to the authority that signed its"
                " certificate, or sslmode=verify-full in the URL"
            )
        named = {**target.tls.files, **({"passfile": target.passfile} if target.passfile else {})}
        for parameter, path in named.items():
            if database.ca_file is None or path != str(database.ca_file):
                found += _unreadable(f"database.{name}: {parameter}", Path(path))
    return found


def _targets(database: DatabaseSettings) -> Iterator[tuple[str, Target]]:
    for name in _URLS:
        url = getattr(database, name)
        if url is not None:
            yield name, read_url(url)


def _unreadable(what: str, path: Path) -> list[str]:
    try:
        path.open("rb").close()
    except OSError as error:
        return [f"{what}: cannot read {path}: {error.strerror}"]
    return []
