"""Sets wall clocks by years while a replay is under way and another router holds lanes.

At each jump one of two routers is killed: what it has leased and claimed, by the clock before, must
not stay with it.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import datetime

import attrs
import httpx2
import trio

from pulse_router.api.access.tokens import issue_token
from tests.support.commands.router import SECRET, TENANT, RouterProcess, World
from tests.support.delivery.graveyard import COUNT_END, Graveyard
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.endurance.clocks import Clocks, set_all
from tests.support.mqtt.fleet import Fleet, stored_numbers
from tests.support.waiting import wait_for, wait_until

ENOUGH = 1_000_000
PER_SECOND = 100.0
CENTURY_SECONDS = 3_200_000_000
SOON_SECONDS = 60
SETTLE_SECONDS = 120
PENDING = "SELECT coalesce(max(id), 0) FROM route_deliveries"


@attrs.define
class Endpoint:
    """Takes what is delivered at once, and a replay when it may end.

    Attributes:
        holds: Whether a replay is held.
        in_hand: How many replays are.
    """

    holds: bool = False
    in_hand: int = 0
    ids: set[str] = attrs.field(factory=set)
    _lock: threading.Lock = attrs.field(factory=threading.Lock)
    _ended: threading.Event = attrs.field(factory=threading.Event)

    def take(self, request: Received) -> int:
        """Answer a request."""
        with self._lock:
            self.ids.add(request.headers["webhook-id"])
            is_held = self.holds and request.path == "/replay"
            self.in_hand += is_held
        if is_held:
            self._ended.wait(SETTLE_SECONDS)
        return 204

    def hold(self) -> None:
        """Hold replays from now on."""
        self.holds, self.in_hand = True, 0
        self._ended.clear()

    def let_go(self) -> None:
        """Let them end."""
        self.holds = False
        self._ended.set()


@attrs.define
class ClockPair:
    """Two routers that share a fleet, by clocks that are set."""

    world: World
    other: RouterProcess
    clocks: Clocks
    endpoint: Endpoint
    graveyard: Graveyard
    replayed_route: int

    async def replay(self, dead_letter: int) -> int | None:
        """Have a dead letter replayed by the first router; gives the answer's status."""
        # It is valid whatever the router's clock says.
        token = issue_token(
            SECRET,
            tenant=TENANT,
            roles=["customer_admin"],
            expires_seconds=CENTURY_SECONDS,
            now=0,
            issuer=None,
            audience=None,
        )
        async with httpx2.AsyncClient(trust_env=False, timeout=SETTLE_SECONDS) as client:
            try:
                answer = await client.post(
                    f"{self.world.router.url}/api/v1/customer/dead-letter/{dead_letter}/replay",
                    headers={"Authorization": f"Bearer {token}"},
                )
            except httpx2.TransportError:
                return None
        return answer.status_code

    async def jump(self, moment: datetime | None, killed: RouterProcess) -> None:
        """Set the clocks while a replay is under way, and kill a router.

        Raises:
            AssertionError: The replay did not end, or what was pending stays so.
            trio.TooSlowError: The same.
        """
        dead_letter = self.graveyard.bury(route_id=self.replayed_route)
        self.world.rows(COUNT_END.format(tenant=TENANT, ended="buried"))
        self.endpoint.hold()
        async with trio.open_nursery() as nursery:
            ended: list[int | None] = []

            async def replay() -> None:
                ended.append(await self.replay(dead_letter))

            nursery.start_soon(replay)
            await wait_until(lambda: self.endpoint.in_hand == 1)
            set_all([self.clocks.router, self.clocks.postgres], moment)
            await trio.to_thread.run_sync(killed.kill)
            self.endpoint.let_go()
            await self._wait_until_taken_over()
        # It says that it is not ready while its clock is behind what was stored.
        await trio.to_thread.run_sync(killed.start)
        await wait_until(lambda: killed.missing is not None and set(killed.missing) <= {"clock"})
        if killed is self.world.router:
            assert ended == [None]
            await self._wait_until_replayed(dead_letter)
        else:
            assert ended == [200]
        status = f"SELECT status FROM dead_letter_messages WHERE id = {dead_letter}"
        assert self.world.value(status) == "REPLAYED"

    async def _wait_until_taken_over(self) -> None:
        newest = self.world.value(PENDING)
        left = f"SELECT count(*) FROM route_deliveries WHERE id <= {newest}"
        await wait_until(lambda: self.world.value(left) == "0", seconds=SOON_SECONDS)

    async def _wait_until_replayed(self, dead_letter: int) -> None:
        async def is_replayed() -> bool:
            return await self.replay(dead_letter) == 200

        await wait_for(is_replayed, seconds=SOON_SECONDS)


async def jump_with_two_routers(
    world: World, clocks: Clocks, *, jumps: Sequence[datetime | None], seed: int
) -> None:
    """Set clocks to moments and back under load, and kill one of two routers at each jump.

    Raises:
        AssertionError: Something was lost, stays claimed or leased, or the books do not balance.
    """
    chance = random.Random(seed)
    endpoint = Endpoint()
    sink = WebhookSink(status_of=endpoint.take)
    sink.start()
    world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    replayed = world.add_webhook(f"http://127.0.0.1:{sink.port}/replay", "tenant/+/nothing")
    world.router.environment["PULSE_MQTT_SHARE_GROUP"] = "pair"
    other = RouterProcess(world.router.environment | {"PULSE_MQTT_CLIENT_ID": "the-other"})
    graveyard = Graveyard(world.postgres, world.database)
    pair = ClockPair(world, other, clocks, endpoint, graveyard, replayed)
    fleet = Fleet(world)
    publishing = trio.CancelScope()

    async def publish() -> None:
        with publishing:
            await fleet.publish(range(ENOUGH), per_second=PER_SECOND)

    try:
        for router in (world.router, other):
            await router.start_and_wait()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(publish)
            for number, moment in enumerate(jumps):
                await trio.sleep(chance.uniform(0.5, 2))
                await pair.jump(moment, (world.router, other)[number % 2])
            publishing.cancel()
        await wait_until(
            lambda: fleet.acknowledged <= set(stored_numbers(world)), seconds=SETTLE_SECONDS
        )
        depth = "SELECT count(*) FROM route_deliveries"
        await wait_until(lambda: world.value(depth) == "0", seconds=SETTLE_SECONDS)
        books = assert_books_balance(world)
        assert books["replayed"] == len(jumps), books
        assert books["delivered"] == books["stored"], books
        assert len(endpoint.ids) == books["stored"] + len(jumps), "each was delivered"
    finally:
        endpoint.let_go()
        for router in (world.router, other):
            if router.is_running:
                router.stop()
        sink.stop()
