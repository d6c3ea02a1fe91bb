"""Reading fields of a JSON configuration: every fault is noted with its path, none is raised.

It knows nothing of what the fields mean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Problem: TypeAlias = tuple[str, str]
"""(path of the field, what is wrong and what is allowed)"""


class DestinationError(ValueError):
    """A destination's configuration is invalid.

    Args:
        problems: All that is wrong, each with the path of the field inside the configuration.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("; ".join(f"{path} {said}" if path else said for path, said in problems))
        self.problems = list(problems)


class FieldReader:
    """Reads the fields of one JSON object; a null counts as absent.

    Args:
        fields: The object.
        path: Where it stands, for the faults.
        problems: Where faults are noted; a new list by default.
    """

    def __init__(
        self, fields: Mapping[str, Any], path: str = "", problems: list[Problem] | None = None
    ) -> None:
        self._fields = fields
        self._path = path
        self._known: set[str] = set()
        self.problems: list[Problem] = [] if problems is None else problems

    def fault(self, name: str, message: str) -> None:
        """Note what is wrong with a field."""
        self.problems.append((".".join(filter(None, (self._path, name))), message))

    def value(self, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """Read a field as it is; None when it is absent."""
        self._known.add(name)
        return self._fields.get(name)

    def number(self, name: str, default: float, *, low: float, high: float) -> float:
        """Read a number from `low` to `high`."""
        value = self.value(name)
        if value is None:
            return default
        if type(value) in {int, float} and low <= value <= high:  # which nan is not
            return float(value)
        self.fault(name, f"must be a number from {low:g} to {high:g}")
        return default

    def integer(self, name: str, default: int, *, low: int, high: int) -> int:
        """Read a whole number from `low` to `high`."""
        value = self.value(name)
        if value is None:
            return default
        if type(value) is int and low <= value <= high:
            return value
        self.fault(name, f"must be a whole number from {low} to {high}")
        return default

    def boolean(self, name: str, *, default: bool) -> bool:
        """Read true or false."""
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self.fault(name, "must be true or false")
        return default

    def choice(self, name: str, default: str, allowed: Sequence[str]) -> str:
        """Read one of a few words."""
        value = self.value(name)
        if value is None:
            return default
        if isinstance(value, str) and value in allowed:
            return value
        self.fault(name, f"must be one of {', '.join(allowed)}")
        return default

    def object(self, name: str) -> FieldReader:
        """Open an object inside; an absent one is empty."""
        value = self.value(name)
        if value is not None and not isinstance(value, Mapping):
            self.fault(name, "must be an object")
        fields = value if isinstance(value, Mapping) else {}
        return FieldReader(fields, f"{self._path}.{name}" if self._path else name, self.problems)

    def items(self) -> list[tuple[str, Any]]:
        """List all fields, for an object whose names are free."""
        return [(str(name), value) for name, value in self._fields.items()]

    def refuse_unknown(self) -> None:
        """Note every field that nobody has read."""
        for name in self._fields:
            if name not in self._known:
                self.fault(str(name), f"is unknown; allowed are {', '.join(sorted(self._known))}")
