"""Long work gives others their turn by what has passed."""

from __future__ import annotations

import attrs
import trio

from pulse_router.runtime.stride import Stride
from tests.support.work import Steps


@attrs.define
class Work:
    """A clock that only work moves."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


async def test_others_have_their_turn_after_each_stride_of_work() -> None:
    work = Work()
    stride = Stride(0.002, clock=work)
    rests: list[float] = []
    with Steps() as steps:
        for milliseconds in (0.5, 0.5, 1.5, 0.1, 9, 0.1, 0.1):
            work.now += milliseconds / 1000
            before = steps.count
            await stride.step()
            if steps.count > before:
                rests.append(round(work.now, 6))
    assert rests == [0.0025, 0.0116]


async def test_what_was_waited_for_counts_for_nothing() -> None:
    work = Work()
    stride = Stride(0.002, clock=work)
    work.now = 5
    assert stride.is_over()
    await trio.lowlevel.checkpoint()
    stride.begin()
    assert not stride.is_over()
