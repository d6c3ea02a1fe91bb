"""Looking up names, in real threads: one that nobody answers for holds up no other."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs
import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from pulse_router.webhook.names import MAX_LOOKUPS, SystemResolver
from tests.support.waiting import wait_until


@attrs.define(eq=False)
class Names:
    """A system whose dead names nobody answers for, until the end of the test."""

    asked: Counter[str] = attrs.field(factory=Counter)
    end: threading.Event = attrs.field(factory=threading.Event)
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def look_up(self, host: str) -> Sequence[str]:
        with self.lock:
            self.asked[host] += 1
        if host.startswith("dead"):
            assert self.end.wait(120)
            raise OSError(-3, "Temporary failure in name resolution")
        return ["203.0.113.7", "2001:db8::7"]

    @property
    def dead(self) -> int:
        """How many threads dead names have taken."""
        with self.lock:
            return sum(count for host, count in self.asked.items() if host.startswith("dead"))


@asynccontextmanager
async def open_resolver(names: Names) -> AsyncIterator[tuple[SystemResolver, trio.Nursery]]:
    async with trio.open_nursery() as nursery:
        try:
            yield SystemResolver(nursery, names.look_up), nursery
        finally:
            names.end.set()
        nursery.cancel_scope.cancel()


async def ignore(resolver: SystemResolver, host: str) -> None:
    with pytest.raises(OSError, match="name resolution"):
        await resolver(host)


async def test_whoever_asks_for_a_name_meanwhile_gets_the_same_answer() -> None:
    names = Names()
    async with open_resolver(names) as (resolver, _):
        answers: list[Sequence[str]] = []

        async def ask() -> None:
            answers.append(await resolver("a.example"))

        async with trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(ask)
        assert answers == [["203.0.113.7", "2001:db8::7"]] * 10
        assert names.asked == {"a.example": 1}
        await ask()
        assert names.asked == {"a.example": 2}, "nothing is kept"


async def test_who_no_longer_waits_costs_no_second_thread() -> None:
    names = Names()
    async with open_resolver(names) as (resolver, nursery):
        for _ in range(3 * MAX_LOOKUPS):
            with trio.move_on_after(0):
                await resolver("dead.example")
        nursery.start_soon(ignore, resolver, "dead.example")
        await wait_until(lambda: names.dead == 1)
        names.end.set()
        await wait_all_tasks_blocked()
    assert names.dead == 1


async def test_names_that_nobody_answers_for_hold_up_neither_good_ones_nor_new_ones() -> None:
    names = Names()
    async with open_resolver(names) as (resolver, nursery):
        await resolver("good.example")
        for number in range(2 * MAX_LOOKUPS):
            nursery.start_soon(ignore, resolver, f"dead{number}.example")
        await wait_until(lambda: names.dead >= MAX_LOOKUPS)
        with trio.fail_after(30):
            await resolver("good.example")
            # The dead ones stand in the same line, but only for a moment.
            await resolver("new.example")
        await wait_until(lambda: names.dead == 2 * MAX_LOOKUPS)


async def test_names_that_were_not_answered_stand_in_a_line_of_their_own() -> None:
    names = Names()
    dead = [f"dead{number}.example" for number in range(2 * MAX_LOOKUPS)]
    async with open_resolver(names) as (resolver, nursery):
        names.end.set()
        for host in dead:
            await ignore(resolver, host)
        names.end.clear()
        names.asked.clear()
        for host in dead:
            nursery.start_soon(ignore, resolver, host)
        await wait_until(lambda: names.dead == MAX_LOOKUPS)
        with trio.fail_after(30):
            for number in range(3):
                await resolver(f"new{number}.example")
        assert names.dead == MAX_LOOKUPS, "no more of them at once"


async def test_what_goes_wrong_is_told() -> None:
    def refuse(host: str) -> Sequence[str]:
        if host == "nowhere.example":
            raise OSError(-2, "Name or service not known")
        return [host.encode("idna").decode()]

    async with trio.open_nursery() as nursery:
        resolver = SystemResolver(nursery, refuse)
        with pytest.raises(OSError, match="Name or service not known"):
            await resolver("nowhere.example")
        with pytest.raises(OSError, match="malformed"):
            await resolver("a" * 64 + ".example")


async def test_the_end_does_not_wait_for_a_lookup() -> None:
    names = Names()
    with trio.fail_after(30):
        async with trio.open_nursery() as nursery:
            resolver = SystemResolver(nursery, names.look_up)
            nursery.start_soon(resolver, "dead.example")
            await wait_until(lambda: names.dead == 1)
            nursery.cancel_scope.cancel()
    names.end.set()
