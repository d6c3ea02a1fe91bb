"""The console in Chromium: a router with devices behind it, and who watches what the page does.

What is not Playwright's runs apart from its loop: in threads, or by commands.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
import httpx2
import msgspec

from tests.support.apart import run_apart
from tests.support.commands.router import DEVICE_TOKEN, World, make_token
from tests.support.delivery.sink import WebhookSink
from tests.support.mqtt.publisher import open_publisher
from tests.support.plain_http import TRUSTS_NOBODY
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebSocket

WEB = Path(__file__).parents[3] / "pulse_router" / "console" / "web"
AXE = WEB / "node_modules" / "axe-core" / "axe.min.js"
TOKEN_BEGINS = "eyJ"
"""How every token begins: the base64 of a JSON object."""
_RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_COLOURS = ("color-contrast", "link-in-text-block")


@attrs.define(eq=False)
class Tenant:
    """A tenant of a test's own, as its devices and its developers see the router."""

    name: str
    world: World

    def token(self, role: str = "customer_admin") -> str:
        return make_token(self.name, role)

    def call(
        self, method: str, path: str, body: Any = None, *, role: str = "customer_admin"
    ) -> Any:
        """Ask the API; the answer must be a good one."""
        answer = httpx2.request(
            method,
            f"{self.world.router.url}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token(role)}"},
            verify=TRUSTS_NOBODY,
            timeout=30,
        )
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def add_device(self, device_id: str, *, site_id: str = "SITE-1") -> None:
        """Register a device, which then sends by `publish`."""
        device = {"device_id": device_id, "site_id": site_id, "provision_token": DEVICE_TOKEN}
        self.call("POST", "/customer/devices", device)

    def add_webhook(self, url: str, **changes: Any) -> int:
        """Make a route that forwards all telemetry, if `changes` do not say otherwise."""
        route = {
            "name": "a route",
            "topic_filter": f"tenant/{self.name}/device/+/telemetry",
            "destination_type": "webhook",
            "destination_config": {"url": url, "method": "POST"},
            "is_enabled": True,
        }
        made: int = self.call("POST", "/customer/message-routes", route | changes)["id"]
        return made

    def publish(self, device_id: str, *metrics: dict[str, Any], **fields: Any) -> None:
        """Send a message for each set of metrics, as a registered device; they are stored then."""
        topic = f"tenant/{self.name}/device/{device_id}/telemetry"
        payloads = [
            msgspec.json.encode({"provision_token": DEVICE_TOKEN, "metrics": each, **fields})
            for each in metrics
        ]
        wanted = self._stored() + len(payloads)
        self.publish_raw(topic, *payloads)
        run_apart(partial(wait_until, lambda: self._stored() >= wanted))

    def _stored(self) -> int:
        query = f"SELECT count(*) FROM telemetry WHERE tenant_id = '{self.name}'"
        return int(self.world.value(query))

    def publish_raw(self, topic: str, *payloads: bytes) -> None:
        """Send whatever bytes under whatever topic; the broker has them then."""

        async def send() -> None:
            async with open_publisher(self.world.broker.port) as publisher:
                for payload in payloads:
                    await publisher.publish(topic, payload)
                await publisher.wait_for(len(payloads))

        run_apart(send)


@attrs.define(eq=False)
class ConsoleSite:
    """A running router, what stands around it, and a tenant for each test."""

    world: World
    sink: WebhookSink
    _numbers: Iterator[int] = attrs.field(factory=lambda: itertools.count(1))

    @property
    def url(self) -> str:
        return self.world.router.url

    def new_tenant(self) -> Tenant:
        return Tenant(f"TENANT-{next(self._numbers)}", self.world)

    def operator_token(self, role: str = "operator-admin") -> str:
        return make_token(None, role)


@attrs.define(eq=False, slots=False)  # Playwright notes its own beside the methods
class Watch:
    """Notes what no page of the console may do.

    Attributes:
        origin: Who alone may be asked, as `host:port`.
        troubles: What was noted.
        expected: Parts of what may be noted nevertheless: a test that provokes an answer of 404
            expects the browser to say so.
    """

    origin: str
    troubles: list[str] = attrs.field(factory=list)
    expected: list[str] = attrs.field(factory=list)
    requests: list[str] = attrs.field(factory=list)

    def expect(self, *parts: str) -> None:
        self.expected += parts

    def follow(self, context: BrowserContext) -> None:
        """Watch every page that is opened there."""
        context.on("request", self._note_request)
        context.on("console", self._note_said)
        context.on("weberror", lambda error: self.troubles.append(f"error: {error.error}"))
        context.on("page", lambda page: page.on("websocket", self._note_socket))

    def check(self) -> None:
        """Fail for what was noted and not expected."""
        found = [said for said in self.troubles if not any(it in said for it in self.expected)]
        assert found == []

    def _note_said(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.troubles.append(f"{said.type}: {said.text} ({said.location.get('url')})")

    def _note_request(self, asked: Request) -> None:
        self.requests.append(f"{asked.method} {asked.url}")
        self._note_address(asked.url)

    def _note_socket(self, socket: WebSocket) -> None:
        self._note_address(socket.url)

    def _note_address(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.netloc not in {"", self.origin}:
            self.troubles.append(f"asked elsewhere: {url}")
        if TOKEN_BEGINS in parts.path + parts.query:
            self.troubles.append(f"a token in an address: {parts.path}")


def sign_in(page: Page, url: str, token: str, path: str = "/") -> None:
    """Open a page of the console by a link that brings a token, and say yes.

    Args:
        page: Where.
        url: The router's.
        token: Whose one becomes.
        path: Which page, and its query.
    """
    page.goto(f"{url}/console{path}#token={token}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("navigation").first.wait_for()
    page.wait_for_function("!document.querySelector('.door')")


def axe_faults(page: Page, *, only_colours: bool = False) -> list[str]:
    """Look at a page with axe, by the rules of WCAG 2.2 AA; the page's policy stays on.

    Args:
        page: Which.
        only_colours: Whether only that is looked at which another theme changes.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(
        """async (rules) => (await axe.run(document, {resultTypes: ["violations"], runOnly: rules}))
          .violations.map((it) => `${it.id}: ${it.help}: `
            + it.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | "))""",
        list(_COLOURS if only_colours else _RULES),
    )
    return [str(each) for each in found]
