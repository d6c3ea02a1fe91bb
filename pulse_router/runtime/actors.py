"""Who acts in this task: noted where a request comes in, written down where something changes.

A context variable carries it, so that no store on the way has to know of it, and none can forget
it. It does no input or output.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Literal

import attrs
import msgspec


class Actor(msgspec.Struct, frozen=True):
    """Who acts, and what for.

    Attributes:
        subject: Whose token it is.
        kind: In what capacity.
        action: The operation that was called.
        request_id: The request that it is found by in the log.
        audit_bytes: How much may be kept of what is changed in its tenant's name; 0 is all.
    """

    subject: str
    kind: Literal["customer", "operator"]
    action: str
    request_id: str
    audit_bytes: int = 0


@attrs.define
class _Turn:
    """An actor's turn; a task that was started within it may outlive it."""

    actor: Actor
    is_over: bool = False


_turn: Final[ContextVar[_Turn | None]] = ContextVar("turn", default=None)


@contextmanager
def acting(actor: Actor) -> Iterator[None]:
    """Do what is in the block in an actor's name."""
    turn = _Turn(actor)
    token = _turn.set(turn)
    try:
        yield
    finally:
        turn.is_over = True
        _turn.reset(token)


def current_actor() -> Actor | None:
    """Say in whose name this task acts now; None when it acts in the router's own."""
    turn = _turn.get()
    return None if turn is None or turn.is_over else turn.actor
