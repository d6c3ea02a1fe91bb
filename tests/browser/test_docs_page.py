"""The API's page in Chromium: it asks nobody but the router, and what it shows can be tried."""

from __future__ import annotations

from tests.support.browser.docs_page import try_page
from tests.support.commands.router import World, make_token


async def test_operations_can_be_read_and_tried_without_the_internet(world: World) -> None:
    await world.router.start_and_wait()
    route_id = world.add_webhook("http://127.0.0.1:9/hook")
    token = make_token()
    found = await try_page(world.router.url, token)
    assert (found["elsewhere"], found["troubles"]) == ([], [])
    answers = found["answers"]
    assert f'"id": {route_id},' in answers["list_routes"]
    assert "RoutePage" in answers["list_routes"]
    assert '"tenant_id":"TENANT1"' in answers["stream_telemetry"]
    for described in ("StreamTelemetry", "SubscribeAction", "4029"):
        assert described in answers["stream_telemetry"]
    assert "StreamGap" in answers["stream_telemetry_sse"]
    assert all(token not in text for text in answers.values())
