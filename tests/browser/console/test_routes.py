"""Routes in the console: why a signature fails, what a fix sets free, and the ways back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec

from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in
from tests.support.browser.furnished import wait_here

if TYPE_CHECKING:
    from playwright.sync_api import Page

SECRET = "open sesame"
HOT = {"temperature": {"$gt": 80}}


def hook(site: ConsoleSite, path: str) -> str:
    return f"http://127.0.0.1:{site.sink.port}{path}"


def count_pending(tenant: Tenant, route: int) -> int:
    pending: int = tenant.call("GET", f"/customer/message-routes/{route}/stats")["pending"]
    return pending


def read_route(tenant: Tenant, route: int) -> dict[str, Any]:
    read: dict[str, Any] = tenant.call("GET", f"/customer/message-routes/{route}")
    return read


def test_signature_bench_names_a_reserialised_body(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    path = f"/{tenant.name}/signed"
    url = hook(site, path)
    route = tenant.add_webhook(url, destination_config={"url": url, "secret": SECRET})
    tenant.publish("DEV-1", {"temperature": 21.5})
    wait_here(lambda: any(request.path == path for request in site.sink.received))
    [request] = [each for each in site.sink.received if each.path == path]
    sign_in(page, site.url, tenant.token("customer_viewer"), f"/routes/{route}?tab=connect")

    lines = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
    page.get_by_label("Headers", exact=True).fill(lines)
    page.get_by_label("Body", exact=True).fill(request.body.decode())
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("Valid, by the newest secret").wait_for()

    again = msgspec.json.format(request.body, indent=2).decode()
    page.get_by_label("Body", exact=True).fill(again)
    page.get_by_role("button", name="Verify").click()
    page.get_by_text("re-serialised: same content, other bytes").wait_for()
    assert page.get_by_text("Let the app read the raw body before any parser.").is_visible()


def test_try_all_now_delivers_what_waits_after_a_fix(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    path = f"/{tenant.name}/broken"
    site.sink.status_of = lambda request: 503 if request.path == path else 204
    try:
        route = tenant.add_webhook(hook(site, path))
        tenant.publish("DEV-1", *({"temperature": value} for value in range(40)))
        stats = f"/customer/message-routes/{route}/stats"
        wait_here(lambda: tenant.call("GET", stats)["breaker"] == "open")
        sign_in(page, site.url, tenant.token(), f"/routes/{route}?tab=pending")
        page.get_by_text("only probes go out").wait_for()
        page.get_by_text(re.compile("HTTP 503")).first.wait_for()
    finally:
        site.sink.status_of = None
    panel = page.get_by_role("tabpanel")
    panel.get_by_role("button", name="Try all now").click()
    page.get_by_text(re.compile("the breaker is closed")).wait_for()
    wait_here(lambda: count_pending(tenant, route) == 0)
    panel.get_by_text("Nothing is pending").wait_for()
    assert page.get_by_text("only probes go out").count() == 0


def test_version_of_a_route_is_compared_restored_and_undone(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    url = hook(site, "/hook")
    config = {"url": url, "secret": SECRET, "headers": {"X-Plant": "3"}}
    route = tenant.add_webhook(url, name="Too hot", payload_filter=HOT, destination_config=config)
    changed = {"name": "Hotter", "payload_filter": {"temperature": {"$gt": 12345678901234567890}}}
    tenant.call("PATCH", f"/customer/message-routes/{route}", changed)
    sign_in(page, site.url, tenant.token(), f"/routes/{route}?tab=changes")

    page.get_by_role("button", name=re.compile("Version 1 · created")).click()
    table = page.get_by_role("tabpanel").get_by_role("table")
    row = table.get_by_role("row", name=re.compile("Payload filter"))
    assert "12345678901234567890" in row.inner_text()
    assert '"$gt": 80' in row.inner_text()
    page.get_by_role("button", name="Restore version 1").click()
    page.get_by_text("The route is as it was in version 1.").wait_for()
    restored = read_route(tenant, route)
    assert (restored["name"], restored["payload_filter"]) == ("Too hot", HOT)
    assert restored["destination_config"] == config | {"secret": "********"}

    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone.").wait_for()
    assert read_route(tenant, route)["name"] == "Hotter"
    assert read_route(tenant, route)["payload_filter"] == changed["payload_filter"]


def test_deletion_of_a_route_names_what_is_pending(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    path = f"/{tenant.name}/away"
    site.sink.status_of = lambda request: 503 if request.path == path else 204
    try:
        route = tenant.add_webhook(hook(site, path), name="Doors")
        tenant.publish("DEV-1", {"open": 1}, {"open": 2}, {"open": 3})
        tenant.call("PATCH", f"/customer/message-routes/{route}", {"is_enabled": False})
    finally:
        site.sink.status_of = None
    assert count_pending(tenant, route) == 3
    sign_in(page, site.url, tenant.token(), f"/routes/{route}")

    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog", name="Delete Doors?")
    dialog.get_by_text("3 deliveries are pending. They become dead letters").wait_for()
    assert dialog.get_by_role("button", name="Cancel").evaluate(
        "it => it === document.activeElement"
    )
    dialog.get_by_role("button", name="Delete route, give up 3").click()
    page.get_by_text("Doors is deleted.").wait_for()
    page.wait_for_url(re.compile("/console/routes$"))
    wait_here(lambda: tenant.call("GET", "/customer/dead-letter")["total"] == 3)


def test_deleted_route_says_by_whom(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("status of 404")
    route = tenant.add_webhook(hook(site, "/hook"))
    tenant.call("DELETE", f"/customer/message-routes/{route}")
    sign_in(page, site.url, tenant.token(), f"/routes/{route}")
    page.get_by_text(f"Route {route} is gone").wait_for()
    page.get_by_text("It was deleted by").wait_for()


def test_rotated_secret_is_shown_once_and_the_old_one_goes_on(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    url = hook(site, "/hook")
    route = tenant.add_webhook(url, destination_config={"url": url, "secret": SECRET})
    sign_in(page, site.url, tenant.token(), f"/routes/{route}?tab=connect")
    page.get_by_role("button", name="Rotate secret").click()
    page.get_by_role("dialog").get_by_role("button", name="Rotate secret").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Show").click()
    secret = dialog.get_by_text(re.compile("^whsec_")).inner_text()
    dialog.get_by_label("I have kept it").check()
    dialog.get_by_role("button", name="Close").click()
    page.get_by_text("Signed by 2 secrets").wait_for()
    page.get_by_text("An old secret ends").wait_for()
    assert len(secret) > 30
    assert secret not in page.content()
    assert len(read_route(tenant, route)["secrets_expire_at"]) == 1


def test_disabled_route_is_enabled_again_by_undo(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    route = tenant.add_webhook(hook(site, "/hook"), name="Doors")
    sign_in(page, site.url, tenant.token(), f"/routes/{route}")
    page.get_by_role("button", name="Disable").click()
    page.get_by_text("Doors is disabled. What is pending waits.").wait_for()
    assert read_route(tenant, route)["is_enabled"] is False
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Undone.").wait_for()
    assert read_route(tenant, route)["is_enabled"] is True


def test_list_of_routes_is_narrowed_and_sorted_in_one_request(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    tenant.add_device("DEV-1")
    tenant.add_webhook(hook(site, "/hook"), name="All readings")
    tenant.add_webhook(hook(site, "/hook"), name="Cold", is_enabled=False)
    hot = tenant.add_webhook(hook(site, "/hook"), name="Too hot", payload_filter=HOT)
    tenant.publish("DEV-1", {"temperature": 91})
    sign_in(page, site.url, tenant.token(), "/routes?sort=name")
    table = page.get_by_role("grid", name="Routes")
    rows = table.get_by_role("row").filter(has=page.get_by_role("gridcell"))
    rows.nth(2).wait_for()
    names = ["All readings", "Cold", "Too hot"]
    assert [row.get_by_role("link").inner_text() for row in rows.all()] == names
    asked = [each for each in watch.requests if "/message-routes" in each]
    assert all("/message-routes?" in each for each in asked), asked
    page.get_by_role("combobox").first.fill("state:disabled")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("state=disabled"))
    rows.nth(1).wait_for(state="detached")
    assert rows.first.get_by_role("link").inner_text() == "Cold"
    page.go_back()
    rows.nth(2).get_by_role("link").click()
    page.wait_for_url(re.compile(f"/routes/{hot}$"))
    page.get_by_role("heading", level=1, name="Too hot").wait_for()


def test_missed_messages_name_the_clause_and_the_closest_values(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    route = tenant.add_webhook(hook(site, "/hook"), payload_filter=HOT)
    tenant.publish("DEV-1", {"temperature": 79.5}, {"temperature": 20}, {"temperature": 91})
    sign_in(page, site.url, tenant.token("customer_viewer"), f"/routes/{route}?tab=missed")
    page.get_by_text("3 messages looked at, 3 of them by a topic that fits").wait_for()
    row = page.get_by_role("row", name=re.compile("temperature > 80"))
    assert row.get_by_role("cell").nth(0).inner_text() == "2"
    page.get_by_role("link", name="79.5").click()
    page.wait_for_url(re.compile(r"/messages/\d+"))
