"""Cuts a string of a template into text and placeholders, and these into tokens.

Each token goes to the parser on a line of its own: so its line numbers, the only places that it
knows, tell our columns. It knows nothing of what the tokens mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from pulse_router.domain.templates.limits import MAX_DEPTH, MAX_OPERATIONS, TemplateFault

MAX_DIGITS: Final = 32
OPEN: Final = "{{"
_FOREIGN: Final = re.compile(r"\{[%#]")
_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
  | (?P<number>[0-9][0-9_]*(?:\.[0-9][0-9_]*)?(?:[eE][+-]?[0-9]+)?)
  | (?P<name>[^\W\d]\w*)
  | (?P<close>\}\})
  | (?P<operator>==|!=|<=|>=|//|\*\*|[-+*/%~<>=()\[\]{},.:|])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_AS_THEY_ARE: Final = "\\'\"/"
_PREFIXES: Final = frozenset({"not", "-", "+"})
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@attrs.frozen
class Placeholder:
    """What stands between double braces.

    Attributes:
        source: Its tokens, each on a line.
        columns: The column of each, and of the end.
    """

    source: str
    columns: Sequence[int]

    def column(self, line: int) -> int:
        """Give the column of what the parser met at a line, from 1."""
        return self.columns[min(line, len(self.columns)) - 1]


def cut(text: str) -> Iterator[str | Placeholder]:
    """Cut a string into its texts and its placeholders.

    Raises:
        TemplateFault: It cannot be read; the column says where.
    """
    place = 0
    while (start := text.find(OPEN, place)) >= 0:
        _check_text(text, place, start)
        if start > place:
            yield text[place:start]
        placeholder, place = _read(text, start)
        yield placeholder
    _check_text(text, place, len(text))
    if place < len(text):
        yield text[place:]


def _check_text(text: str, start: int, end: int) -> None:
    if found := _FOREIGN.search(text, start, end):
        raise TemplateFault(
            f"there are no blocks and no comments; {{{{ '{found[0]}' }}}} writes {found[0]}",
            found.start() + 1,
        )


def _read(text: str, start: int) -> tuple[Placeholder, int]:
    """Read a placeholder; give it, and where it ends."""
    tokens: list[str] = []
    columns: list[int] = []
    guard = _Guard()
    place = start + len(OPEN)
    while True:
        found = _TOKEN.match(text, place)
        if found is None:
            raise _unreadable(text, place, start)
        column, place = place + 1, found.end()
        if found.lastgroup == "space":
            continue
        columns.append(column)
        if found.lastgroup == "close":
            return Placeholder("\n".join(tokens), tuple(columns)), place
        token = found[0]
        if found.lastgroup == "string":
            token = _plain(token, column)
        elif found.lastgroup == "number" and len(token) > MAX_DIGITS:
            raise TemplateFault(f"a number has at most {MAX_DIGITS} digits", column)
        guard.pass_by(token, column)
        tokens.append(token)


class _Guard:
    """Keeps from the parser what would have it call itself too often."""

    def __init__(self) -> None:
        self._open = 0
        self._prefixes = 0
        self._branches = 0

    def pass_by(self, token: str, column: int) -> None:
        if token in {"(", "[", "{"}:
            self._open += 1
        elif token in {")", "]", "}"}:
            self._open -= 1
        self._prefixes = self._prefixes + 1 if token in _PREFIXES else 0
        self._branches += token == "else"  # noqa: S105 - a token of syntax
        if self._open > MAX_DEPTH or self._prefixes > MAX_DEPTH:
            raise TemplateFault(f"nested deeper than {MAX_DEPTH}", column)
        if self._branches > MAX_OPERATIONS:
            raise TemplateFault(f"more than {MAX_OPERATIONS} operations", column)


def _unreadable(text: str, place: int, start: int) -> TemplateFault:
    if place >= len(text):
        return TemplateFault("the placeholder has no end: }} is missing", start + 1)
    if text[place] in {"'", '"'}:
        return TemplateFault("the text has no end: its quote is missing", place + 1)
    return TemplateFault(f"{text[place]!r} means nothing here", place + 1)


def _plain(literal: str, column: int) -> str:
    """Write a literal text so that it has neither line breaks nor unusual escapes."""

    def unescaped(found: re.Match[str]) -> str:
        told = found[1]
        if told in _ESCAPES:
            return _ESCAPES[told]
        if told in _AS_THEY_ARE:
            return told
        if len(told) > 1 and not 0xD800 <= int(told[1:], 16) <= 0xDFFF:
            return chr(int(told[1:], 16))
        raise TemplateFault(
            r"an escape is one of \\ \' \" \/ \n \r \t \b \f and \u with four digits",
            column + 1 + found.start(),
        )

    text = _ESCAPE.sub(unescaped, literal[1:-1])
    if found := _SURROGATE.search(text):
        raise TemplateFault("half a character", column + 1 + found.start())
    return "'" + text.encode("unicode_escape").decode("ascii").replace("'", "\\'") + "'"
