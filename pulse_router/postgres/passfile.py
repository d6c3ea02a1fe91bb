"""Looks a password up in a file of libpq's form (`host:port:database:user:password`)."""

from __future__ import annotations

import re
import stat
from pathlib import Path
from typing import Final

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.target import Host

_COLON: Final = re.compile(r"(?<!\\):")
_ESCAPED: Final = re.compile(r"\\(.)")


def find_password(path: Path, host: Host, *, database: str, user: str) -> str | None:
    """Find the password of the first line that fits.

    Raises:
        Unavailable: The file cannot be read, or others may read it too.
    """
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise Unavailable(f"passfile: others may read {path} too: run chmod 600 {path}")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Unavailable(f"passfile: cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Unavailable(f"passfile: {path} is not UTF-8 text") from None
    is_socket = not host.name or host.name.startswith("/")
    wanted = ["localhost" if is_socket else host.name, str(host.port), database, user]
    for line in text.splitlines():
        fields = [_ESCAPED.sub(r"\1", field) for field in _COLON.split(line, maxsplit=4)]
        is_entry = len(fields) == 5 and not line.startswith("#")
        if is_entry and all(
            given in {"*", want} for given, want in zip(fields[:4], wanted, strict=True)
        ):
            return fields[4]
    return None
