"""What reads what outsiders send, each with the inputs that would cost it most, at any size.

The law for all of them: twice as much costs at the most three times as much. A module named here
has all of its public functions either here or among those that are `EXEMPT`, for a reason.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

import attrs
import msgspec

from pulse_router.api.requests import json_bodies
from pulse_router.api.requests.problems import Problem
from pulse_router.api.routes.bodies import RouteBody
from pulse_router.domain.filters import payload_filter
from pulse_router.domain.filters import values as filter_values
from pulse_router.domain.filters.faults import FilterError
from pulse_router.domain.filters.weight import Fuel
from pulse_router.domain.templates import rendering
from pulse_router.domain.templates.limits import CannotRender, TemplateFault
from pulse_router.ingest import json_faults, numbers, payload, scrubbing
from pulse_router.runtime import nesting, redaction

ENDS: Final = (
    payload.Refused,
    scrubbing.TooManySecrets,
    Problem,
    FilterError,
    TemplateFault,
    CannotRender,
)
"""How a reader may end."""

MODULES: Final[tuple[ModuleType, ...]] = (
    scrubbing,
    payload,
    json_faults,
    numbers,
    payload_filter,
    filter_values,
    json_bodies,
    nesting,
    redaction,
    rendering,
)

EXEMPT: Final[Mapping[str, str]] = {
    "secrets_of": "looks at the length of one token",
    "parse_time": "formats the first 60 characters of a text",
    "is_secret_name": "one search by a linear engine's pattern without repetition",
    "or_none": "looks at nothing",
    "plain": "is given what msgspec says, no value",
    "read_body": "is decode_object and read_fields, within max_body_bytes",
    "redact": "is redact_text on each of its texts, no deeper than six",
}


@attrs.frozen
class Cost:
    """A reader, and what makes an input of a size for it."""

    name: str
    reads: Callable[[Any], object]
    makes: Callable[[int], Any]
    size: int = 1_500

    def call(self, size: int) -> Callable[[], None]:
        """Make the call that reads an input of a size; the input is made before."""
        given = self.makes(size)

        def call() -> None:
            with contextlib.suppress(*ENDS):
                self.reads(given)

        return call


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)


def _scrub(given: bytes) -> object:
    return scrubbing.scrub(given, 1 << 20, is_secret=lambda _text: False)


def _scrub_cut(given: bytes) -> object:
    return scrubbing.scrub(given, 1024, is_secret=lambda _text: False)


def _fields(count: int) -> dict[str, int]:
    return {f"f{number}": number for number in range(count)}


def _why_not_json(given: bytes) -> str:
    return json_faults.why_not_json(given, ValueError("x"))


def _same(pair: tuple[Any, Any]) -> bool:
    return filter_values.same(*pair)


def _nested(item: Any) -> Callable[[int], bytes]:
    return lambda n: _json({"metrics": {"a": 1}, "x": [item] * n})


_TOKENS: Final[Mapping[str, Callable[[int], bytes]]] = {
    "tokens": lambda n: _json([{"provision_token": f"{i:08}", "a": "b"} for i in range(n)]),
    "one token": lambda n: _json([{"provision_token": "12345678", "a": "b"}] * n),
    "short tokens": lambda n: _json([{"provision_token": "1", "a": "bcdefghi"}] * n),
    "tokens in no JSON": lambda n: b",".join(b"token=%08d" % i for i in range(n)),
    "names alone": lambda n: b"token " * n,
    "quotes": lambda n: b'"token":"' * n,
    "open values": lambda n: b"provision_token\":'x" * n,
    "backslashes": lambda n: b"token" + b"\\" * n,
    "escapes": lambda n: b'{"a":"' + b"\\u0041" * n + b'"}',
    "texts": lambda n: _json(["abcdefgh"] * n),
    "JSON in texts": lambda n: _json(['{"provision_token":"x"}'] * n),
    "zeros": lambda n: b"\0provision_token" * n,
}
_PAYLOADS: Final[Mapping[str, Callable[[int], bytes]]] = {
    "fields of its own": lambda n: _json(_fields(n)),
    "metrics": lambda n: _json({"metrics": _fields(n)}),
    "escapes": lambda n: b'{"metrics":{},"x":"' + b"\\u0041" * n + b'"}',
    "lists": _nested([0]),
    "tokens": _nested({"provision_token": "x"}),
    "floats": _nested(1e300),
    "numbers out of range": lambda n: (
        b'{"metrics":{' + b",".join(b'"%d":1' % i for i in range(n)) + b',"x":1e999}}'
    ),
    "an end that is none": lambda n: b'{"x":[' + b"0," * n,
    "half pairs": lambda n: b'{"x":"' + b"\\ud800" * n + b'"}',
    "a metric that is none": lambda n: _json({"metrics": _fields(n) | {"x": []}}),
}
_FILTERS: Final[Mapping[str, Callable[[int], Any]]] = {
    "lists": lambda n: {"x": {"$in": [[i] for i in range(min(n, 999))]}, "y": [[0] * n] * 1},
    "a text": lambda n: {"x": "y" * n},
    "conditions": _fields,
    "a path": lambda n: {".".join("a" * n): 1},
}
_ASKED: Final[Mapping[str, tuple[Any, Callable[[int], Any]]]] = {
    "$in of lists": ({"x": {"$in": [[0] * 99 + [i] for i in range(15)]}}, lambda n: [0] * n),
    "$in of elements": ({"x": {"$in": [[i, 1] for i in range(900)]}}, lambda n: [[0, 1]] * n),
    "$eq": ({"x": [[0] * 400]}, lambda n: [[[0] * 400]] * (n // 400)),
    "$contains": ({"x": {"$contains": [0, 1]}}, lambda n: [[0, 0]] * n),
    "a path": ({"x.y.z": 1}, lambda n: [{"y": [{"z": 0}]}] * n),
    "a number": ({"x.0.1": 1}, lambda n: [{"0": [0, 0]}] * n),
    "$elemMatch": ({"x": {"$elemMatch": {"y": 1}}}, lambda n: [{"y": 0}] * n),
    "$regex": ({"x": {"$regex": "[a-h]{30}z"}}, lambda n: ["abcdefgh"] * n),
    "$all": ({"x": {"$all": [1, 2, 3]}}, lambda n: [0, 1, 2] * n),
}
_LOGGED: Final[Mapping[str, Callable[[int], str]]] = {
    "names": lambda n: "token" * n,
    "questions": lambda n: "a?" * n,
    "assignments": lambda n: "x?a=" * n,
    "schemes": lambda n: "a://" * n,
    "quotes": lambda n: 'token="' * n,
    "dots": lambda n: "eyJaaaaaa." * n,
    "bearers": lambda n: "bearer " * n,
}


def _accepts(condition: Any) -> Callable[[Any], object]:
    accepts = payload_filter.compile_filter(condition).accepts
    return lambda value: accepts({"x": value})


def _read_fields(fields: Mapping[str, Any]) -> object:
    return json_bodies.read_fields(RouteBody, fields)


def _render(template: Any) -> object:
    return rendering.compile_json(template)


COSTS: Final[tuple[Cost, ...]] = (
    *(Cost(f"scrub: {name}", _scrub, makes) for name, makes in _TOKENS.items()),
    *(Cost(f"scrub, cut: {name}", _scrub_cut, makes) for name, makes in _TOKENS.items()),
    *(Cost(f"scrub: {name}", _scrub, makes) for name, makes in _PAYLOADS.items()),
    Cost("hide", lambda v: scrubbing.hide(v, ("12345678",)), lambda n: [{"a": "12345678"}] * n),
    Cost("mask", lambda t: scrubbing.mask(t, ("1234567",)), lambda n: "1234567" * n, 100_000),
    *(
        Cost(f"decode_payload: {name}", payload.decode_payload, makes)
        for name, makes in (*_PAYLOADS.items(), *_TOKENS.items())
    ),
    Cost(
        "check_metrics",
        lambda metrics: payload.check_metrics(metrics, 1 << 30),
        lambda n: {str(i): 1 for i in range(n)},
    ),
    Cost("is_deeper", lambda value: nesting.is_deeper(value, 64), lambda n: [[[0]]] * n),
    Cost(
        "why_not_json",
        _why_not_json,
        _PAYLOADS["half pairs"],
    ),
    Cost("settle", numbers.settle, lambda n: {"x": [1e300, -0.0, {"a": 1e17}] * n}),
    *(
        Cost(f"check_filter: {name}", payload_filter.check_filter, f)
        for name, f in _FILTERS.items()
    ),
    *(Cost(f"compile_filter: {n}", payload_filter.compile_filter, f) for n, f in _FILTERS.items()),
    *(Cost(f"accepts: {n}", _accepts(asked), makes) for n, (asked, makes) in _ASKED.items()),
    Cost("same", _same, lambda n: ([[0, "a"]] * n, [[0, "a"]] * n)),
    Cost("key_of", lambda value: filter_values.key_of(value, Fuel()), lambda n: [{"a": [0]}] * n),
    Cost("decode_object", json_bodies.decode_object, lambda n: _json({"x": [[[0]]] * n})),
    Cost("read_fields: unknown", _read_fields, _fields),
    Cost("read_fields: a long name", _read_fields, lambda n: {"name": "x" * n}, 100_000),
    *(Cost(f"redact_text: {n}", redaction.redact_text, makes) for n, makes in _LOGGED.items()),
    Cost(
        "compile_json: fields", _render, lambda n: {f"f{i}": "x {{ metrics.a }}" for i in range(n)}
    ),
    Cost("compile_json: braces", _render, lambda n: {"x": "{{" * n}),
    Cost("compile_text: placeholders", rendering.compile_text, lambda n: "{{ ts }} " * n),
    Cost("compile_text: an open one", rendering.compile_text, lambda n: "{{ 'x" + "}" * n),
)
