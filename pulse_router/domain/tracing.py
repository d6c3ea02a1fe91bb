"""Trace contexts (W3C Trace Context): what a device says of its trace, and what is told onwards.

A context is kept as one text: the `traceparent`, and behind a space the `tracestate` if there is
one. None is ever invented. Knows no protocol that carries it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

import attrs

from pulse_router.domain.deliveries import Delivery

TRACEPARENT: Final = "traceparent"
TRACESTATE: Final = "tracestate"
MAX_TRACESTATE: Final = 512
MAX_MEMBERS: Final = 32
MAX_TRACE: Final = 55 + 1 + MAX_TRACESTATE
"""How long a context is that is kept."""

_PARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-[ -~]*)?"
)
_MAX_PARENT: Final = 255
"""A later version may say more behind it; of that, nothing is kept."""
_MEMBER: Final = re.compile(
    r"([a-z0-9][a-z0-9_\-*/@]{0,255})=[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]"
)
_SAMPLED: Final = 0x01
_KNOWN_FLAGS: Final = 0x03
"""Sampled, and that the trace id is random; others are not passed on."""


@attrs.frozen
class TraceContext:
    """A place in a trace: what is told onwards is done on behalf of the span `parent_id`.

    The ids are hexadecimal, 32 and 16 digits; `state` is the `tracestate`, or empty.
    """

    trace_id: str
    parent_id: str
    flags: int = 0
    state: str = ""

    @property
    def is_sampled(self) -> bool:
        """Whether whoever began the trace wants its spans to be recorded."""
        return bool(self.flags & _SAMPLED)

    @property
    def text(self) -> str:
        """The context as it is kept."""
        parent = self.traceparent(self.parent_id)
        return f"{parent} {self.state}" if self.state else parent

    def traceparent(self, span_id: str) -> str:
        """Tell a receiver for which span it is asked."""
        return f"00-{self.trace_id}-{span_id}-{self.flags:02x}"


def read_properties(properties: Sequence[tuple[str, str]]) -> str | None:
    """Read what the user properties of a message say of its trace.

    Args:
        properties: Names and values, in order.

    Returns:
        The context as it is kept; None where there is none, or none that is well formed.
    """
    parents = [value for name, value in properties if name == TRACEPARENT]
    if len(parents) != 1:  # which of several is meant nobody knows
        return None
    context = _read_parent(parents[0])
    if context is None:
        return None
    state = ",".join(value for name, value in properties if name == TRACESTATE)
    return attrs.evolve(context, state=_read_state(state)).text


def read_trace(text: str) -> TraceContext | None:
    """Read a context that was kept; None when it has another form, as a row by hand may have."""
    if len(text) > MAX_TRACE:
        return None
    parent, _, state = text.partition(" ")
    context = _read_parent(parent)
    return None if context is None else attrs.evolve(context, state=_read_state(state))


def told_onwards(delivery: Delivery) -> Sequence[tuple[str, str]]:
    """Tell the receiver of a delivery's next attempt which trace it is part of.

    Returns:
        `traceparent`, and `tracestate` if there is one; nothing where its device told no trace.
    """
    context = None if delivery.trace is None else read_trace(delivery.trace)
    if context is None:
        return ()
    parent = context.traceparent(attempt_span_id(delivery.id, delivery.attempts + 1))
    told = [(TRACEPARENT, parent)]
    return [*told, (TRACESTATE, context.state)] if context.state else told


def ingest_span_id(event_id: int) -> str:
    """Name the span in which a message is stored."""
    return _span_id(f"event {event_id}")


def attempt_span_id(delivery_id: int, attempt: int) -> str:
    """Name the span of an attempt; made again after a crash, it is the same attempt.

    Args:
        delivery_id: What is delivered.
        attempt: Which attempt, from 1.
    """
    return _span_id(f"delivery {delivery_id} attempt {attempt}")


def _span_id(name: str) -> str:
    digest = blake2b(name.encode(), digest_size=8).hexdigest()
    return digest if digest.strip("0") else "1".zfill(16)


def _read_parent(text: str) -> TraceContext | None:
    found = _PARENT.fullmatch(text) if len(text) <= _MAX_PARENT else None
    if found is None or (found[4] is not None and text.startswith("00")):
        return None
    return TraceContext(found[1], found[2], int(found[3], 16) & _KNOWN_FLAGS)


def _read_state(text: str) -> str:
    """Give a `tracestate` as it is passed on; what is not well formed is left out whole."""
    if not text or len(text) > MAX_TRACESTATE:
        return ""
    members = [each for part in text.split(",") if (each := part.strip(" \t"))]
    keys = [found[1] for each in members if (found := _MEMBER.fullmatch(each))]
    is_whole = len(keys) == len(members) == len(set(keys)) and len(members) <= MAX_MEMBERS
    return ",".join(members) if is_whole else ""
