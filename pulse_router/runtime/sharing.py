"""Keeps one object for each text that comes again and again, and a bounded number of them.

`sys.intern` would keep some for ever: what it is given lives as long as the process in Python 3.12
before 3.12.5 (gh-113993), and strangers can invent texts.
"""

from __future__ import annotations


class SharedTexts:
    """Texts that are told apart by what they say.

    Args:
        capacity: How many are kept; beyond that all are let go, and the next ones are kept anew.
    """

    __slots__ = ("_capacity", "_texts")

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._texts: dict[str, str] = {}

    def share(self, text: str) -> str:
        """Give the object that is kept for a text."""
        known = self._texts.get(text)
        if known is not None:
            return known
        if len(self._texts) >= self._capacity:
            self._texts.clear()
        self._texts[text] = text
        return text

    def __len__(self) -> int:
        """How many are kept now."""
        return len(self._texts)
