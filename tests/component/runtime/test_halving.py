"""What cannot be taken costs itself; all else is done, in order, and not one by one."""

from __future__ import annotations

from collections.abc import Sequence

import trio
from hypothesis import given
from hypothesis import strategies as st

from pulse_router.runtime.halving import in_halves


@given(st.integers(0, 200), st.sets(st.integers(0, 199), max_size=5))
def test_all_but_the_refused_is_done_once_and_in_order(count: int, poison: set[int]) -> None:
    done: list[int] = []
    refused: list[int] = []
    calls = 0

    async def do(part: Sequence[int]) -> None:
        nonlocal calls
        calls += 1
        await trio.lowlevel.checkpoint()
        if poison & set(part):
            raise ValueError
        done.extend(part)

    async def note(thing: int, error: Exception) -> None:
        await trio.lowlevel.checkpoint()
        assert isinstance(error, ValueError)
        refused.append(thing)

    trio.run(lambda: in_halves(range(count), do, refusals=(ValueError,), refused=note))
    assert done == [n for n in range(count) if n not in poison]
    assert refused == sorted(poison & set(range(count)))
    assert calls <= 1 + 2 * len(refused) * max(1, count.bit_length())
