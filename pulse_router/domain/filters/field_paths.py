"""Field paths of payload filters: how a name finds its value in a payload.

It knows nothing of conditions.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from pulse_router.domain.filters.weight import Fuel
from pulse_router.domain.payloads import Payload

MAX_PATH_LENGTH: Final = 512
MAX_PATH_SEGMENTS: Final = 16


class Missing(enum.Enum):
    """The type of the one value that stands for no value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Getter: TypeAlias = Callable[[Payload], Any]


_Steps: TypeAlias = tuple[tuple[str, str], ...]


class Several:
    """The values that a path finds which leads through a list: at least one.

    Args:
        values: What it finds, in order.
    """

    __slots__ = ("values",)

    def __init__(self, values: Sequence[Any]) -> None:
        self.values = values


def compile_path(path: str, fuel: Fuel) -> Getter:
    """Compile a path into a function from a payload to the value there, or MISSING.

    A bare name is looked up in `metrics` first, then in the payload. A dotted path that starts
    with a field of the payload is absolute; any other is treated like a bare name. As names of
    metrics may contain dots themselves, what is left of a path is tried as a whole at each step.
    A path leads through a list into each object in it, or by a number to one of its elements.

    Args:
        path: A field's name, or several joined by dots.
        fuel: Pays for the elements of the lists on its way.

    Returns:
        What gives the value, `Several` where a list was on the way, or MISSING.

    Raises:
        ValueError: The path is malformed.
    """
    segments = _split(path)
    return _bare(path) if len(segments) == 1 else _dotted(path, segments, fuel)


def compile_path_in_element(path: str, fuel: Fuel) -> Getter:
    """Compile a path that begins in an element of a list, where no field has a meaning of its own.

    Args:
        path: A field's name, or several joined by dots.
        fuel: Pays for the elements of the lists on its way.

    Raises:
        ValueError: The path is malformed.
    """
    steps = _steps(_split(path))
    return lambda element: _walk(element, steps, fuel)


def _split(path: str) -> list[str]:
    if len(path) > MAX_PATH_LENGTH:
        raise ValueError(f"a path must not have more than {MAX_PATH_LENGTH} characters")
    segments = path.split(".")
    if not all(segments):
        raise ValueError("a path must not have an empty part")
    if len(segments) > MAX_PATH_SEGMENTS:
        raise ValueError(f"a path must not have more than {MAX_PATH_SEGMENTS} parts")
    return segments


def _steps(segments: list[str]) -> _Steps:
    """Give each segment together with what is left of the path from it on."""
    rests = [".".join(segments[start:]) for start in range(len(segments))]
    return tuple(zip(segments, rests, strict=True))


def _bare(name: str) -> Getter:
    def get(payload: Payload) -> Any:  # noqa: ANN401 - a JSON value
        metrics = payload.get("metrics")
        if type(metrics) is dict and name in metrics:
            return metrics[name]
        return payload.get(name, MISSING)

    return get


def _dotted(path: str, segments: list[str], fuel: Fuel) -> Getter:
    first = segments[0]
    whole = _steps(segments)
    below_first = whole[1:]

    def get(payload: Payload) -> Any:  # noqa: ANN401 - a JSON value
        if first in payload:
            return _walk(payload[first], below_first, fuel)
        found = _walk(payload.get("metrics"), whole, fuel)
        return payload.get(path, MISSING) if found is MISSING else found

    return get


def _walk(value: Any, steps: _Steps, fuel: Fuel) -> Any:  # noqa: ANN401 - JSON values
    for at, (segment, rest) in enumerate(steps):
        if type(value) is dict:
            if rest in value:
                return value[rest]
            if segment not in value:
                return MISSING
            value = value[segment]
        elif type(value) is list:
            found: list[Any] = []
            _gather(value, steps, at, _Gathering(found, fuel))
            return Several(found) if found else MISSING
        else:
            return MISSING
    return value


class _Gathering:
    """What a path has found, and where it has been.

    A number leads to an element of a list, and may be a name in it, so there are two ways to it.
    """

    __slots__ = ("found", "fuel", "seen")

    def __init__(self, found: list[Any], fuel: Fuel) -> None:
        self.found = found
        self.fuel = fuel
        self.seen: set[tuple[int, int]] = set()


def _gather(value: Any, steps: _Steps, at: int, so_far: _Gathering) -> None:  # noqa: ANN401
    """Gather what a path finds from a JSON value on, through each list on its way.

    Args:
        value: Where it is.
        steps: The path.
        at: How many steps of it are made.
        so_far: Where what it finds goes.
    """
    if at == len(steps):
        so_far.found.append(value)
        return
    if (id(value), at) in so_far.seen:
        return
    so_far.seen.add((id(value), at))
    segment, rest = steps[at]
    if type(value) is dict:
        if rest in value:
            so_far.found.append(value[rest])
        elif segment in value:
            _gather(value[segment], steps, at + 1, so_far)
    elif type(value) is list:
        so_far.fuel.spend(len(value))
        if segment.isdecimal() and len(segment) < 6 and int(segment) < len(value):
            _gather(value[int(segment)], steps, at + 1, so_far)
        for item in value:
            if type(item) is dict:
                _gather(item, steps, at, so_far)
