"""The unprivileged account that children run as when this process is root, and who may read what.

Knows users and permission bits; does not know which program runs.
"""

from __future__ import annotations

import os
import pwd
import stat
import tempfile
from pathlib import Path

import attrs

from pulse_router.domain.errors import PulseError

ACCOUNT_NAME = "nobody"


class FolderUnsuitable(PulseError):
    """A folder cannot be used by the account that has to work in it; the message has the remedy."""


@attrs.frozen
class Account:
    """A user of this machine."""

    name: str
    uid: int
    gid: int

    def may(self, path: Path, bits: int) -> bool:
        """Tell whether the permission bits of `path` itself grant the account `bits` (of 0o7)."""
        found = path.stat()
        if found.st_uid == self.uid:
            granted = found.st_mode >> 6
        elif found.st_gid == self.gid:
            granted = found.st_mode >> 3
        else:
            granted = found.st_mode
        return granted & bits == bits

    def obstacle(self, path: Path) -> Path | None:
        """The topmost folder above `path` that the account cannot enter, if there is one."""
        for folder in reversed(path.resolve().parents):
            if folder.exists() and not self.may(folder, stat.S_IXOTH):
                return folder
        return None


def account_for_children() -> Account | None:
    """The account that children have to run as; None means our own.

    PostgreSQL refuses to run as root, and mosquitto drops its rights by itself.

    Raises:
        FolderUnsuitable: We are root, and the account does not exist.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        raise FolderUnsuitable(
            f"PostgreSQL refuses to run as root, and there is no user {ACCOUNT_NAME!r} to run it"
            " as: start pulse-router as an ordinary user"
        ) from None
    return Account(name=entry.pw_name, uid=entry.pw_uid, gid=entry.pw_gid)


def prepare_folder(folder: Path, account: Account | None) -> None:
    """Make a folder of ours that the account can pass through but not list.

    Raises:
        FolderUnsuitable: The account cannot get there, or we cannot make it.
    """
    try:
        for missing in reversed([each for each in (folder, *folder.parents) if not each.exists()]):
            missing.mkdir(exist_ok=True)
            # Whatever the umask is: passed by the account, or closed to everybody else.
            if account is not None:
                missing.chmod(0o711)
            elif missing == folder:
                missing.chmod(0o700)
    except OSError as error:
        raise FolderUnsuitable(
            f"cannot make the folder {folder}: {error.strerror}; choose another one"
        ) from error
    if account is None:
        return
    # `obstacle` looks above a path, and the folder itself has to be passed as well.
    obstacle = account.obstacle(folder / "inside")
    if obstacle is not None:
        raise FolderUnsuitable(
            f"{folder} cannot be reached by the user {account.name!r}, as whom PostgreSQL and"
            f" mosquitto run when pulse-router is root: choose another folder,"
            f" or allow it to pass with `chmod o+x {obstacle}`"
        )


def give_folder(folder: Path, account: Account | None) -> None:
    """Make a private folder that belongs to the account."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def write_private(path: Path, content: str) -> None:
    """Replace a file that only we may read, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
