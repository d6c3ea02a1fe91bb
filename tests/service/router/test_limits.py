"""A router with small bounds: what is new is refused, what is there goes on, and all is counted."""

from __future__ import annotations

import httpx2
import trio

from tests.support.api.server import ROUTE
from tests.support.commands.reloading import ROUTES, Reloadable
from tests.support.commands.router import TENANT, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.endurance.books import assert_books_balance
from tests.support.mqtt.fleet import payload
from tests.support.mqtt.publisher import open_publisher
from tests.support.waiting import wait_until

LIMITS = "[ingest]\nauto_provision = true\n[delivery]\nallow_networks = ['127.0.0.0/8']\n[limits]\n"
BODY: dict[str, object] = ROUTE | {"payload_filter": None}


async def publish(router: Reloadable, *devices: int) -> None:
    async with open_publisher(router.world.broker.port) as publisher:
        for number, device in enumerate(devices):
            await publisher.publish(router.world.topic(device), payload(number))
        await publisher.wait_for(len(devices))


def tenant(router: Reloadable) -> dict[str, dict[str, float]]:
    headers = {"Authorization": f"Bearer {make_token(role='operator')}"}
    answer = httpx2.get(
        f"{router.world.router.url}/api/v1/operator/tenants", headers=headers, timeout=5
    )
    [shown] = [each for each in answer.json()["tenants"] if each["tenant_id"] == TENANT]
    return {each.pop("name"): each for each in shown["limits"]}


def metrics_of(router: Reloadable) -> str:
    answer = router.world.router.get("/metrics")
    return "" if answer is None else answer.text


async def test_bounds_hold_for_what_is_new_are_shown_and_are_read_again(
    reloadable: Reloadable, sink: WebhookSink
) -> None:
    world, router = reloadable.world, reloadable.world.router
    url = f"http://127.0.0.1:{sink.port}/hook"
    route_ids = [world.add_webhook(url) for _ in range(3)]  # more than the bound, from before
    reloadable.write(LIMITS + "routes = 2\ndevices = 11\nmatches_per_message = 2\n")
    await reloadable.start()

    refused = reloadable.ask(body=BODY)
    assert (refused.status_code, refused.json()["bound"]) == (409, "limits.routes")
    assert (refused.json()["limit"], refused.json()["usage"]) == (2, 3)

    # A device registers itself, and then there are eleven.
    await publish(reloadable, 0, 20, 21)
    await wait_until(lambda: world.value("SELECT count(*) FROM rejected_messages") == "1")
    assert world.rows("SELECT reason, device_id FROM rejected_messages") == [
        ["UNREGISTERED_DEVICE", "DEV-021"]
    ]
    assert "limits.devices" in world.value("SELECT detail FROM rejected_messages")

    # Two of three routes have each message; the third is told.
    await wait_until(lambda: len(sink.received) == 4)
    async with router.open_client() as client:
        stats = (await client.get(f"{ROUTES}/{route_ids[-1]}/stats")).json()
        assert "limits.matches_per_message" in stats["last_error"]
        metrics = (await client.get("/metrics")).text
    assert 'pulse_tenant_refused_total{bound="routes"} 1.0' in metrics
    assert 'pulse_tenant_refused_total{bound="devices"} 1.0' in metrics
    assert TENANT not in metrics
    await wait_until(lambda: "pulse_ingest_over_limit_total 2.0" in metrics_of(reloadable))
    shown = tenant(reloadable)
    assert shown["routes"] == {"usage": 3, "usage_is_exact": True, "limit": 2, "refused": 1}
    assert shown["devices"]["usage"] == shown["devices"]["limit"] == 11
    assert shown["requests_per_second"]["usage"] > 0
    await trio.to_thread.run_sync(lambda: assert_books_balance(world))

    reloadable.write(
        LIMITS + f"routes = 2\ndevices = 11\nmatches_per_message = 3\n"
        f"[limits.tenants.{TENANT}]\nroutes = 4\nstreams = 1\n"
    )
    await reloadable.reload()
    assert reloadable.ask(body=BODY).status_code == 201
    assert tenant(reloadable)["streams"]["limit"] == 1
    await publish(reloadable, 0)
    await wait_until(lambda: len(sink.received) == 7)
