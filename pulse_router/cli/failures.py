"""How a command says that it failed: one sentence with the remedy, and an exit status.

It knows no command.
"""

from __future__ import annotations

import traceback
from typing import Final

import click

from pulse_router.domain.errors import PulseError
from pulse_router.runtime.redaction import redact_text
from pulse_router.settings import SettingsError

FAILED: Final = 1
WRONG_USAGE: Final = 2


class CommandFailed(click.ClickException):
    """The command cannot do its work; exit status 1."""

    exit_code = FAILED


class WrongSettings(click.ClickException):
    """The settings cannot be used; exit status 2."""

    exit_code = WRONG_USAGE


def explain(error: BaseException) -> tuple[str, int]:
    """Put what ended a command into text for standard error, and an exit status.

    What a person can mend is a sentence a line; anything else is a bug and comes with its
    traceback. Neither holds secrets.
    """
    if isinstance(error, click.UsageError):
        context = f"; see '{error.ctx.command_path} --help'" if error.ctx is not None else ""
        sentence = " ".join(error.format_message().split()).rstrip(".")
        return f"{sentence}{context}", error.exit_code
    if isinstance(error, click.ClickException):
        return error.format_message(), error.exit_code
    if isinstance(error, click.Abort | KeyboardInterrupt):
        return "stopped", FAILED
    leaves = _leaves(error)
    if all(isinstance(leaf, SettingsError) for leaf in leaves):
        problems = [p for leaf in leaves if isinstance(leaf, SettingsError) for p in leaf.problems]
        return "\n".join(problems), WRONG_USAGE
    if all(isinstance(leaf, PulseError | OSError) for leaf in leaves):
        sentences = dict.fromkeys(redact_text(str(leaf)) for leaf in leaves)
        return "\n".join(sentences), FAILED
    told = redact_text("".join(traceback.format_exception(error)))
    return f"{told}This is a bug in pulse-router: please report it with the lines above.", FAILED


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for each in error.exceptions for leaf in _leaves(each)]
    return [error]
