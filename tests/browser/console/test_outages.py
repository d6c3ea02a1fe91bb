"""The console while something behind it is away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in
from tests.support.browser.window import PATIENCE_SECONDS

if TYPE_CHECKING:
    from playwright.sync_api import Page

LONG = PATIENCE_SECONDS * 1000


def test_database_away_leaves_the_console_usable(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("503")
    tenant.add_device("DEV-1")
    sign_in(page, site.url, site.operator_token(), "/operator")
    # The first, whoever it is: a table shows those of many tenants that are in sight.
    row = page.get_by_role("row").get_by_role("link").first
    expect(row).to_be_visible(timeout=LONG)
    site.world.postgres.stop()
    try:
        # What is there stays, and it is said that newer cannot be read, and when it is tried again.
        expect(page.get_by_role("alert").first).to_contain_text("tried again", timeout=LONG)
        expect(row).to_be_visible()
        page.get_by_role("button", name="You and this browser").click()
        page.get_by_role("link", name="About").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("About")
        expect(page.get_by_role("main")).to_contain_text("The database", timeout=LONG)
        page.goto(f"{site.url}/console/operator")
        expect(page.get_by_role("heading", level=1)).to_have_text("Tenants")
        expect(page.get_by_role("alert").first).to_be_visible(timeout=LONG)
    finally:
        site.world.postgres.start()
    # It goes on by itself.
    expect(row).to_be_visible(timeout=LONG)
    expect(page.get_by_role("alert")).to_have_count(0, timeout=LONG)


def test_router_away_is_said_and_passes(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("ERR_INTERNET_DISCONNECTED")
    sign_in(page, site.url, tenant.token(), "/settings")
    page.context.set_offline(True)
    page.get_by_role("searchbox", name="Find").fill("DEV-1")
    page.keyboard.press("Enter")
    bar = page.get_by_text("The router cannot be reached. It answered last at")
    expect(bar).to_be_visible()
    page.context.set_offline(False)
    expect(bar).to_be_hidden(timeout=LONG)
    expect(page.get_by_text("Nothing is called DEV-1.")).to_be_visible(timeout=LONG)
