"""Why a message did not arrive: found by what an app has logged, told clause by clause."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, sign_in
from tests.support.browser.furnished import wait_here

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

LONG = 60_000
HOT = {"temperature": {"$gt": 80}}


def hook(site: ConsoleSite, tenant: Tenant) -> str:
    return f"http://127.0.0.1:{site.sink.port}/{tenant.name}/traced"


def age(tenant: Tenant) -> None:
    """Let all that was done to the tenant's routes have been done hours ago."""
    ago = "interval '5 hours'"
    tenant.world.rows(
        "ALTER TABLE message_routes DISABLE TRIGGER USER;"
        f"UPDATE message_routes SET created_at = created_at - {ago},"
        f" updated_at = updated_at - {ago} WHERE tenant_id = '{tenant.name}';"
        "ALTER TABLE message_routes ENABLE TRIGGER USER;"
        f"UPDATE audit_log SET at = at - {ago} WHERE tenant_id = '{tenant.name}'"
    )


def newest(tenant: Tenant) -> str:
    event_id: str = tenant.call("GET", "/customer/messages")["messages"][0]["id"]
    return event_id


def of_route(page: Page, name: str) -> Locator:
    return page.locator(".traced-route").filter(has=page.get_by_role("link", name=name, exact=True))


def test_message_that_did_not_arrive_is_found_by_its_webhook_id(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    url = hook(site, tenant)
    site.sink.status_of = lambda request: 422 if tenant.name in request.path else 204
    try:
        tenant.add_webhook(url, name="To the app")
        tenant.publish("DEV-1", {"temperature": 21.5})
        wait_here(lambda: tenant.call("GET", "/customer/dead-letter")["total"] == 1)
    finally:
        site.sink.status_of = None
    [request] = [each for each in site.sink.received if tenant.name in each.path]

    sign_in(page, site.url, tenant.token("customer_viewer"))
    page.get_by_role("searchbox", name="Find").fill(request.headers["webhook-id"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("failed", timeout=LONG)
    told = of_route(page, "To the app")
    expect(told).to_contain_text("HTTP 422")
    expect(told.get_by_role("link", name=re.compile("Dead letter"))).to_be_visible()


def test_trace_says_which_clause_failed_and_what_was_found(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    tenant.add_webhook(hook(site, tenant), name="Too hot", payload_filter=HOT)
    far = f"tenant/{tenant.name}/device/+/status"
    tenant.add_webhook(hook(site, tenant), name="Archive", topic_filter=far)
    age(tenant)
    tenant.publish("DEV-1", {"temperature": 21.50})
    sign_in(page, site.url, tenant.token(), "/messages")
    page.locator(".table-body .table-row").first.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("no route", timeout=LONG)
    hot = of_route(page, "Too hot")
    clause = hot.get_by_role("list", name="What the route asks for, clause by clause")
    expect(clause).to_be_visible()
    expect(clause).to_contain_text(re.compile(r"does not hold.*temperature\s*21\.5\s*>\s*80"))
    expect(of_route(page, "Archive")).to_contain_text('is "telemetry", not "status"')


def test_trace_tells_then_from_now_after_a_route_changed(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    route = tenant.add_webhook(hook(site, tenant), name="Doors")
    tenant.publish("DEV-1", {"temperature": 21.5})
    event_id = newest(tenant)
    wait_here(lambda: any(tenant.name in each.path for each in site.sink.received))
    tenant.call("PATCH", f"/customer/message-routes/{route}", {"payload_filter": HOT})
    sign_in(page, site.url, tenant.token(), f"/messages/{event_id}")
    told = of_route(page, "Doors")
    expect(told).to_contain_text("Now is not as it was then.", timeout=LONG)
    change = told.get_by_role("link", name=re.compile("payload_filter"))
    expect(change).to_be_visible()
    change.click()
    expect(page).to_have_url(re.compile(rf"/console/routes/{route}\?.*tab=changes"))
    expect(page.get_by_role("tab", name="Changes")).to_have_attribute("aria-selected", "true")
