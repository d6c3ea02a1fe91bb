"""How a command says that it failed: one sentence with the remedy, and an exit status.

It knows no command.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from typing import Final

import click

from pulse_router.domain.errors import LifeOver, MigrationError, PulseError
from pulse_router.runtime.redaction import redact_text
from pulse_router.settings import SettingsError

FAILED: Final = 1
WRONG_USAGE: Final = 2
PERSON_NEEDED: Final = 3
"""Starting again would not help: systemd does not, and somebody has to look."""


def explain(error: BaseException) -> tuple[str, int]:
    """Put what ended a command into text for standard error, and an exit status.

    What a person can mend is a sentence a line; anything else is a bug and comes with its
    traceback. Neither holds secrets.
    """
    if isinstance(error, click.UsageError):
        context = f"; see '{error.ctx.command_path} --help'" if error.ctx is not None else ""
        sentence = " ".join(error.format_message().split()).rstrip(".")
        return _named([f"{sentence}{context}"]), error.exit_code
    if isinstance(error, click.ClickException):
        return _named([error.format_message()]), error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return _named(["stopped"]), FAILED
    leaves = _leaves(error)
    if all(isinstance(leaf, SettingsError) for leaf in leaves):
        problems = [p for leaf in leaves if isinstance(leaf, SettingsError) for p in leaf.problems]
        return _named(problems), WRONG_USAGE
    if all(isinstance(leaf, PulseError | OSError) for leaf in leaves):
        needed = any(isinstance(leaf, LifeOver | MigrationError) for leaf in leaves)
        status = PERSON_NEEDED if needed else FAILED
        return _named(dict.fromkeys(redact_text(str(leaf)) for leaf in leaves)), status
    told = redact_text("".join(traceback.format_exception(error)))
    return f"{told}This is a bug in pulse-router: please report it with the lines above.", FAILED


def _named(sentences: Iterable[str]) -> str:
    return "\n".join(f"pulse-router: {sentence}" for sentence in sentences)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in _leaves(each)]
    return [error]
