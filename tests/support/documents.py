"""The examples of a document, as a reader would copy them."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

DOCS = Path(__file__).parents[2] / "docs"
_PART = re.compile(
    r"^#+ (?P<heading>[^\n]+)$|^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@attrs.frozen
class Example:
    """A block of code under the heading that is nearest above."""

    heading: str
    language: str
    text: str

    def at(self, address: str) -> str:
        """The same for a router at another address than the one that documents speak of."""
        return self.text.replace("localhost:8080", address)


def examples(document: str, *languages: str) -> list[Example]:
    """All examples of a document in one of these languages."""
    heading, found = "", []
    for part in _PART.finditer((DOCS / document).read_text()):
        if part["heading"]:
            heading = part["heading"]
        elif part["language"] in languages:
            found.append(Example(heading, part["language"], part["text"]))
    return found
