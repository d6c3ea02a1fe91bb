from __future__ import annotations

import os
import signal

import pytest
import trio

from pulse_router.runtime.signals import open_signal_event


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_signal_sets_the_event_and_a_second_changes_nothing(
    number: signal.Signals,
) -> None:
    with open_signal_event() as stop:
        assert not stop.is_set()
        os.kill(os.getpid(), number)
        await stop.wait()
        os.kill(os.getpid(), number)
        await trio.testing.wait_all_tasks_blocked()
        assert stop.is_set()


async def test_a_signal_before_any_wait_is_not_lost() -> None:
    with open_signal_event() as stop:
        signal.raise_signal(signal.SIGTERM)
        await stop.wait()


async def test_on_leaving_the_handlers_are_as_before() -> None:
    before = [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)]
    with open_signal_event():
        await trio.lowlevel.checkpoint()
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)] == before


async def test_outside_of_the_main_thread_it_says_so() -> None:
    def elsewhere() -> None:
        async def body() -> None:
            with open_signal_event():
                await trio.sleep_forever()

        trio.run(body)

    with pytest.raises(RuntimeError, match="main thread"):
        await trio.to_thread.run_sync(elsewhere)
