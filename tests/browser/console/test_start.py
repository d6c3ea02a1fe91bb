"""First steps: from a tenant without anything to its first webhook, by what stands on the page."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = 60_000


def publish(page: Page, site: ConsoleSite) -> None:
    """Copy the line of the page, and run it in a shell, as a newcomer would."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy with the token").last.click()
    line: str = page.evaluate("navigator.clipboard.readText()")
    assert line.startswith("mosquitto_pub ")
    done = subprocess.run(
        ["sh", "-c", f"{line} -p {site.world.broker.port}"],
        env={"MQTT_HOST": "127.0.0.1", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_first_device_to_first_webhook_in_the_start_page(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("422")
    path = f"/{tenant.name}/first"
    sign_in(page, site.url, tenant.token())
    page.get_by_role("link", name="Begin with the first steps").click()

    page.get_by_label("Device id").fill("PUMP 1")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.locator(".field-error")).to_be_visible()  # A fault stands at its field.
    page.get_by_label("Device id").fill("PUMP-1")
    page.get_by_role("button", name="Register", exact=True).click()
    expect(page.get_by_text("Waiting for a message of PUMP-1.")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Show", exact=True).click()
    token = page.locator(".secret code").inner_text()
    page.get_by_role("button", name="Hide", exact=True).click()
    assert token not in page.content()

    publish(page, site)
    expect(page.get_by_text('{"temperature":21.5}')).to_be_visible(timeout=LONG)

    page.get_by_label("Webhook URL").fill(f"http://127.0.0.1:{site.sink.port}{path}", timeout=LONG)
    page.get_by_role("button", name="Create the route").click()
    expect(page.get_by_text("Publish once more")).to_be_visible(timeout=LONG)
    publish(page, site)
    expect(page.get_by_text("All of it works.")).to_be_visible(timeout=LONG)
    [request] = [each for each in site.sink.received if each.path == path]
    assert request.json()["metrics"] == {"temperature": 21.5}


def test_viewers_are_told_what_they_need_for_the_first_step(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    sign_in(page, site.url, tenant.token("customer_viewer"), "/start")
    register = page.get_by_role("button", name="Register", exact=True)
    expect(register).to_have_attribute("aria-disabled", "true")
    expect(register).to_have_accessible_description(re.compile("Needs customer_admin"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    register.click(force=True)
    page.get_by_label("Device id").press("Enter")
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    assert "POST" not in asked
    assert tenant.call("GET", "/customer/devices")["total"] == 0
