"""Placeholders in the path and the query of a URL: what a message says is percent-encoded.

Scheme, host and port never come from a message. It knows nothing of requests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

import attrs

from pulse_router.domain.templates.limits import CannotRender
from pulse_router.domain.templates.scope import SITE

PLACEHOLDERS: Final = ("tenant_id", "device_id", "msg_type", SITE)
_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_IN_PATH: Final = "/%:@!$&'()*+,;=~-._"
_IN_QUERY: Final = "/%:@!$&'()*+,;=~-._?[]{}|^`\"<>"


@attrs.frozen
class Target:
    """The path and query of a URL: literals and placeholders in turns, a literal first and last.

    Attributes:
        literals: As they go out.
        names: What stands between them.
        in_path: How many of the names stand in the path.
    """

    literals: Sequence[str] = attrs.field(repr=False)
    names: Sequence[str] = ()
    in_path: int = 0

    def fill(self, values: Mapping[str, str | None]) -> str:
        """Put the values of a message in.

        Args:
            values: A value for each of `names`, as far as the message has one.

        Raises:
            CannotRender: One is missing, or would lead to another path.
        """
        parts = [self.literals[0]]
        for number, name in enumerate(self.names):
            value = values.get(name)
            if not value:
                raise CannotRender(f"the message has no {name}, which the URL needs")
            if number < self.in_path and not value.strip("."):
                raise CannotRender(f"the {name} consists of dots, which would lead to another path")
            parts += (quote(value, safe="", errors="replace"), self.literals[number + 1])
        return "".join(parts)

    def masked(self, values: Mapping[str, str | None], mask: str) -> str:
        """Put the values of a message in, and mask what else stands in the query.

        Raises:
            CannotRender: As by `fill`.
        """
        path, has_query, query = self.text.partition("?")
        shown = [_shown_part(part, mask) for part in query.split("&")] if has_query else []
        return read_target(path, "&".join(shown)).fill(values)

    @property
    def text(self) -> str:
        """How it is written, with its placeholders."""
        return self._joined(lambda name: f"{{{name}}}")

    def _joined(self, fill: Callable[[str], str]) -> str:
        parts = [self.literals[0]]
        for name, literal in zip(self.names, self.literals[1:], strict=True):
            parts += (fill(name), literal)
        return "".join(parts)


def read_target(path: str, query: str) -> Target:
    """Read the path and query of a URL.

    Raises:
        ValueError: It has an unknown placeholder.
    """
    pieces = _PLACEHOLDER.split(path or "/")
    literals = [quote(piece, safe=_IN_PATH) for piece in pieces[::2]]
    names = pieces[1::2]
    in_path = len(names)
    if query:
        pieces = _PLACEHOLDER.split(query)
        literals[-1] += "?" + quote(pieces[0], safe=_IN_QUERY)
        literals += [quote(piece, safe=_IN_QUERY) for piece in pieces[2::2]]
        names += pieces[1::2]
    for name in names:
        if name not in PLACEHOLDERS:
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            raise ValueError(f"has the unknown placeholder {{{name}}}; known are {known}")
    return Target(tuple(literals), tuple(names), in_path)


def literals_of(text: str) -> Sequence[str]:
    """Give what stands around the placeholders of a text."""
    return _PLACEHOLDER.split(text)[::2]


def _shown_part(part: str, mask: str) -> str:
    name, has_value, value = part.partition("=")
    if not has_value:
        return mask if part else part
    return part if _PLACEHOLDER.fullmatch(value) else f"{name}={mask}"
