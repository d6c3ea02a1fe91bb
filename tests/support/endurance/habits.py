"""Kills a router that is fed by a broker of some habit, and holds its tables against the broker's.

Several messages in a row are alike, and some cannot be read; nothing may be lost, and only what the
broker still held at a kill may be doubled, where it has given the router no way to tell.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

import attrs
import trio

from tests.support.commands.router import World
from tests.support.endurance.books import assert_books_balance, assert_router_says_so
from tests.support.endurance.kills import add_patient_route
from tests.support.endurance.proof import HABIT_IS_KNOWN
from tests.support.mqtt.bare_broker import BareBroker
from tests.support.mqtt.broker_session import BrokerSession, Letter, PacketIds
from tests.support.mqtt.fleet import payload
from tests.support.waiting import wait_until

CLIENT_ID: Final = "pulse-router"
ALIKE: Final = 50
"""How many messages in a row are alike: a broker that gives ids again at once has given one of them
the id of another when the router is killed."""
UNREADABLE_SECONDS: Final = 0.8
"""A minute stores 100 rejections of a kind at the most."""
DROPPED_AT_ONCE: Final = 30_000
SETTLE_SECONDS: Final = 60
NO_TEXT: Final = b"tenant/T\xff\xfe/device/D/telemetry"
NO_PROPERTY: Final = b"\x0a\x26\x00\x02\xff\xfe\x00\x03abc"
STORED: Final = "SELECT metrics->>'number', count(*) FROM telemetry GROUP BY 1"
REFUSED: Final = """
SELECT convert_from(payload, 'UTF8')::jsonb->'metrics'->>'number', count(*)
FROM rejected_messages WHERE reason = 'BAD_TOPIC' GROUP BY 1
"""


@attrs.frozen
class Habit:
    """What a broker does.

    Attributes:
        make_ids: How it gives packet ids.
        repeats: Whether it sends again while a connection lives, which MQTT 5 forbids. One that
            gives ids again at once as well takes our answer to the repeat for one to another
            message: nobody can help that.
        drops: Whether it uses ids up for messages that it has no room for.
        loses_sessions: Whether it forgets sessions.
        is_known: Whether the router can know it before the first kill, so that nothing is doubled.
    """

    make_ids: Callable[[], PacketIds]
    repeats: bool = False
    drops: bool = False
    loses_sessions: bool = False
    is_known: bool = False


@attrs.define
class HabitProof:
    """A world under the load of a broker of some habit.

    Attributes:
        sent: How often each number was published; negative ones cannot be read.
        gone: How many of those were lost with a session.
        doubtful: How many of those the broker held at kills, or when it repeated them.
        repeats: Whether the broker repeats by now.
    """

    world: World
    broker: BareBroker
    habit: Habit
    chance: random.Random
    sent: Counter[int] = attrs.field(factory=Counter)
    gone: Counter[int] = attrs.field(factory=Counter)
    doubtful: Counter[int] = attrs.field(factory=Counter)
    repeats: bool = False

    async def publish(self, *, per_second: float) -> None:
        """Publish until it is cancelled."""
        begin = trio.current_time()
        unreadable_at = begin
        for number in range(1_000_000_000):
            await trio.sleep_until(begin + number / per_second)
            if not _filters(self.broker):
                continue  # nobody would keep it
            self._publish(self._letter(number // ALIKE))
            if trio.current_time() >= unreadable_at:
                unreadable_at += UNREADABLE_SECONDS
                self._publish(self._unreadable(number))
            if self.repeats and self.chance.random() < 0.02:
                self._repeat(self.broker.sessions[CLIENT_ID])
            if self.habit.drops and self.chance.random() < 0.001:
                dropped = self.chance.randrange(1, DROPPED_AT_ONCE)
                self.broker.sessions[CLIENT_ID].ids.use_up(dropped)

    def _repeat(self, session: BrokerSession) -> None:
        """Send again what was acknowledged meanwhile, perhaps, and what was not."""
        session.repeat(self.chance.random())
        if not self.habit.is_known:  # a new session may have begun
            self.doubtful.update(letter.number for letter in session.held.values())

    def _letter(self, number: int) -> Letter:
        topic = self.world.topic(number % 10).encode()
        return Letter(number, topic, b"\0" + payload(number))

    def _unreadable(self, number: int) -> Letter:
        topic = NO_TEXT if self.chance.random() < 0.5 else self.world.topic(0).encode()
        properties = b"\0" if topic == NO_TEXT else NO_PROPERTY
        return Letter(-1 - number, topic, properties + payload(-1 - number))

    def _publish(self, letter: Letter) -> None:
        self.sent[letter.number] += 1
        self.broker.publish(letter)

    async def kill(self) -> None:
        """`kill -9` the router: at once, or after a moment in which one side hears nothing.

        When it is the broker, it holds what the router has acknowledged; when it is the router, it
        is sent messages that it never reads, under ids that it has just acknowledged.
        """
        deaf = self.chance.choice(["broker", "router", "nobody"])
        if deaf == "broker":
            self.broker.turn_deaf(CLIENT_ID)
        elif deaf == "router":
            os.kill(self.world.router.pid, signal.SIGSTOP)
        await trio.sleep(self.chance.uniform(0, 0.2))
        await trio.to_thread.run_sync(self.world.router.kill)
        self.broker.cut(CLIENT_ID)
        held = self.broker.sessions[CLIENT_ID].held.values()
        self.doubtful.update(letter.number for letter in held)

    def lose_session(self) -> None:
        """Have the broker forget the session."""
        lost = self.broker.lose_session(CLIENT_ID)
        self.gone.update(letter.number for letter in lost.letters)

    async def wait_for_more(self) -> None:
        """Wait until the broker has heard acknowledgements from now on."""
        before = self.broker.sessions[CLIENT_ID]
        heard = before.heard

        def is_heard() -> bool:
            session = self.broker.sessions.get(CLIENT_ID)
            return session is not None and (session is not before or session.heard > heard)

        await wait_until(is_heard)

    async def assert_whole(self) -> None:
        """Wait until the broker holds nothing any more, then check everything."""
        session = self.broker.sessions[CLIENT_ID]
        await wait_until(lambda: not session.letters, seconds=SETTLE_SECONDS)
        await assert_router_says_so(self.world)
        books = assert_books_balance(self.world)
        assert books["matched"] == books["stored"] == books["pending"], books
        assert books["pending messages"] == books["pending"], books
        kept = self._count(STORED) + self._count(REFUSED)
        assert sum(kept.values()) == books["stored"] + books["rejected"], "all are ours"
        lost = self.sent - self.gone - kept
        assert not lost, f"lost: {lost}"
        doubled = kept - self.sent
        assert not (doubled - self.doubtful), f"doubled: {doubled - self.doubtful}"
        if self.habit.is_known:
            assert not doubled, f"doubled: {doubled}"

    def _count(self, sql: str) -> Counter[int]:
        return Counter({int(number): int(times) for number, times in self.world.rows(sql)})


async def kill_under_a_habit(
    world: World, habit: Habit, *, kills: int, per_second: float, seed: int
) -> HabitProof:
    """Publish without a pause, and kill the router at random moments.

    Raises:
        AssertionError: A message was lost, or one was doubled that the broker did not hold at a
            kill, or the books do not balance.
    """
    proof = await _begin(world, habit, seed)
    chance, broker, router = proof.chance, proof.broker, world.router
    async with trio.open_nursery() as nursery:
        await nursery.start(broker.serve)
        world.router.environment["PULSE_MQTT_PORT"] = str(broker.port)
        await router.start_and_wait()
        publishing = trio.CancelScope()
        nursery.start_soon(_publish_within, proof, publishing, per_second)
        if habit.is_known:
            await wait_until(lambda: world.value(HABIT_IS_KNOWN) != "0")
        proof.repeats = habit.repeats
        for _ in range(kills):
            await proof.wait_for_more()
            await trio.sleep(chance.uniform(0, 1))
            if habit.loses_sessions and chance.random() < 0.5:
                proof.lose_session()
                await wait_until(lambda: broker.is_connected(CLIENT_ID))
                await trio.sleep(chance.uniform(0, 1))
            await proof.kill()
            await router.start_and_wait()
        await proof.wait_for_more()
        publishing.cancel()
        await proof.assert_whole()
        await trio.to_thread.run_sync(router.stop)
        nursery.cancel_scope.cancel()
    return proof


async def kill_in_first_seconds(
    world: World, habit: Habit, *, kills: int, per_second: float, seed: int
) -> HabitProof:
    """Kill the router in the first second of a session, again and again.

    Raises:
        AssertionError: See `kill_under_a_habit`.
    """
    proof = await _begin(world, habit, seed)
    broker, router = proof.broker, world.router
    async with trio.open_nursery() as nursery:
        await nursery.start(broker.serve)
        world.router.environment["PULSE_MQTT_PORT"] = str(broker.port)
        publishing = trio.CancelScope()
        nursery.start_soon(_publish_within, proof, publishing, per_second)
        for number in range(kills):
            if number:
                proof.lose_session()
            await trio.to_thread.run_sync(router.start)
            await wait_until(lambda: bool(_filters(broker)))
            await trio.sleep(proof.chance.uniform(0, 1))
            await proof.kill()
            # The next life finds the same session, and what it holds.
            await router.start_and_wait()
            await proof.kill()
        await router.start_and_wait()
        await proof.wait_for_more()
        publishing.cancel()
        await proof.assert_whole()
        await trio.to_thread.run_sync(router.stop)
        nursery.cancel_scope.cancel()
    return proof


async def _begin(world: World, habit: Habit, seed: int) -> HabitProof:
    await trio.to_thread.run_sync(add_patient_route, world)
    return HabitProof(world, BareBroker(habit.make_ids), habit, random.Random(seed))


async def _publish_within(proof: HabitProof, scope: trio.CancelScope, per_second: float) -> None:
    with scope:
        await proof.publish(per_second=per_second)


def _filters(broker: BareBroker) -> Sequence[str]:
    session = broker.sessions.get(CLIENT_ID)
    return session.filters if session is not None else ()
