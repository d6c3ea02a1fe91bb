"""How an exchange over a connection ends early."""

from __future__ import annotations


class LineBroken(Exception):
    """A connection broke before the status of an answer was known.

    Args:
        reason: What the system says.
        is_untouched: Whether no byte of an answer had come.
    """

    def __init__(self, reason: str, *, is_untouched: bool) -> None:
        super().__init__(reason)
        self.is_untouched = is_untouched


class LineCut(Exception):
    """A connection was cut in the middle of an exchange, for that lasted too long."""
