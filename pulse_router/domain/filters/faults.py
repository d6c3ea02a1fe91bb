"""What is wrong with a payload filter."""

from __future__ import annotations


class FilterError(ValueError):
    """A payload filter is invalid.

    Args:
        path: Where the fault is, such as `temperature.$gt`; empty for the filter as a whole.
        message: What is wrong and what is allowed.
    """

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path
        self.message = message
