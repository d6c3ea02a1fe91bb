"""Trace contexts: what is well formed, what is passed on, and that none is invented."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.domain.tracing import (
    MAX_TRACE,
    attempt_span_id,
    ingest_span_id,
    read_properties,
    read_trace,
    told_onwards,
)
from tests.support.delivery.deliveries import make_delivery

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
STATES = st.from_regex(
    r"([a-z][a-z0-9@*/_-]{0,5}=[!-+.-<>-~]{1,5})(,[a-z0-9]{1,3}=[a-z]{1,3}){0,3}"
)
TEXTS = st.text(max_size=80) | st.from_regex(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@pytest.mark.parametrize(
    ("parent", "kept"),
    [
        (PARENT, PARENT),
        (PARENT[:-2] + "00", PARENT[:-2] + "00"),
        (PARENT[:-2] + "ff", PARENT[:-2] + "03"),
        ("cc" + PARENT[2:] + "-what-the-future-will-be-like", PARENT),
        ("cc" + PARENT[2:], PARENT),
        ("ff" + PARENT[2:], None),
        (PARENT + "-more", None),
        ("cc" + PARENT[2:] + ".more", None),
        ("cc" + PARENT[2:] + "-" + "a" * 300, None),
        (PARENT.upper(), None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (PARENT[1:], None),
        (PARENT + "\n", None),
        ("", None),
    ],
)
def test_a_traceparent_is_taken_when_it_is_well_formed(parent: str, kept: str | None) -> None:
    assert read_properties([("unit", "°C"), ("traceparent", parent)]) == kept


@pytest.mark.parametrize(
    ("states", "kept"),
    [
        (["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"], "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        (["rojo=1", "congo=2"], "rojo=1,congo=2"),
        (["rojo=1 , ,congo=a b"], "rojo=1,congo=a b"),
        (["0tenant@vendor=x"], "0tenant@vendor=x"),
        (["rojo=1,rojo=2"], ""),
        (["rojo"], ""),
        (["Rojo=1"], ""),
        (["rojo=1\r\nX-Evil: 1"], ""),
        (["rojo=é"], ""),
        (["a=" + "x" * 256 + ",b=" + "x" * 251], "a=" + "x" * 256 + ",b=" + "x" * 251),
        (["a=" + "x" * 256 + ",b=" + "x" * 252], ""),
        ([",".join(f"k{n}=1" for n in range(32))], ",".join(f"k{n}=1" for n in range(32))),
        ([",".join(f"k{n}=1" for n in range(33))], ""),
        ([""], ""),
    ],
)
def test_a_tracestate_is_passed_on_whole_or_not_at_all(states: list[str], kept: str) -> None:
    text = read_properties([("traceparent", PARENT), *(("tracestate", each) for each in states)])
    assert text == (f"{PARENT} {kept}" if kept else PARENT)


def test_of_several_traceparents_none_is_taken_and_a_state_alone_is_none() -> None:
    assert read_properties([("traceparent", PARENT), ("traceparent", PARENT)]) is None
    assert read_properties([("tracestate", "a=1")]) is None
    assert read_properties([("Traceparent", PARENT)]) is None
    assert read_properties([]) is None


def test_a_receiver_is_told_the_same_trace_and_the_attempt_as_its_span() -> None:
    delivery = make_delivery(7, trace=f"{PARENT} rojo=1,congo=2")
    again = make_delivery(7, trace=delivery.trace, attempts=1)
    told, told_again = dict(told_onwards(delivery)), dict(told_onwards(again))
    assert told["tracestate"] == told_again["tracestate"] == "rojo=1,congo=2"
    first, second = attempt_span_id(7, 1), attempt_span_id(7, 2)
    assert told["traceparent"] == f"00-{TRACE}-{first}-01"
    assert told_again["traceparent"] == f"00-{TRACE}-{second}-01"
    assert len({first, second, attempt_span_id(8, 1), ingest_span_id(7)}) == 4
    assert told_onwards(make_delivery(7)) == ()


@given(st.lists(st.tuples(st.sampled_from(["traceparent", "tracestate", "x"]), TEXTS | STATES)))
def test_whatever_properties_say_what_is_kept_can_be_told_onwards(
    properties: list[tuple[str, str]],
) -> None:
    kept = read_properties(properties)
    if kept is None:
        return
    context = read_trace(kept)
    assert context is not None
    assert context.text == kept
    assert len(kept) <= MAX_TRACE
    assert re.fullmatch(r"[ -~]+", kept)


@given(st.text() | TEXTS | STATES.map(f"{PARENT} {{}}".format))
def test_whatever_a_row_holds_is_told_onwards_well_formed_or_not_at_all(text: str) -> None:
    for name, value in told_onwards(make_delivery(1, trace=text)):
        assert name in ("traceparent", "tracestate")
        assert re.fullmatch(r"[!-~][ -~]{0,511}", value)
