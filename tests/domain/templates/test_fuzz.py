"""Whatever template and message: a fault, no body, or one within bounds; JSON is JSON."""

from __future__ import annotations

import time
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.domain.templates.limits import MAX_VALUE_BYTES, CannotRender, TemplateFault
from pulse_router.domain.templates.rendering import compile_json, compile_text
from tests.support.templates import PAYLOAD, SENDER, subject

SECRETS = {"token": "a secret"}
NAMES = st.sampled_from(
    [
        *("temperature", "count", "label", "tags", "position", "none", "missing", "payload", "x"),
        *(
            "metrics",
            "route",
            "time",
            "site_id",
            "event",
            "big",
            "long",
            "secrets",
            "secrets.token",
            "null",
            "true",
        ),
    ]
)
LITERALS = st.sampled_from(
    ["0", "1", "-1", "1.5", "1e308", "9007199254740993", "'a'", "''", "'€\\n'", '"it\'s"', "'{{'"]
)
FILTERS = st.sampled_from(
    [
        *("default(1)", "default(label)", "round", "round(2)", "round(99)", "int", "float"),
        *("upper", "lower", "trim", "truncate(3)", "truncate(3, '...')", "replace('a', 'bb')"),
        *("replace(long, long)", "replace('a', long)", "tojson", "duration", "time('%Y %s %Q')"),
        *("choose(1, 2)", "choose(40, 'a', 'b')", "nope", "round(a=1)", "time(x)", "attr('x')"),
    ]
)


def combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = st.sampled_from(
        [*"+-*/~<>%", "==", "!=", "<=", ">=", "and", "or", "in", "not in", "//", "**", "is"]
    )
    return st.one_of(
        st.tuples(inner, operators, inner).map(" ".join),
        st.tuples(inner, FILTERS).map(" | ".join),
        inner.map(lambda one: f"({one})"),
        inner.map(lambda one: f"not {one}"),
        inner.map(lambda one: f"-{one}"),
        st.tuples(inner, inner, inner).map(lambda three: "{} if {} else {}".format(*three)),
        st.tuples(inner, st.sampled_from([".a", "['a b']", "[0]", "[-9]", ".__class__", "()"])).map(
            "".join
        ),
        st.lists(inner, max_size=3).map(lambda many: f"[{', '.join(many)}]"),
    )


EXPRESSIONS = st.recursive(NAMES | LITERALS, combined, max_leaves=12)
STRINGS = st.one_of(
    EXPRESSIONS.map(lambda one: "{{ " + one + " }}"),
    st.lists(st.one_of(EXPRESSIONS.map(lambda one: "{{" + one + "}}"), st.text(max_size=5))).map(
        "".join
    ),
    st.text(alphabet="{}%#'\"\\ab0.|()[]~ \n", max_size=60),
    st.text(max_size=30),
)
JSON = st.recursive(
    STRINGS | st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
PAYLOADS = st.one_of(
    st.just(PAYLOAD | {"big": ["x" * 5000] * 10, "long": 'a"' * 30_000}),
    st.dictionaries(NAMES, VALUES).map(lambda fields: {**PAYLOAD, "metrics": fields}),
    st.dictionaries(NAMES, VALUES),
)


def rendered(compile_: Any, template: Any, payload: Any) -> bytes | None:
    """The body, or None where there is none; anything else is a fault of ours."""
    try:
        compiled = compile_(template, SECRETS)
    except TemplateFault:
        return None
    began = time.process_time()
    try:
        body: bytes = compiled.render(subject(payload), SENDER, SECRETS)
    except CannotRender:
        body = b""
    assert time.process_time() - began < 0.5
    assert len(body) <= MAX_VALUE_BYTES
    return body or None


@settings(max_examples=600, deadline=None)
@given(JSON, PAYLOADS)
def test_what_a_json_template_makes_is_always_json_and_within_bounds(
    template: Any, payload: Any
) -> None:
    body = rendered(compile_json, template, payload)
    if body is not None:
        assert shape_of(msgspec.json.decode(body), template)


def shape_of(made: Any, template: Any) -> bool:
    """Whether what was made has the template's form: only its strings may have become others."""
    if isinstance(template, dict):
        return made.keys() == template.keys() and all(shape_of(made[k], template[k]) for k in made)
    if isinstance(template, list):
        return len(made) == len(template) and all(map(shape_of, made, template))
    if isinstance(template, str):
        return True
    return bool(made == template) or isinstance(template, float)  # an infinite one is null


@settings(max_examples=400, deadline=None)
@given(STRINGS, PAYLOADS)
def test_a_text_template_makes_text_within_bounds(template: str, payload: Any) -> None:
    body = rendered(compile_text, template, payload)
    if body is not None:
        body.decode()


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS, PAYLOADS)
def test_no_expression_gives_a_secret_but_as_it_is(expression: str, payload: Any) -> None:
    """What a body holds of a secret is the secret itself, so that masking finds it."""
    body = rendered(compile_json, "{{ " + expression + " }}", payload)
    hidden = SECRETS["token"].encode()
    if body is not None:
        left = body.replace(hidden, b"")
        for part in (b"secret", b"SECRET", b"a secre"):
            assert part not in left or part in msgspec.json.encode(payload)
