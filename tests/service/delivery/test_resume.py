"""What waits after failures is attempted when somebody says that the endpoint is mended."""

from __future__ import annotations

import msgspec

from tests.support.commands.router import World
from tests.support.delivery.sink import WebhookSink
from tests.support.mqtt.fleet import Fleet
from tests.support.waiting import wait_until

PATIENT = {"retry": {"max_attempts": 20, "initial_seconds": 3000, "max_seconds": 3600}}


async def test_what_waits_is_attempted_once_somebody_says_so(world: World) -> None:
    status = 503
    sink = WebhookSink(status_of=lambda _request: status)
    sink.start()
    route = world.add_webhook(f"http://127.0.0.1:{sink.port}/hook")
    config = msgspec.json.encode(PATIENT).decode()
    world.rows(f"UPDATE message_routes SET destination_config = destination_config || '{config}'")
    fleet = Fleet(world)
    await world.router.start_and_wait()
    await fleet.publish(range(3), per_second=100)
    await wait_until(lambda: rows(world, "attempts = 1") == 3)
    path = f"/api/v1/customer/message-routes/{route}"
    async with world.router.open_client() as client:
        status = 204
        listed = (await client.get(f"{path}/deliveries")).json()["deliveries"]
        attempted = await client.post(f"{path}/deliveries/{listed[-1]['id']}/attempt")
        assert (attempted.status_code, attempted.json()["id"]) == (202, listed[-1]["id"])
        await wait_until(lambda: rows(world) == 2)
        assert [each.headers["webhook-id"] for each in sink.received[3:]] == [listed[-1]["id"]]
        assert (await client.post(f"{path}/deliveries/1/attempt")).status_code == 404

        status = 503
        await fleet.publish(range(3, 15), per_second=100)
        await wait_until(lambda: rows(world, "attempts = 1") >= 12)
        assert (await client.get(f"{path}/stats")).json()["breaker"] == "open"
        status = 204
        resumed = await client.post(f"{path}/resume")
        assert (resumed.status_code, resumed.json()["route_id"]) == (200, route)
        assert resumed.json()["due"] >= 12
        await wait_until(lambda: rows(world) == 0)
        assert (await client.get(f"{path}/stats")).json()["breaker"] == "closed"
        assert (await client.post("/customer/message-routes/999/resume")).status_code == 404
        trace = (await client.get(f"/customer/messages/{listed[-1]['event_id']}/trace")).json()
        audit = (await client.get("/customer/audit")).json()["entries"]
    assert [(each["action"], each["target_type"], each["target_id"]) for each in audit] == [
        ("resume_route", "message_routes", str(route)),
        ("attempt_delivery", "route_deliveries", listed[-1]["id"]),
    ]
    assert audit[0]["after"] == {"due": resumed.json()["due"], "goes_on": False}
    assert audit[1]["after"] == {"route_id": route}
    # A route that was resumed is the route that it was.
    [traced] = trace["routes"]
    assert (traced["then"]["told_by"], traced["changes"]) == ("delivery", [])
    sink.stop()


def rows(world: World, condition: str = "true") -> int:
    return int(world.value(f"SELECT count(*) FROM route_deliveries WHERE {condition}"))
