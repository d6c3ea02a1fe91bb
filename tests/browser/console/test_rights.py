"""What one may see and do: by one's roles, and as whose reader."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

WHOAMI = "/api/v1/whoami"


def asked_of_the_api(watch: Watch) -> list[str]:
    """The requests to the API so far, as methods and paths."""
    asked = [request.split(" ", 1) for request in watch.requests]
    return [
        f"{method} {urlsplit(url).path}" for method, url in asked if "/api/" in urlsplit(url).path
    ]


def test_viewer_sees_why_a_button_is_off(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    sign_in(page, site.url, tenant.token("customer_viewer"), "/dead-letters")
    purge = page.get_by_role("button", name="Purge")
    expect(purge).to_have_attribute("aria-disabled", "true")
    expect(purge).to_have_accessible_description("Needs customer_admin; you have customer_viewer.")
    purge.click(force=True)
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert {each.split()[0] for each in asked_of_the_api(watch)} == {"GET"}


def test_operator_reads_as_a_tenant_and_changes_nothing(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    tenant.add_device("DEV-1")
    written = len(tenant.call("GET", "/customer/audit")["entries"])
    sign_in(page, site.url, site.operator_token(), "/operator")
    page.get_by_role("link", name=tenant.name, exact=True).click()
    expect(page.get_by_role("note")).to_contain_text(f"You read as {tenant.name}")
    assert f"tenant={tenant.name}" in urlsplit(page.url).query

    # The tenant goes along wherever a link leads.
    with page.expect_request(lambda asked: "/customer/find" in asked.url) as found:
        page.get_by_role("searchbox", name="Find").fill("DEV-1")
        page.keyboard.press("Enter")
    assert found.value.headers["x-pulse-tenant"] == tenant.name
    page.wait_for_url(f"**/console/devices/DEV-1?tenant={tenant.name}")
    page.get_by_role("navigation").get_by_role("link", name="Routes").click()
    expect(page.get_by_role("note")).to_contain_text(f"You read as {tenant.name}")

    page.get_by_role("link", name="Leave").click()
    expect(page.get_by_role("note")).to_have_count(0)
    assert {each.split()[0] for each in asked_of_the_api(watch)} == {"GET"}
    assert len(tenant.call("GET", "/customer/audit")["entries"]) == written
    assert "an operator reads as a tenant" in site.world.router.text


def test_link_to_another_tenant_asks_for_nothing(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    other = site.new_tenant()
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.goto(f"{site.url}/console/devices?tenant={other.name}#token={tenant.token()}")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("This link is to another tenant")
    expect(page.get_by_role("main")).to_contain_text(
        f"It leads to {other.name}; you are signed in for {tenant.name}."
    )
    assert set(asked_of_the_api(watch)) == {f"GET {WHOAMI}"}
    assert sockets == []

    page.get_by_role("link", name=f"Open this page for {tenant.name}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Devices")
    assert "tenant=" not in page.url


def test_operator_chooses_a_tenant_where_a_page_is_of_one(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    sign_in(page, site.url, site.operator_token("operator"), "/live")
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a tenant")
    assert set(asked_of_the_api(watch)) == {f"GET {WHOAMI}"}
    page.get_by_role("main").get_by_label("Tenant's id").fill(tenant.name)
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Live")
    expect(page.get_by_role("note")).to_contain_text(f"You read as {tenant.name}")
