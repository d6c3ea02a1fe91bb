"""A body and all on the way to it stay small, whatever template and message, or none is made."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from pulse_router.domain.templates.limits import CannotRender
from pulse_router.domain.templates.rendering import compile_json, compile_text
from tests.support.templates import SENDER, as_json, as_text, subject

LARGE = {
    "text": "a" * 60_000,
    "quotes": '"' * 60_000,
    "list": [1.5] * 12_000,
    "ligatures": "\ufb03" * 20_000,
    "metrics": {},
}
KIB = 1024

TOO_LARGE = [
    "{{ text | replace('a', '0123456789') }}",
    "{{ text | replace('a', 'aa') | replace('a', 'aa') | replace('a', 'aa') }}",
    "{{ quotes | tojson | tojson | tojson }}",
    "{{ payload | tojson | tojson | tojson }}",
    "{{ text ~ text ~ text ~ text ~ text }}",
    "{{ text }}{{ text }}{{ text }}{{ text }}{{ text }}",
    "{{ text | replace('a', text) }}",
    "{{ payload }}" * 3,
    "{{ text in text }}" * 20,
    "{{ 5 in list }}" * 7,
    "{{ ligatures | upper | replace('F', '0123456789') }}",
]


@pytest.mark.parametrize("template", TOO_LARGE, ids=[text[:40] for text in TOO_LARGE])
@pytest.mark.parametrize("compile_", [compile_json, compile_text])
def test_more_than_the_bounds_makes_no_body_and_says_so(compile_: Any, template: str) -> None:
    compiled = compile_(template)
    began = time.process_time()
    with pytest.raises(CannotRender, match=r"KiB") as caught:
        compiled.render(subject(LARGE), SENDER, {})
    assert time.process_time() - began < 0.25
    assert "aaa" not in str(caught.value)


def test_a_chain_that_doubles_is_stopped_before_it_takes_memory() -> None:
    template = "{{ text" + " | replace('a', 'aaaa')" * 60 + " }}"
    with pytest.raises(CannotRender):
        compile_json(template).render(subject({"text": "a"}), SENDER, {})


def test_what_is_just_within_the_bounds_is_made() -> None:
    body = {"text": "a" * (250 * KIB)}
    assert len(as_text("{{ text }}", body)) == 250 * KIB
    assert len(as_json("{{ text }}", body)) == 250 * KIB
    many = ["{{ payload }}"] * 4
    assert (
        as_json(many, LARGE | {"list": [], "quotes": "", "ligatures": ""})[3]["text"]
        == LARGE["text"]
    )


def test_the_dearest_template_holds_the_loop_for_milliseconds_only() -> None:
    """As much text as may be looked through, and as many comparisons, by 256 operations."""
    cheap = "{{ 5 in list }}{{ 6 in list }}"
    scans = "{{ 'b' in text }}" * 14
    for template in (cheap, scans):
        compiled = compile_text(template)
        payload = subject(LARGE)
        began = time.process_time()
        compiled.render(payload, SENDER, {})
        assert time.process_time() - began < 0.1


def test_the_longest_chain_needs_no_deep_stack() -> None:
    longest = compile_json("{{ a" + " | default(1)" * 127 + " }}")
    arms = compile_json("{{ " + "a or " * 127 + "1 }}")
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(_depth() + 400)
    try:
        assert longest.render(subject({}), SENDER, {}) == b"1"
        assert arms.render(subject({}), SENDER, {}) == b"1"
    finally:
        sys.setrecursionlimit(before)


def _depth() -> int:
    frame, depth = sys._getframe(), 0
    while frame.f_back is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


DEEP = '{"a":' * 900 + "1" + "}" * 900


@pytest.mark.parametrize(
    "payload", ["", "[]", "null", '"x"', "{", '{"a": 1e999}', "[" * 100_000, "\ud800"]
)
def test_a_stored_payload_that_cannot_be_read_makes_no_body(payload: str) -> None:
    with pytest.raises(CannotRender, match="stored payload"):
        as_json("{{ a }}", payload)


def test_a_deep_payload_is_written_or_refused_and_never_raises() -> None:
    comparing = "{{ a == a }}{{ a in [a] }}{{ a | choose(a, 1) }}{{ a < a }}"
    for template in ("{{ payload }}", "{{ a | tojson }}", "{{ payload ~ a }}", comparing):
        try:
            as_text(template, DEEP)
        except CannotRender:
            continue
