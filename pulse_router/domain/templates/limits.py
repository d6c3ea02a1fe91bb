"""What a template may cost, and the errors of one that is at fault or beyond its bounds.

Pure numbers and words; it knows nothing of the language.
"""

from __future__ import annotations

from typing import Final

MAX_TEMPLATE_BYTES: Final = 16 * 1024
MAX_PLACEHOLDERS: Final = 64
MAX_OPERATIONS: Final = 256
MAX_DEPTH: Final = 16
"""How deep values and expressions may be nested."""
MAX_VALUE_BYTES: Final = 256 * 1024
"""How large a body may be, and every value on the way there."""
MAX_WORK_BYTES: Final = 4 * MAX_VALUE_BYTES
"""How much text one rendering may make and look through in all."""


class TemplateFault(ValueError):
    """A template is not valid.

    Args:
        message: What is wrong, and what is allowed.
        column: Where in its string, from 1; None where it is the whole.
        path: Where the string stands in the template.
    """

    def __init__(self, message: str, column: int | None = None, path: str = "") -> None:
        super().__init__(message if column is None else f"column {column}: {message}")
        self.message = message
        self.column = column
        self.path = path


class CannotRender(Exception):
    """A body cannot be made of a message; the text says why, and nothing of either."""


class Allowance:
    """What is left of the work that one rendering may do."""

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = MAX_WORK_BYTES

    def spend(self, size: int) -> None:
        """Note that a value of this size is about to be made, or was looked through.

        Raises:
            CannotRender: It is too large, or too much was done already.
        """
        self._left -= size
        if size > MAX_VALUE_BYTES:
            raise CannotRender(f"a value in it is larger than {MAX_VALUE_BYTES // 1024} KiB")
        if self._left < 0:
            raise CannotRender(f"it takes more work than {MAX_WORK_BYTES // 1024} KiB of text")
