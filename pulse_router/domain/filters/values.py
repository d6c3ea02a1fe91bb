"""Equality of JSON values as payload filters understand it: by comparison, and by what is hashed.

A boolean is no number, and 1 equals 1.0. It knows nothing of operators.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any, Final

import attrs

from pulse_router.domain.filters.weight import Fuel

_TRUE: Final = (True,)
_FALSE: Final = (False,)
"""No JSON value has these for a key: a list's has its kind in front."""
_KEYS_OF_THEIR_OWN: Final = frozenset({int, float, str, type(None)})


def same(left: object, right: object) -> bool:
    """Tell whether two JSON values are equal."""
    # The first costs next to nothing, and settles all but values that look alike.
    return left == right and _is_alike(left, right)


def _is_alike(left: Any, right: Any) -> bool:  # noqa: ANN401 - JSON values
    """Tell whether two values that are equal to Python have booleans in the same places."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict):
        return all(_is_alike(value, right[name]) for name, value in left.items())
    if isinstance(left, list):
        return all(map(_is_alike, left, right))
    return True


def key_of(value: Any, fuel: Fuel) -> Hashable:  # noqa: ANN401 - a JSON value
    """Give what stands for a JSON value in a set: equal values have equal keys, and no others.

    Args:
        value: The value.
        fuel: Pays for what is in it.

    Raises:
        TooDear: There is more in it than may be looked at.
    """
    if value is True or value is False:
        return _TRUE if value else _FALSE
    if isinstance(value, list):
        fuel.spend(len(value))
        if _KEYS_OF_THEIR_OWN.issuperset(map(type, value)):
            return "list", *value
        return "list", *[key_of(item, fuel) for item in value]
    if isinstance(value, dict):
        fuel.spend(len(value))
        return "dict", frozenset((name, key_of(item, fuel)) for name, item in value.items())
    hashable: Hashable = value
    return hashable


@attrs.frozen(eq=False)
class Members:
    """A list of JSON values, made ready once so that it can be asked whether it has one.

    Args:
        plain: Those that are no booleans, lists or objects.
        booleans: The booleans.
        nested: The keys of lists and objects.
        lengths: What kinds and lengths those have.
    """

    plain: frozenset[Any]
    booleans: frozenset[bool]
    nested: frozenset[Hashable]
    lengths: frozenset[tuple[bool, int]]

    @classmethod
    def of(cls, values: Iterable[Any]) -> Members:
        """Make them ready."""
        unbounded = Fuel()
        listed = list(values)
        nested = [value for value in listed if isinstance(value, dict | list)]
        return cls(
            plain=frozenset(v for v in listed if not isinstance(v, bool | dict | list)),
            booleans=frozenset(value for value in listed if isinstance(value, bool)),
            nested=frozenset(key_of(value, unbounded) for value in nested),
            lengths=frozenset((isinstance(value, dict), len(value)) for value in nested),
        )

    def have(self, value: Any, fuel: Fuel) -> bool:  # noqa: ANN401 - a JSON value
        """Tell whether one of them equals a value, at the cost of the value whatever they are."""
        if isinstance(value, dict | list):
            is_near = (isinstance(value, dict), len(value)) in self.lengths
            return is_near and key_of(value, fuel) in self.nested
        return value in (self.booleans if isinstance(value, bool) else self.plain)
