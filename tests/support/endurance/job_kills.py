"""Kills a router in the middle of a job again and again, and holds its figures to what arrived."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from typing import Any

import attrs
import trio

from pulse_router.delivery.replay import AT_ONCE
from tests.support.commands.router import TENANT, World
from tests.support.delivery.matches import note_matched
from tests.support.delivery.sink import Received, WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.waiting import wait_until

ANSWER_SECONDS = 0.004
"""Slow enough for a kill to come in the middle."""
FAILS_EVERY = 25
"""One dead letter in so many is refused again."""

BURY = """
INSERT INTO dead_letter_messages
  (delivery_id, tenant_id, route_id, device_id, event_id, event_time, original_topic, payload,
   destination_type, destination_config, error_message, attempts)
SELECT {first} + n, '{tenant}', {route}, 'DEV-1', n, now(), 'tenant/{tenant}/device/D/telemetry',
       json_build_object('number', n)::jsonb, 'webhook', '{{}}', 'HTTP 503', 5
FROM generate_series(1, {count}) AS n;
INSERT INTO ledger_totals VALUES ('{tenant}', 'buried', {count})
ON CONFLICT (tenant_id, name) DO UPDATE SET value = ledger_totals.value + excluded.value;
"""


@attrs.define
class Replayed:
    """What an endpoint has got, by the number of the message."""

    fails_every: int = FAILS_EVERY
    seconds: float = ANSWER_SECONDS
    accepted: Counter[int] = attrs.field(factory=Counter)
    refused: Counter[int] = attrs.field(factory=Counter)
    lock: threading.Lock = attrs.field(factory=threading.Lock)

    def answer(self, request: Received) -> int:
        """Note a request, and say how it ends."""
        time.sleep(self.seconds)
        number = request.json()["number"]
        is_refused = self.fails_every and number % self.fails_every == 0
        with self.lock:
            (self.refused if is_refused else self.accepted)[number] += 1
        return 404 if is_refused else 204

    @property
    def ended(self) -> int:
        """How many messages have come."""
        with self.lock:
            return len(self.accepted) + len(self.refused)

    @property
    def repeats(self) -> int:
        """How often something came again."""
        with self.lock:
            both = self.accepted + self.refused
            return both.total() - len(both)


def bury(world: World, route_id: int, count: int) -> None:
    """Put dead letters into the table, and into the books."""
    world.rows(BURY.format(first=2**62, tenant=TENANT, route=route_id, count=count))
    world.rows(note_matched(count))


async def start_job(world: World, **body: object) -> int:
    """Make a job through the API."""
    async with world.router.open_client() as client:
        made = await client.post("/api/v1/customer/jobs", json=body, timeout=60)
        assert made.status_code == 201, made.text
        return int(made.json()["id"])


async def look_at(world: World, job_id: int) -> dict[str, Any]:
    """Read a job."""
    async with world.router.open_client() as client:
        return dict((await client.get(f"/api/v1/customer/jobs/{job_id}", timeout=60)).json())


async def wait_for_end(world: World, job_id: int, *, seconds: float = 30) -> dict[str, Any]:
    """Wait until a job is neither waiting nor running."""
    state = f"SELECT state FROM jobs WHERE id = {job_id}"
    await wait_until(lambda: world.value(state) not in {"WAITING", "RUNNING"}, seconds=seconds)
    return await look_at(world, job_id)


async def kill_in_the_middle_of_a_job(
    world: World, *, kills: int, letters: int, seed: int
) -> dict[str, Any]:
    """Replay dead letters by a job, and kill the router again and again meanwhile.

    Returns:
        The job, at its end.

    Raises:
        AssertionError: Something was replayed twice that was not in flight at a kill, or not at
            all, or what is told of the job is not what is in the table.
    """
    chance = random.Random(seed)
    endpoint = Replayed()
    sink = WebhookSink(status_of=endpoint.answer)
    sink.start()
    route = world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    bury(world, route, letters)
    await world.router.start_and_wait()
    job_id = await start_job(world, action="replay", staged=False)
    for kill in range(kills):
        enough = endpoint.ended + chance.uniform(0.2, 0.6) / (kills - kill) * (
            letters - endpoint.ended
        )
        await wait_until(lambda enough=enough: endpoint.ended > enough, seconds=600)  # type: ignore[misc]  # a default binds it
        await trio.to_thread.run_sync(world.router.kill)
        assert_figures_are_true(world, job_id, endpoint, kills=kill + 1)
        await world.router.start_and_wait()
    job = await wait_for_end(world, job_id, seconds=600)
    assert_figures_are_true(world, job_id, endpoint, kills=kills)
    failing = letters // FAILS_EVERY
    assert (job["state"], job["matched"]) == ("DONE", letters)
    assert job["done"] + job["failed"] + job["skipped"] == letters
    assert (job["done"], job["failed"], job["skipped"]) == (letters - failing, failing, 0)
    assert set(endpoint.accepted) | set(endpoint.refused) == set(range(1, letters + 1))
    books = assert_books_balance(world)
    assert books["replayed"] == letters - failing
    sink.stop()
    return job


def assert_figures_are_true(world: World, job_id: int, endpoint: Replayed, *, kills: int) -> None:
    """Check what the tables tell of a job against each other, and against the endpoint."""
    # In one statement: what was being committed at the kill may come to light in between.
    [[done, failed, in_table, tried]] = world.rows(
        f"""
        SELECT done + (SELECT count(*) FROM job_results WHERE job_id = {job_id}
                       AND outcome = 'DONE'),
               (SELECT count(*) FROM job_results WHERE job_id = {job_id} AND outcome = 'FAILED'),
               (SELECT count(*) FROM dead_letter_messages WHERE status = 'REPLAYED'),
               (SELECT count(*) FROM dead_letter_messages WHERE attempts > 5)
        FROM jobs WHERE id = {job_id}
        """
    )
    told = f"{done} done, {failed} failed, {len(endpoint.accepted)} accepted after {kills} kills"
    assert done == in_table, f"what is told as done is done: {told}"
    assert int(failed) + int(done) == int(tried), f"what is told as failed has failed: {told}"
    assert int(done) <= len(endpoint.accepted) <= int(done) + AT_ONCE, told
    assert endpoint.repeats <= kills * AT_ONCE, (
        f"nothing comes twice beyond what was in flight, but {endpoint.repeats} did: {told}"
    )
