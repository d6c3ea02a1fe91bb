"""Jobs in a router that runs: stopping by themselves, resumed, one after the other."""

from __future__ import annotations

import trio

from tests.support.commands.router import World
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.endurance.job_kills import (
    Replayed,
    assert_figures_are_true,
    bury,
    start_job,
    wait_for_end,
)
from tests.support.waiting import wait_until

PATH = "/api/v1/customer/jobs"


async def test_a_staged_replay_spends_one_attempt_on_a_fault_and_all_once_it_is_mended(
    world: World,
) -> None:
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
    async with world.router.open_client() as client:
        listed = await client.get(f"{PATH}/{staged['id']}/failures")
        [failure] = listed.json()["failures"]
        assert (failure["outcome"], failure["error"][:8]) == ("FAILED", "HTTP 404")

        endpoint.fails_every = 0
        resumed = await client.post(f"{PATH}/{staged['id']}/resume")
        assert (resumed.json()["failed"], resumed.json()["reason"]) == (0, None)
    await assert_done(world, staged["id"], done=600)
    assert endpoint.accepted.total() == 600
    assert_books_balance(world)
    sink.stop()


async def test_jobs_of_the_table_alone_wait_for_each_other_and_leave_the_books_right(
    world: World,
) -> None:
    bury(world, 1, 1_200)
    bury_later = "UPDATE dead_letter_messages SET error_message = 'HTTP 404' WHERE id <= 100"
    world.rows(bury_later)
    await world.router.start_and_wait()
    discard = await start_job(world, action="discard", filter={"error": "http 503"})
    await assert_done(world, discard, done=1_100)
    assert statuses(world) == [["DISCARDED", "1100"], ["FAILED", "100"]]
    assert_books_balance(world)

    restore = await start_job(world, action="restore", filter={"cause": "server_error"})
    purge = await start_job(world, action="purge", filter={"cause": "client_error"})
    await assert_done(world, restore, done=1_100)
    await assert_done(world, purge, done=100)
    assert statuses(world) == [["FAILED", "1100"]]
    assert_books_balance(world)
    told = world.rows("SELECT action, target_type, target_id FROM audit_log ORDER BY id")
    assert told == [
        [action, "jobs", str(job)] for job in (discard,) for action in ("create_job", "end_job")
    ] + [
        ["create_job", "jobs", str(restore)],
        ["create_job", "jobs", str(purge)],
        ["end_job", "jobs", str(restore)],
        ["end_job", "jobs", str(purge)],
    ]


async def assert_done(world: World, job_id: int, *, done: int) -> None:
    job = await wait_for_end(world, job_id)
    assert (job["state"], job["done"], job["failed"], job["skipped"]) == ("DONE", done, 0, 0)


def statuses(world: World) -> list[list[str]]:
    return world.rows("SELECT status, count(*) FROM dead_letter_messages GROUP BY 1 ORDER BY 1")


async def test_a_router_that_stops_ends_what_is_under_way_and_the_next_goes_on(
    world: World,
) -> None:
    endpoint = Replayed(seconds=0.01)
    sink = WebhookSink(status_of=endpoint.answer)
    sink.start()
    route = world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    bury(world, route, 400)
    await world.router.start_and_wait()
    job_id = await start_job(world, action="replay", staged=False)
    await wait_until(lambda: endpoint.ended > 50)
    await trio.to_thread.run_sync(world.router.stop)
    assert 50 < endpoint.ended < 400
    assert_figures_are_true(world, job_id, endpoint, kills=0)
    assert world.rows(f"SELECT state, life IS NULL FROM jobs WHERE id = {job_id}") == [
        ["RUNNING", "t"]
    ]
    await world.router.start_and_wait()
    job = await wait_for_end(world, job_id)
    assert (job["state"], job["done"], job["failed"], job["skipped"]) == ("DONE", 384, 16, 0)
    assert endpoint.repeats == 0
    assert_books_balance(world)
    sink.stop()
