"""The error of settings; it knows sentences only, never a secret's value."""

from __future__ import annotations

from collections.abc import Sequence

from pulse_router.domain.errors import PulseError


class SettingsError(PulseError):
    """The settings cannot be used.

    Args:
        problems: Every problem that was found, each a sentence that names the key, where its
            value came from, and what is allowed.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = list(problems)


class Reason(ValueError):
    """Says what is wrong with one value, in words that hold nothing of it and may be shown."""
