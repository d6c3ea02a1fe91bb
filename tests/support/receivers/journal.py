"""What a receiver has taken and answered, as it wrote down itself, line by line.

A line is `taken ID` before an answer, and `answered ID STATUS` behind it; some write only those.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import attrs


@attrs.frozen
class Journal:
    """A file that a receiver writes to; whatever processes it has."""

    path: Path

    @classmethod
    def make(cls, path: Path) -> Journal:
        path.touch()
        path.chmod(0o666)
        return cls(path)

    def lines(self) -> list[list[str]]:
        return [line.split() for line in self.path.read_text().splitlines()]

    def accepted(self) -> Counter[int]:
        """How often each id was answered 2xx."""
        return Counter(
            int(line[1]) for line in self.lines() if line[0] == "answered" and line[2][0] == "2"
        )

    def statuses(self) -> Counter[int]:
        """How often there was each status."""
        return Counter(int(line[2]) for line in self.lines() if line[0] == "answered")

    def taken(self) -> set[int]:
        """Whatever came, where it is written down, or was answered."""
        return {int(line[1]) for line in self.lines()}

    def assert_nothing_came_again(self) -> None:
        """What was answered 2xx came never again."""
        done: set[str] = set()
        for kind, number, *status in self.lines():
            assert number not in done, f"{kind} {number} {status}, which had been answered 2xx"
            if kind == "answered" and status[0][0] == "2":
                done.add(number)
