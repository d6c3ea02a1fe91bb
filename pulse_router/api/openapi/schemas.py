"""JSON Schemas of the API's types, in the words of OpenAPI 3.1; it knows no operation."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Any, Final

import msgspec

_REFERENCE: Final = "#/components/schemas/{name}"


class Schemas:
    """The schemas of some types, those that are named as components.

    Attributes:
        components: By name, those of Structs and enumerations.

    Args:
        types: All the types that will be asked for; they may come more than once.
    """

    def __init__(self, types: Iterable[object]) -> None:
        # Annotated types of equal content are equal but not always hashable.
        self._types: list[object] = []
        for kind in types:
            if not any(kind is known or kind == known for known in self._types):
                self._types.append(kind)
        written, components = msgspec.json.schema_components(self._types, ref_template=_REFERENCE)
        self._schemas = [_tidied(schema) for schema in written]
        self.components: dict[str, Any] = {
            name: _tidied(schema) for name, schema in components.items()
        }

    def of(self, kind: object) -> dict[str, Any]:
        """Give the schema of a type, for components a reference."""
        place = next(i for i, known in enumerate(self._types) if known is kind or known == kind)
        return self._schemas[place]

    def name(self, kind: type[msgspec.Struct]) -> str:
        """Give the component's name of a Struct."""
        reference: str = self.of(kind)["$ref"]
        return reference.rpartition("/")[2]

    def close(self, kind: type[msgspec.Struct]) -> None:
        """Say of a Struct that it has no other fields."""
        self.components[self.name(kind)]["additionalProperties"] = False


def _tidied(schema: dict[str, Any]) -> dict[str, Any]:
    """Take the indentation of the source out of the descriptions, at every depth."""
    return {
        name: inspect.cleandoc(value)
        if name == "description" and isinstance(value, str)
        else _tidied(value)
        if isinstance(value, dict)
        else value
        for name, value in schema.items()
    }
