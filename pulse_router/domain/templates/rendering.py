"""Whole templates: a JSON value or a text with placeholders, compiled once, rendered many times.

It knows nothing of destinations. What it gives of a JSON template is JSON, whatever a device says.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import attrs
import msgspec

from pulse_router.domain.templates.language import Compiler
from pulse_router.domain.templates.limits import (
    MAX_DEPTH,
    MAX_PLACEHOLDERS,
    MAX_TEMPLATE_BYTES,
    MAX_VALUE_BYTES,
    CannotRender,
    TemplateFault,
)
from pulse_router.domain.templates.operators import join
from pulse_router.domain.templates.scope import (
    SITE,
    Expression,
    Scope,
    Sender,
    Subject,
    scope_of,
)
from pulse_router.domain.templates.tokens import OPEN, Placeholder, cut
from pulse_router.domain.templates.values import to_json, to_text

_encode: Final = msgspec.json.Encoder().encode
_Piece: TypeAlias = bytes | Expression


@attrs.frozen(eq=False)
class Template:
    """A compiled template.

    Attributes:
        names: What it names of the facts beside the payload.
    """

    _pieces: Sequence[_Piece]
    _write: Callable[[Any, Scope], bytes]
    names: frozenset[str]

    @property
    def needs_site(self) -> bool:
        """Whether it names the device's site."""
        return SITE in self.names

    def render(self, subject: Subject, sender: Sender, secrets: Mapping[str, str]) -> bytes:
        """Make the body for a message.

        Args:
            subject: The message.
            sender: The route.
            secrets: The template secrets, or masks in their place.

        Raises:
            CannotRender: It is beyond the bounds, or the payload cannot be read.
        """
        scope = scope_of(subject, sender, self.names, secrets)
        written: list[bytes] = []
        size = 0
        for piece in self._pieces:
            part = piece if type(piece) is bytes else self._write(piece(scope), scope)  # type: ignore[operator]
            size += len(part)
            if size > MAX_VALUE_BYTES:
                raise CannotRender(f"it is larger than {MAX_VALUE_BYTES // 1024} KiB")
            written.append(part)
        return b"".join(written)


def compile_json(value: Any, secrets: Collection[str] = ()) -> Template:  # noqa: ANN401
    """Compile a JSON value whose strings hold placeholders.

    Args:
        value: The decoded JSON.
        secrets: The names of the template secrets.

    Raises:
        TemplateFault: It is not valid; path and column say where.
    """
    _check_weight(value)
    maker = _Maker(secrets)
    pieces: list[_Piece] = []
    for piece in maker.pieces_of(value, "", MAX_DEPTH):
        if pieces and type(piece) is bytes and type(pieces[-1]) is bytes:
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return maker.template(pieces, _write_json)


def compile_text(text: str, secrets: Collection[str] = ()) -> Template:
    """Compile a text with placeholders.

    Args:
        text: The text.
        secrets: The names of the template secrets.

    Raises:
        TemplateFault: It is not valid; the column says where.
    """
    _check_weight(text)
    maker = _Maker(secrets)
    pieces = [part.encode() if isinstance(part, str) else part for part in maker.parts_of(text, "")]
    return maker.template(pieces, _write_text)


def _write_json(value: Any, scope: Scope) -> bytes:  # noqa: ANN401 - a JSON value
    return to_json(value, scope.allowance)


def _write_text(value: Any, scope: Scope) -> bytes:  # noqa: ANN401 - a JSON value
    return to_text(value, scope.allowance).encode("utf-8", "replace")


def _check_weight(value: Any) -> None:  # noqa: ANN401 - a JSON value
    try:
        weight = len(_encode(value))
    except RecursionError:
        raise TemplateFault(f"nested deeper than {MAX_DEPTH}") from None
    except ValueError:
        raise TemplateFault("it holds half a character") from None
    if weight > MAX_TEMPLATE_BYTES:
        raise TemplateFault(f"must not be larger than {MAX_TEMPLATE_BYTES // 1024} KiB as JSON")


class _Maker:
    """Walks one template, whose parts share its bounds."""

    def __init__(self, secrets: Collection[str]) -> None:
        self._compiler = Compiler(secrets)
        self._placeholders = 0

    def template(self, pieces: Sequence[_Piece], write: Callable[[Any, Scope], bytes]) -> Template:
        return Template(tuple(pieces), write, frozenset(self._compiler.names))

    def pieces_of(self, value: Any, path: str, depth: int) -> Iterator[_Piece]:  # noqa: ANN401
        """Write a value as JSON, its placeholders as expressions between."""
        if isinstance(value, str):
            yield self._of_string(value, path)
        elif isinstance(value, list | dict) and depth <= 0:
            raise TemplateFault(f"nested deeper than {MAX_DEPTH}", path=path)
        elif isinstance(value, list):
            yield b"["
            for number, item in enumerate(value):
                yield b"," if number else b""
                yield from self.pieces_of(item, f"{path}.{number}".lstrip("."), depth - 1)
            yield b"]"
        elif isinstance(value, dict):
            yield b"{"
            for number, (name, item) in enumerate(value.items()):
                inside = f"{path}.{name}".lstrip(".")
                if OPEN in name:
                    raise TemplateFault("names of fields hold no placeholders", path=inside)
                yield (b"," if number else b"") + _encode(name) + b":"
                yield from self.pieces_of(item, inside, depth - 1)
            yield b"}"
        else:
            yield _encode(value)

    def _of_string(self, text: str, path: str) -> _Piece:
        parts = self.parts_of(text, path)
        match parts:
            case []:
                return _encode("")
            case [str() as plain]:
                return _encode(plain)
            case [part] if not isinstance(part, str):
                return part
        return join([_text(part) if isinstance(part, str) else part for part in parts])

    def parts_of(self, text: str, path: str) -> list[str | Expression]:
        """Cut a string, and compile its placeholders."""
        try:
            return [part if isinstance(part, str) else self._compiled(part) for part in cut(text)]
        except TemplateFault as fault:
            raise TemplateFault(fault.message, fault.column, path) from None

    def _compiled(self, placeholder: Placeholder) -> Expression:
        self._placeholders += 1
        if self._placeholders > MAX_PLACEHOLDERS:
            column = placeholder.column(1)
            raise TemplateFault(f"more than {MAX_PLACEHOLDERS} placeholders in all", column)
        return self._compiler.compile(placeholder)


def _text(part: str) -> Expression:
    return lambda _: part
