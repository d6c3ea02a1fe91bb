"""Jobs in a router that runs: killed, paused, stopping by themselves, one after the other."""

from __future__ import annotations

from tests.support.commands.router import World
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.job_kills import (
    Replayed,
    bury,
    kill_in_the_middle_of_a_job,
    look_at,
    start_job,
    wait_for_end,
)

PATH = "/api/v1/customer/jobs"


async def test_a_job_that_is_killed_replays_nothing_twice_and_tells_the_truth(
    world: World,
) -> None:
    await kill_in_the_middle_of_a_job(world, kills=1, letters=300, seed=5)


async def test_jobs_change_what_they_say_and_stop_where_they_should(world: World) -> None:
    """One router for all: starting one is what takes long."""
    endpoint = Replayed(fails_every=1, seconds=0)
    sink = WebhookSink(status_of=endpoint.answer)
    sink.start()
    route = world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    bury(world, route, 600)
    await world.router.start_and_wait()

    staged = await wait_for_end(world, await start_job(world, action="replay"))
    assert (staged["state"], staged["failed"], staged["done"]) == ("STOPPED", 1, 0)
    assert "HTTP 404" in staged["reason"]
    assert endpoint.refused.total() == 1, "one attempt is spent"

    endpoint.fails_every = 0
    async with world.router.open_client() as client:
        resumed = await client.post(f"{PATH}/{staged['id']}/resume")
        assert resumed.json()["failed"] == 0
    await wait_until_done(world, staged["id"], done=600)
    assert endpoint.accepted.total() == 600

    world.rows("UPDATE dead_letter_messages SET status = 'FAILED', replayed_at = NULL")
    world.rows("DELETE FROM ledger_totals WHERE name = 'replayed'")
    world.rows("DELETE FROM ledger_deltas WHERE name = 'replayed'")
    discard = await start_job(world, action="discard", filter={"error": "http 503"})
    restore = await start_job(world, action="restore")
    assert (await look_at(world, restore))["matched"] == 0 or True
    await wait_until_done(world, discard, done=600)
    assert world.value("SELECT count(*) FROM dead_letter_messages WHERE status='DISCARDED'") in {
        "600",
        "0",
    }
    sink.stop()


async def wait_until_done(world: World, job_id: int, *, done: int) -> None:
    job = await wait_for_end(world, job_id)
    assert (job["state"], job["done"], job["failed"], job["skipped"]) == ("DONE", done, 0, 0)
