"""What a tenant had above its bounds before the upgrade works on; only new things are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import trio

from tests.support.api.server import ROUTE
from tests.support.commands.previous import run_previous, unpack_previous
from tests.support.commands.router import TENANT, World
from tests.support.delivery.sink import WebhookSink
from tests.support.ingest.pressure import assert_books_balance
from tests.support.mqtt.fleet import Fleet
from tests.support.waiting import wait_until

DEVICES = 10
ROUTES = 4
MESSAGES = 50


async def test_what_was_above_a_bound_before_the_upgrade_works_and_only_new_things_are_refused(
    unmigrated: World, tmp_path: Path, sink: WebhookSink
) -> None:
    world, router = unmigrated, unmigrated.router
    admin_url = world.postgres.admin_url(world.database)
    variables = {**unpack_previous(tmp_path), **router.environment}
    run_previous({**variables, "PULSE_DATABASE_MIGRATION_URL": admin_url}, "migrate")
    world.add_devices(DEVICES)
    url = f"http://127.0.0.1:{sink.port}/hook"
    route_ids = [world.add_webhook(url) for _ in range(ROUTES)]
    world.rows(
        f"INSERT INTO device_groups (tenant_id, name) VALUES ('{TENANT}', 'A'), ('{TENANT}', 'B');"
        f" INSERT INTO alerts (tenant_id, device_id, severity, title, key) SELECT '{TENANT}',"
        " 'DEV-001', 'WARNING', 'Hot', 'K' || n FROM generate_series(1, 3) AS n"
    )

    router.environment |= {
        "PULSE_DATABASE_MIGRATION_URL": admin_url,
        "PULSE_LIMITS_ROUTES": "2",
        "PULSE_LIMITS_DEVICES": "1",
        "PULSE_LIMITS_GROUPS": "1",
        "PULSE_LIMITS_OPEN_ALERTS": "1",
    }
    await router.start_and_wait()
    fleet = Fleet(world)
    await fleet.publish(range(MESSAGES), per_second=1_000)
    await wait_until(lambda: len(sink.received) == ROUTES * MESSAGES)
    await assert_books_balance(world)

    alert: dict[str, Any] = {"device_id": "DEV-001", "key": "new", "title": "Hot"}
    async with router.open_client() as client:
        for path, body in (
            ("message-routes", ROUTE),
            ("devices", {"device_id": "NEW"}),
            ("device-groups", {"name": "NEW"}),
            ("alerts", alert),
        ):
            refused = await client.post(f"/api/v1/customer/{path}", json=body)
            assert refused.status_code == 409, refused.text
            assert refused.json()["usage"] > refused.json()["limit"]
        one = f"/api/v1/customer/message-routes/{route_ids[0]}"
        assert (await client.patch(one, json={"name": "again"})).status_code == 200
        assert (await client.delete(one)).status_code == 204
        device = "/api/v1/customer/devices/DEV-004"
        assert (await client.patch(device, json={"status": "REVOKED"})).status_code == 200
        assert (await client.delete(device)).status_code == 204
        again = await client.post("/api/v1/customer/alerts", json=alert | {"key": "K1"})
        assert again.status_code == 200
    assert await trio.to_thread.run_sync(router.stop) == 0
