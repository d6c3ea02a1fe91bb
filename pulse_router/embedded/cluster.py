"""A PostgreSQL cluster in a folder: made once, whole or not at all, with its superuser's password.

Knows `initdb`; does not know how the server runs. Blocks the thread.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from pathlib import Path

from pulse_router.embedded import processes
from pulse_router.embedded.accounts import Account, give_folder, write_private


def prepare_cluster(
    folder: Path,
    data: Path,
    *,
    initdb: Path,
    superuser: str,
    account: Account | None,
    is_durable: bool,
) -> str:
    """Make the cluster if there is none.

    Args:
        folder: Where the password is kept, and what is half made.
        data: The cluster itself, inside of it.
        initdb: The program that makes one.
        superuser: The name of the superuser of a new one.
        account: Whom the server runs as; None for ourselves.
        is_durable: Whether a new one must outlive a power cut from now on.

    Returns:
        The superuser's password.

    Raises:
        ChildFailed: It cannot be made.
    """
    for leftover in (*folder.glob("data.new-*"), *folder.glob("password.new-*")):
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    secret = folder / "password"
    if not (data / "PG_VERSION").exists():
        password = secrets.token_urlsafe(24)
        write_private(secret, password)
        # Renamed only when complete: an initdb that was killed leaves nothing to trip over.
        scratch = Path(tempfile.mkdtemp(dir=folder, prefix="data.new-"))
        give_folder(scratch, account)
        argv = [
            *(str(initdb), "--pgdata", str(scratch), "--username", superuser),
            *("--auth", "scram-sha-256", "--encoding", "UTF8"),
            *("--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"),
            "--no-instructions",
        ]
        if not is_durable:
            argv.append("--no-sync")
        _init(argv, password, folder, account)
        scratch.rename(data)
    return secret.read_text().strip()


def _init(argv: list[str], password: str, folder: Path, account: Account | None) -> None:
    """Run `initdb`, which reads the password from a file that the account owns."""
    handle, name = tempfile.mkstemp(dir=folder, prefix="password.new-")
    with os.fdopen(handle, "w") as file:
        file.write(password)
    if account is not None:
        os.chown(name, account.uid, account.gid)
    try:
        processes.run([*argv, "--pwfile", name], account=account)
    finally:
        Path(name).unlink()
