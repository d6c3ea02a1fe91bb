"""Dead letters as one works on them: found, replayed with care, given up, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.support.apart import run_apart
from tests.support.browser.console import ConsoleSite, Tenant, Watch, axe_faults, sign_in
from tests.support.browser.dead_letters import add_dead_letters, statuses
from tests.support.browser.furnished import wait_here

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

PATIENCE_MILLISECONDS = 20_000
JOB_MILLISECONDS = 90_000
MOST_ROWS = 60
LAST_ROW = (
    "Math.max(...[...document.querySelectorAll('.table-body .table-row')]"
    ".map((row) => Number(row.getAttribute('aria-rowindex'))))"
)


@pytest.fixture(autouse=True)
def _quiet_sink(site: ConsoleSite) -> Iterator[None]:
    """An endpoint that takes what comes, before each journey and after it."""
    site.sink.status_of, site.sink.received = None, []
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    yield
    expect.set_options()
    site.sink.status_of = None


@pytest.fixture
def hook(site: ConsoleSite) -> str:
    return f"http://127.0.0.1:{site.sink.port}/hook"


def rows(page: Page) -> Locator:
    return page.locator(".table-body .table-row")


def open_letters(page: Page, site: ConsoleSite, tenant: Tenant, query: str = "") -> None:
    sign_in(page, site.url, tenant.token(), f"/dead-letters{query}")
    rows(page).first.wait_for()


def select_all(page: Page) -> Locator:
    """Select all that match by their key, and give the bar of what can be done."""
    page.keyboard.press("*")
    bar = page.get_by_role("region", name="Actions")
    bar.wait_for()
    return bar


def wait_for_end(page: Page, state: str = "DONE") -> None:
    """Wait until a job's page says that it has come to this."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(state, timeout=JOB_MILLISECONDS)


def test_all_that_match_leaves_later_arrivals_alone(
    page: Page, site: ConsoleSite, tenant: Tenant, hook: str
) -> None:
    route = tenant.add_webhook(hook)
    before = add_dead_letters(tenant, 30, route_id=route, url=hook)
    open_letters(page, site, tenant, "?status=FAILED")
    bar = select_all(page)
    later = add_dead_letters(tenant, 5, route_id=route, url=hook)
    bar.get_by_role("button", name="Discard").click()
    dialog = page.get_by_role("dialog", name="Discard 30 dead letters")
    expect(dialog).to_contain_text("status:FAILED")
    expect(dialog).to_contain_text(str(before[-1]))
    dialog.get_by_role("button", name="Discard 30").click()
    page.wait_for_url(re.compile(r"/jobs/\d+"))
    wait_for_end(page)
    assert statuses(tenant) == {"DISCARDED": len(before), "FAILED": len(later)}


def test_filter_survives_reload_and_is_the_one_replayed(
    page: Page, site: ConsoleSite, tenant: Tenant, hook: str
) -> None:
    route, other = tenant.add_webhook(hook), tenant.add_webhook(hook, name="other")
    wanted = add_dead_letters(tenant, 4, route_id=route, url=hook, error="HTTP 503 queue full")
    add_dead_letters(tenant, 3, route_id=other, url=hook, error="HTTP 503 queue full")
    add_dead_letters(tenant, 3, route_id=route, url=hook, error="no answer within 10 s")
    open_letters(page, site, tenant)
    expect(rows(page)).to_have_count(10)
    bar = page.get_by_role("combobox", name="Add a filter")
    bar.fill(f'status:FAILED route:{route} error:"queue full" last:24h')
    bar.press("Enter")
    expect(rows(page)).to_have_count(len(wanted))
    assert "last=24h" in page.url
    page.reload()
    expect(rows(page)).to_have_count(len(wanted))
    expect(page.locator(".chip")).to_have_count(4)
    page.get_by_role("heading", level=1).click()
    select_all(page).get_by_role("button", name="Replay", exact=True).click()
    dialog = page.get_by_role("dialog", name=f"Replay {len(wanted)} dead letters")
    expect(dialog).to_contain_text('error:"queue full"')
    assert axe_faults(page) == []
    dialog.get_by_role("button", name=f"Replay {len(wanted)}").click()
    page.wait_for_url(re.compile(r"/jobs/\d+"))
    wait_for_end(page)
    assert len(site.sink.received) == len(wanted)
    assert statuses(tenant) == {"REPLAYED": len(wanted), "FAILED": 6}
    page.go_back()
    expect(page.locator(".chip")).to_have_count(4)


def test_staged_replay_stops_when_the_first_fails(
    page: Page, site: ConsoleSite, tenant: Tenant, hook: str
) -> None:
    site.sink.status_of = lambda _request: 500
    route = tenant.add_webhook(hook)
    letters = add_dead_letters(tenant, 40, route_id=route, url=hook)
    open_letters(page, site, tenant)
    select_all(page).get_by_role("button", name="Replay", exact=True).click()
    dialog = page.get_by_role("dialog", name="Replay 40 dead letters")
    expect(dialog.get_by_label("One, then ten, then the rest")).to_be_checked()
    dialog.get_by_role("button", name="Replay 40").click()
    page.wait_for_url(re.compile(r"/jobs/\d+"))
    wait_for_end(page, "STOPPED")
    assert len(site.sink.received) == 1
    expect(rows(page)).to_have_count(1)  # the one that failed
    expect(rows(page)).to_contain_text("HTTP 500")
    site.sink.status_of = None  # mended
    page.get_by_role("button", name="Try again what failed").click()
    wait_for_end(page)
    assert statuses(tenant) == {"REPLAYED": len(letters)}


def test_job_goes_on_after_reload_and_router_restart(
    page: Page, site: ConsoleSite, tenant: Tenant, hook: str, watch: Watch
) -> None:
    watch.expect("ERR_CONNECTION_REFUSED", "WebSocket", "ERR_", "status of 5")
    route = tenant.add_webhook(hook)
    letters = add_dead_letters(tenant, 3000, route_id=route, url=hook)
    open_letters(page, site, tenant)
    select_all(page).get_by_role("button", name="Replay", exact=True).click()
    page.get_by_role("button", name="Replay 3,000").click()
    page.wait_for_url(re.compile(r"/jobs/\d+"))
    wait_here(lambda: len(site.sink.received) > 50)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Replay 3,000")
    site.world.router.stop()
    assert statuses(tenant).get("FAILED", 0) > 0, "it was done before the router stopped"
    run_apart(site.world.router.start_and_wait)
    wait_for_end(page)
    assert statuses(tenant) == {"REPLAYED": len(letters)}
    ids = [request.headers["webhook-id"] for request in site.sink.received]
    assert len(set(ids)) == len(letters)


def test_discard_is_undone(page: Page, site: ConsoleSite, tenant: Tenant, hook: str) -> None:
    route = tenant.add_webhook(hook)
    add_dead_letters(tenant, 6, route_id=route, url=hook)
    open_letters(page, site, tenant)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("J")  # on to the next row
    page.get_by_role("button", name="Discard 2").click()
    expect(page.get_by_text("Discarded 2 dead letters.")).to_be_visible()
    assert statuses(tenant) == {"FAILED": 4, "DISCARDED": 2}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone.")).to_be_visible()
    assert statuses(tenant) == {"FAILED": 6}
    # Later the page of each offers it, too.
    rows(page).first.get_by_role("link").click()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("DISCARDED")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("FAILED")


def test_purge_names_its_count_first(
    page: Page, site: ConsoleSite, tenant: Tenant, hook: str
) -> None:
    route, day = tenant.add_webhook(hook), 86_400
    add_dead_letters(tenant, 1204, route_id=route, url=hook, age_seconds=40 * day)
    add_dead_letters(tenant, 3, route_id=route, url=hook, age_seconds=10 * day)
    open_letters(page, site, tenant)
    page.get_by_role("button", name="Purge by age").click()
    dialog = page.get_by_role("dialog", name="Purge by age")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dialog).to_contain_text("1,204 dead letters are older than 30 days")
    purge = dialog.get_by_role("button", name="Purge 1,204")
    expect(purge).to_have_attribute("aria-disabled", "true")
    purge.dispatch_event("click")
    assert axe_faults(page) == []
    assert sum(statuses(tenant).values()) == 1207
    dialog.get_by_label("Type 1204 to confirm").fill("1204")
    purge.click()
    expect(page.get_by_text("Purged 1,204 dead letters.")).to_be_visible()
    expect(rows(page)).to_have_count(3)
    assert statuses(tenant) == {"FAILED": 3}


def test_ten_thousand_dead_letters_scroll_by_keyboard(
    page: Page, site: ConsoleSite, tenant: Tenant, hook: str
) -> None:
    route = tenant.add_webhook(hook)
    letters = add_dead_letters(tenant, 10_000, route_id=route, url=hook)
    open_letters(page, site, tenant)
    grid = page.get_by_role("grid", name="Dead letters")
    expect(grid).to_have_attribute("aria-rowcount", str(len(letters) + 1))
    places = []
    for _ in range(60):
        page.keyboard.press("j")
        row = page.locator(".table-row:focus")
        places.append(int(row.get_attribute("aria-rowindex") or 0))
        seen = row.evaluate(
            "it => { const box = it.getBoundingClientRect();"
            " return box.top >= 48 && box.bottom <= innerHeight }"
        )
        assert seen, f"row {places[-1]} is hidden"
    assert places == list(range(2, 62))
    for _ in range(40):
        page.keyboard.press("End")
        assert rows(page).count() <= MOST_ROWS
        if page.evaluate(LAST_ROW) > 1000:
            break
        page.wait_for_timeout(250)
    assert page.evaluate(LAST_ROW) > 1000  # pages of a hundred came as it went on
    page.keyboard.press("k")  # the row that had the focus is still there, and the way goes on
    expect(page.locator(".table-row:focus")).to_have_attribute("aria-rowindex", "60")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Dead letter {letters[-59]}")
    page.keyboard.press("Escape")
    expect(page.locator(".table-row:focus")).to_have_attribute("aria-rowindex", "60")
