"""Does with many things at once what can be done, though some of them cannot: halves them.

It knows nothing of the things.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


async def in_halves(
    things: Sequence[T],
    do: Callable[[Sequence[T]], Awaitable[None]],
    *,
    refusals: tuple[type[Exception], ...],
    refused: Callable[[T, Exception], Awaitable[None]],
) -> None:
    """Do something with all things, at once where that goes; one that cannot be taken costs itself.

    Args:
        things: What to do it with, in this order; nothing is done with none.
        do: Does it with some of them, or with none of those when it raises.
        refusals: What it raises when one of them is at fault.
        refused: Told each that was refused by itself, and why.
    """
    parts = [things] if things else []
    while parts:
        part = parts.pop()
        try:
            await do(part)
        except refusals as error:
            if len(part) == 1:
                await refused(part[0], error)
            else:
                half = len(part) // 2
                parts += [part[half:], part[:half]]
