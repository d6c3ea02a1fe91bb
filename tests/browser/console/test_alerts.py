"""Alerts in the console: live, acknowledged with the way back, closed, raised by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page


def raise_alert(tenant: Tenant, key: str) -> int:
    alert = {"device_id": "DEV-1", "key": key, "severity": "WARNING", "title": f"About {key}"}
    number: int = tenant.call("POST", "/customer/alerts", alert)["id"]
    return number


def statuses(tenant: Tenant) -> dict[str, str]:
    page = tenant.call("GET", "/customer/alerts")
    return {alert["key"]: alert["status"] for alert in page["alerts"]}


def test_alerts_are_acknowledged_live_and_that_is_undone(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    for key in ("heat", "smoke"):
        raise_alert(tenant, key)
    sign_in(page, site.url, tenant.token(), "/alerts")
    rows = page.get_by_role("row")
    expect(rows).to_have_count(3)
    page.get_by_label("Select all that are shown").check()
    page.get_by_role("button", name="Acknowledge 2").click()
    expect(rows.get_by_text("ACKNOWLEDGED", exact=True)).to_have_count(2)
    assert statuses(tenant) == {"heat": "ACKNOWLEDGED", "smoke": "ACKNOWLEDGED"}
    page.get_by_role("button", name="Undo").click()
    expect(rows.get_by_text("OPEN", exact=True)).to_have_count(2)
    assert statuses(tenant) == {"heat": "OPEN", "smoke": "OPEN"}

    third = raise_alert(tenant, "door")
    page.get_by_role("button", name="1 new row: show").click()
    expect(rows.nth(1)).to_contain_text("About door")
    tenant.call("PATCH", f"/customer/alerts/{third}", {"status": "ACKNOWLEDGED"})
    expect(rows.nth(1)).to_contain_text("ACKNOWLEDGED")


def test_closing_alerts_is_asked_for_it_cannot_be_undone(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    raise_alert(tenant, "heat")
    sign_in(page, site.url, tenant.token(), "/alerts?status=OPEN")
    page.get_by_role("checkbox", name="Select Alert").check()
    page.get_by_role("button", name="Close 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Close 1").click()
    expect(page.get_by_text("1 alert closed.")).to_be_visible()
    expect(page.get_by_text("These filters show none.")).to_be_visible()
    page.get_by_role("link", name="Closed").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("About heat")


def test_an_alert_is_raised_by_hand(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    tenant.add_device("DEV-1")
    sign_in(page, site.url, tenant.token(), "/alerts?device_id=DEV-1")
    page.get_by_role("button", name="Raise an alert").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Device")).to_have_value("DEV-1")
    dialog.get_by_label("Title").fill("Too hot")
    dialog.get_by_label("Key").fill("heat")
    dialog.get_by_label("Severity").select_option("CRITICAL")
    dialog.get_by_role("button", name="Raise it").click()
    expect(page.get_by_role("row").filter(has_text="CRITICAL")).to_contain_text("Too hot")
    assert statuses(tenant) == {"heat": "OPEN"}
