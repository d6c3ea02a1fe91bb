"""Takes the pictures of the documentation, of a router at work; `make screenshots` runs it."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tests.support.browser.console import ConsoleSite, Tenant, sign_in
from tests.support.browser.furnished import Furnished, wait_here
from tests.support.browser.pages import go_to
from tests.support.browser.pictures import take_picture
from tests.support.commands.router import DEVICE_TOKEN

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOLDER = Path(__file__).parents[3] / "docs" / "pictures"
MOST_BYTES = 60 * 1024
PUMPS = [f"PUMP-{number}" for number in range(1, 7)]
SECONDS = 20
"""How long the router is at work before the first picture: a good part of a minute's curve."""


def send_a_day(tenant: Tenant, pump: str) -> None:
    """Let a pump send what it has kept of a day."""
    begin = datetime.now(UTC) - timedelta(days=1)
    payloads = [
        msgspec.json.encode(
            {
                "provision_token": DEVICE_TOKEN,
                "ts": begin + timedelta(minutes=6 * turn),
                "metrics": {
                    "rpm": 1450 + round(30 * math.sin(turn / 11)),
                    "temperature": round(58 + 12 * math.sin(turn / 25) + 4 * math.sin(turn), 1),
                },
            }
        )
        for turn in range(240)
    ]
    tenant.publish_raw(f"tenant/{tenant.name}/device/{pump}/telemetry", *payloads)


@contextmanager
def traffic(tenant: Tenant) -> Iterator[None]:
    """Let pumps send a few readings a second, some of them hot."""
    for pump in PUMPS:
        tenant.add_device(pump)
    send_a_day(tenant, PUMPS[0])
    is_over = threading.Event()

    def send() -> None:
        turn = 0
        while not is_over.wait(0.4):
            turn += 1
            for at, pump in enumerate(PUMPS):
                heat = 60 + 12 * math.sin(turn / 9 + at) + 10 * math.sin(turn / 2.3 + 2 * at)
                tenant.publish(pump, {"temperature": round(heat, 1), "rpm": 1450 + 3 * at})

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        is_over.set()
        sender.join()


def test_take_the_pictures(page: Page, site: ConsoleSite, furnished: Furnished) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    FOLDER.mkdir(exist_ok=True)
    ids, tenant = furnished.ids, furnished.tenant
    site.sink.status_of = lambda request: 404 if request.path == "/gone" else 204
    routes = tenant.call("GET", "/customer/message-routes")["routes"]
    [hot] = [route["id"] for route in routes if route["payload_filter"]]
    pages = {
        "overview": "/",
        "trace": f"/messages/{ids['event_id']}",
        "dead-letters": "/dead-letters",
        "editor": f"/routes/{hot}/edit",
        "live": "/live",
        "device": "/devices/PUMP-1?tab=metrics",
    }
    with traffic(tenant):
        sign_in(page, site.url, tenant.token())
        wait_here(lambda: tenant.call("GET", "/customer/dead-letter")["total"] > 3)
        page.wait_for_timeout(SECONDS * 1000)
        for name, path in pages.items():
            go_to(page, f"{site.url}/console{path}")
            page.wait_for_timeout(5_000)  # for what streams in
            assert take_picture(page, FOLDER / f"{name}.png") < MOST_BYTES
