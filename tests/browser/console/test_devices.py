"""Devices in the console: registered singly and many at once, given new tokens, revoked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, Watch, axe_faults, sign_in
from tests.support.browser.furnished import wait_here
from tests.support.commands.router import DEVICE_TOKEN

if TYPE_CHECKING:
    from playwright.sync_api import Page


def speak(tenant: Tenant, device_id: str, token: str) -> None:
    """Send a reading with a token, which may be refused."""
    payload = msgspec.json.encode({"provision_token": token, "metrics": {"temperature": 21.5}})
    tenant.publish_raw(f"tenant/{tenant.name}/device/{device_id}/telemetry", payload)


def stored(tenant: Tenant) -> int:
    total: int = tenant.call("GET", "/customer/messages")["total"]
    return total


def refused(tenant: Tenant) -> list[str]:
    page = tenant.call("GET", "/customer/rejected-messages")
    return [message["reason"] for message in page["messages"]]


def test_bulk_devices_show_each_tokens_once(
    page: Page, site: ConsoleSite, tenant: Tenant, tmp_path: Path
) -> None:
    tenant.add_device("DEV-0")
    sign_in(page, site.url, tenant.token(), "/devices/bulk")
    page.get_by_label("Devices", exact=True).fill(
        "device_id,site_id,provision_token\n"
        "DEV-0,,\nDEV-1,HALL-1,\nDEV 2,HALL-2,\nDEV-3,,own-token-3\n"
    )
    expect(page.get_by_text("1 line with a fault")).to_be_visible()
    expect(page.get_by_text("A device id has 1 to 128 characters")).to_be_visible()
    page.get_by_role("button", name="Register 3", exact=True).click()

    expect(page.get_by_text("2 registered", exact=True)).to_be_visible()
    expect(page.get_by_text("1 there already")).to_be_visible()
    token = next(
        line
        for line in download(page, "Download as CSV", tmp_path).splitlines()
        if line.startswith("DEV-1,HALL-1,")
    ).split(",")[2]
    speak(tenant, "DEV-1", token)
    wait_here(lambda: stored(tenant) == 1)
    assert token not in page.content(), "it is masked until it is wanted"
    given = [
        json.loads(line) for line in download(page, "Download as NDJSON", tmp_path).splitlines()
    ]
    assert {"device_id": "DEV-1", "site_id": "HALL-1", "provision_token": token} in given
    assert "DEV-0" not in {device["device_id"] for device in given}, "it stays as it was"

    page.get_by_label("I have kept it").check()
    page.get_by_role("button", name="Forget them here").click()
    expect(page.get_by_text("shown this once")).to_have_count(0)
    page.reload()
    expect(page.get_by_label("Devices", exact=True)).to_be_visible()
    assert token not in page.content()


def test_refused_lines_are_mended_and_sent_again_without_losing_a_token(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    sign_in(page, site.url, tenant.token(), "/devices/bulk")
    lines = page.get_by_label("Devices", exact=True)
    lines.fill('{"device_id": "DEV-1"}\n{"device_id": "DEV-2", "site_id": "a\\u0000b"}')
    page.get_by_role("button", name="Register 2", exact=True).click()
    expect(page.get_by_text("1 refused", exact=True)).to_be_visible()
    page.get_by_role("button", name="Mend the 1 refused line").click()
    expect(lines).to_have_value('{"device_id":"DEV-2","site_id":"a\\u0000b"}')
    lines.fill('{"device_id": "DEV-2", "site_id": "b"}')
    page.get_by_role("button", name="Register 1", exact=True).click()
    expect(page.get_by_role("heading", name="2 tokens, shown this once")).to_be_visible()
    devices = tenant.call("GET", "/customer/devices")["devices"]
    assert [device["device_id"] for device in devices] == ["DEV-1", "DEV-2"]


def download(page: Page, button: str, folder: Path) -> str:
    """Press a button that gives a file, and read it."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name=button).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path.read_text()


def test_refused_message_leads_to_its_device(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    tenant.add_device("DEV-1")
    speak(tenant, "DEV-7", DEVICE_TOKEN)
    wait_here(lambda: refused(tenant) == ["UNREGISTERED_DEVICE"])
    sign_in(page, site.url, tenant.token(), "/rejected")
    page.get_by_role("row").filter(has_text="UNREGISTERED_DEVICE").click()
    page.get_by_role("link", name="Register", exact=False).first.click()

    expect(page.get_by_role("heading", name="Register a device", level=1)).to_be_visible()
    expect(page.get_by_label("Device id")).to_have_value("DEV-7")
    expect(page.get_by_text("DEV-7 has sent messages that were refused")).to_be_visible()
    page.get_by_role("button", name="Register", exact=True).click()
    page.get_by_role("button", name="Show", exact=True).click()
    token = page.locator(".secret code").inner_text()
    expect(page.get_by_role("link", name="Go to its page")).to_have_count(0)
    page.get_by_label("I have kept it").check()
    page.get_by_role("link", name="Go to its page").click()

    expect(page.get_by_role("heading", name="DEV-7")).to_be_visible()
    speak(tenant, "DEV-7", token)
    expect(page.locator(".newest").get_by_text("21.5")).to_be_visible()
    page.go_back()
    assert token not in page.content(), "it was shown once"


def test_a_rotated_token_overlaps_with_the_one_before(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    sign_in(page, site.url, tenant.token(), "/devices/DEV-1")
    page.get_by_role("button", name="New token").click()
    page.get_by_label("The token before holds on for").select_option("1 hour")
    page.get_by_role("button", name="Make it").click()
    dialog = page.get_by_role("dialog")
    close = dialog.get_by_role("button", name="Close")
    expect(close).to_be_disabled()
    dialog.get_by_role("button", name="Show").click()
    token = dialog.locator("code").inner_text()
    dialog.get_by_label("I have kept it").check()
    close.click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text("Token before holds until")).to_be_visible()
    for each in (token, DEVICE_TOKEN):
        speak(tenant, "DEV-1", each)
    wait_here(lambda: stored(tenant) == 2)
    assert refused(tenant) == []
    assert token not in page.content()


def test_revoking_is_undone(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    tenant.add_device("DEV-1")
    sign_in(page, site.url, tenant.token(), "/devices/DEV-1")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="DEV-1 REVOKED")).to_be_visible()
    speak(tenant, "DEV-1", DEVICE_TOKEN)
    wait_here(lambda: refused(tenant) == ["DEVICE_REVOKED"])
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="DEV-1 ACTIVE")).to_be_visible()
    speak(tenant, "DEV-1", DEVICE_TOKEN)
    wait_here(lambda: stored(tenant) == 1)


def test_a_device_is_deleted_when_one_has_been_asked(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("status of 404")
    tenant.add_device("DEV-1")
    sign_in(page, site.url, tenant.token(), "/devices/DEV-1")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("button", name="Delete DEV-1").click()
    expect(page.get_by_role("heading", name="Devices", level=1)).to_be_visible()
    assert tenant.call("GET", "/customer/devices")["total"] == 0
    page.go_back()
    expect(page.get_by_text("There is no device DEV-1")).to_be_visible()


def test_devices_are_found_sorted_and_silent(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    for number in range(3):
        tenant.add_device(f"DEV-{number}", site_id=f"SITE-{number % 2}")
    tenant.publish("DEV-0", {"temperature": 20})
    sign_in(page, site.url, tenant.token(), "/devices?silent_for=1d")
    expect(page.get_by_text("These filters show none.")).to_be_visible()
    page.get_by_role("button", name="Without silent_for:1d").click()
    expect(page.get_by_role("row")).to_have_count(4)
    page.get_by_role("button", name="Registered").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("DEV-2")
    assert "sort=newest" in page.url
    page.get_by_role("combobox").fill("site:SITE-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(2)
    page.reload()
    expect(page.get_by_role("row").nth(1)).to_contain_text("DEV-1")
    assert "site_id=SITE-1" in page.url


def test_zooming_a_chart_stands_in_the_address_and_the_table_says_the_same(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    tenant.publish("DEV-1", {"temperature": 21.5, "door": "open"})
    sign_in(page, site.url, tenant.token(), "/devices/DEV-1?tab=metrics&last=1h")
    chart = page.locator("figure.chart")
    expect(chart).to_have_count(1)
    chart.get_by_text("As a table").click()
    expect(chart.get_by_role("cell", name="21.5").first).to_be_visible()
    expect(page.get_by_label("Chart door")).to_be_disabled()
    box = chart.locator(".chart-plot").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, middle, steps=5)
    page.mouse.up()
    page.wait_for_url("**from=*")
    assert "to=" in page.url
    page.go_back()
    expect(page).to_have_url(f"{site.url}/console/devices/DEV-1?tab=metrics&last=1h")


def test_operators_see_the_devices_of_all_tenants(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    sign_in(page, site.url, site.operator_token(), f"/devices?tenant_id={tenant.name}")
    row = page.get_by_role("row").filter(has_text=tenant.name)
    expect(row).to_have_count(1)
    row.click()
    expect(page.get_by_role("heading", name="DEV-1")).to_be_visible()
    assert f"tenant={tenant.name}" in page.url
    expect(page.get_by_role("button", name="Revoke")).to_be_disabled()
    assert axe_faults(page) == []
