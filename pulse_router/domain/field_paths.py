"""Field paths of payload filters: how a name finds its value in a payload.

It knows nothing of conditions.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from pulse_router.domain.routes import Payload

MAX_PATH_LENGTH: Final = 512
MAX_PATH_SEGMENTS: Final = 16


class Missing(enum.Enum):
    """The type of the one value that stands for no value."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING
Getter: TypeAlias = Callable[[Payload], Any]


def compile_path(path: str) -> Getter:
    """Compile a path into a function from a payload to the value there, or MISSING.

    A bare name is looked up in `metrics` first, then in the payload. A dotted path that starts
    with a field of the payload is absolute; any other is treated like a bare name. As names of
    metrics may contain dots themselves, what is left of a path is tried as a whole at each step.

    Args:
        path: A field's name, or several joined by dots.

    Raises:
        ValueError: The path is malformed.
    """
    if len(path) > MAX_PATH_LENGTH:
        raise ValueError(f"a path must not have more than {MAX_PATH_LENGTH} characters")
    segments = path.split(".")
    if not all(segments):
        raise ValueError("a path must not have an empty part")
    if len(segments) > MAX_PATH_SEGMENTS:
        raise ValueError(f"a path must not have more than {MAX_PATH_SEGMENTS} parts")
    return _bare(path) if len(segments) == 1 else _dotted(path, segments)


def _bare(name: str) -> Getter:
    def get(payload: Payload) -> Any:  # noqa: ANN401 - a JSON value
        metrics = payload.get("metrics")
        if type(metrics) is dict and name in metrics:
            return metrics[name]
        return payload.get(name, MISSING)

    return get


def _dotted(path: str, segments: list[str]) -> Getter:
    first = segments[0]
    rests = [".".join(segments[start:]) for start in range(len(segments))]
    whole = tuple(zip(segments, rests, strict=True))
    below_first = whole[1:]

    def get(payload: Payload) -> Any:  # noqa: ANN401 - a JSON value
        if first in payload:
            return _walk(payload[first], below_first)
        found = _walk(payload.get("metrics"), whole)
        return payload.get(path, MISSING) if found is MISSING else found

    return get


def _walk(value: Any, steps: tuple[tuple[str, str], ...]) -> Any:  # noqa: ANN401 - JSON values
    for segment, rest in steps:
        if type(value) is dict:
            if rest in value:
                return value[rest]
            if segment not in value:
                return MISSING
            value = value[segment]
        elif type(value) is list and segment.isdecimal() and len(segment) < 6:
            index = int(segment)
            if index >= len(value):
                return MISSING
            value = value[index]
        else:
            return MISSING
    return value
