"""Groups in the console: made, filled, emptied with the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_a_group_is_made_filled_and_emptied_with_the_way_back(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    for number in range(3):
        tenant.add_device(f"DEV-{number}")
    sign_in(page, site.url, tenant.token(), "/groups")
    page.get_by_role("button", name="Make a group").click()
    page.get_by_label("Name").fill("Pumps")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("heading", name="Pumps", level=1)).to_be_visible()
    page.get_by_label("Add a device").fill("DEV-0 DEV-2")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("2 devices added.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(3)

    page.get_by_role("checkbox", name="Select Device DEV-0").check()
    page.get_by_role("button", name="Take 1 out").click()
    expect(page.get_by_role("row")).to_have_count(2)
    assert members(tenant) == ["DEV-2"]
    page.get_by_role("status").get_by_role("button", name="Undo").last.click()
    expect(page.get_by_role("row")).to_have_count(3)
    assert members(tenant) == ["DEV-0", "DEV-2"]

    page.get_by_role("row").filter(has_text="DEV-2").click()
    page.get_by_role("link", name="Pumps").click()
    expect(page.get_by_role("heading", name="Pumps", level=1)).to_be_visible()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete Pumps").click()
    expect(page.get_by_text("There is no group yet.")).to_be_visible()


def members(tenant: Tenant) -> list[Any]:
    [group] = tenant.call("GET", "/customer/device-groups")["groups"]
    found: list[Any] = tenant.call("GET", f"/customer/device-groups/{group['id']}")["device_ids"]
    return found
