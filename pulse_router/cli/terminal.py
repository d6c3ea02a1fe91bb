"""Makes standard input, output and error fit to be used, whatever started the process.

It knows no command.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
from pathlib import Path
from typing import Final

_ESCAPED: Final = "pulse-router.escaped"


def prepare_streams() -> None:
    """Open what is closed, and let text survive that a terminal has no characters for.

    A descriptor that is closed would be given to the next file or connection, and be written to by
    whoever complains.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            _open_nothing(number)
    nothing = Path(os.devnull)
    sys.stdin = sys.stdin or nothing.open(encoding="utf-8")
    sys.stdout = sys.stdout or nothing.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nothing.open("w", encoding="utf-8")
    codecs.register_error(_ESCAPED, _escape)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_ESCAPED)


def tell(text: str) -> None:
    """Write a line to standard error; where nobody can read it, that changes nothing else."""
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except (OSError, ValueError):
        _point_at_nothing(2)


def drop_output() -> None:
    """Throw away what is still to be written: whoever read our output has gone."""
    _point_at_nothing(1)


def _open_nothing(number: int) -> None:
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)


def _point_at_nothing(number: int) -> None:
    """Have what Python still wants to flush at its exit end nowhere, not in a second error."""
    opened = os.open(os.devnull, os.O_WRONLY)
    os.dup2(opened, number)
    os.close(opened)


def _escape(error: UnicodeError) -> tuple[str, int]:
    r"""Write what cannot be encoded as JSON does: \u2026, in two halves above \uffff."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end
