"""The live tail against the real router: paused, flooded, narrowed down, left and come back to."""

from __future__ import annotations

import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from playwright.sync_api import expect

from tests.support.apart import run_apart
from tests.support.browser.console import ConsoleSite, Tenant, axe_faults, sign_in
from tests.support.commands.router import DEVICE_TOKEN
from tests.support.mqtt.publisher import open_publisher

if TYPE_CHECKING:
    from playwright.sync_api import Page, WebSocket

HELD = 10_000
MOST_ROWS = 60
MOST_ELEMENTS = 1_500
BIG = 12345678901234567890
STREAM = "/api/v1/customer/telemetry/stream"
ROWS = ".table-body .table-row"

_COUNT_ROWS = """() => {
  const seen = (window.seen = { made: 0, rows: 0, elements: 0 });
  const count = (records) => {
    for (const record of records)
      for (const node of record.addedNodes)
        seen.made += node instanceof Element && node.matches('.table-row') ? 1 : 0;
    seen.rows = Math.max(seen.rows, document.querySelectorAll('.table-body .table-row').length);
    seen.elements = Math.max(seen.elements, document.querySelectorAll('*').length);
  };
  new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
}"""

_COUNTED = """(n) => {
  const facts = [...document.querySelectorAll('.tail-counts > div')];
  const come = facts.filter((fact) => !fact.textContent.startsWith('held'));
  const figure = (fact) => Number(fact.querySelector('.number').textContent.replace(',', ''));
  return come.reduce((sum, fact) => sum + figure(fact), 0) === n;
}"""


def streams_of(page: Page) -> list[WebSocket]:
    """The live streams that a page opens from now on."""
    found: list[WebSocket] = []

    def note(socket: WebSocket) -> None:
        if STREAM in socket.url:
            found.append(socket)

    page.on("websocket", note)
    return found


def open_live(page: Page, site: ConsoleSite, tenant: Tenant, query: str = "") -> None:
    sign_in(page, site.url, tenant.token(), f"/live{query}")
    expect(page.locator(".tail-line [role=status]")).to_have_text("Live")


def counted(page: Page, n: int) -> None:
    """Wait until so many were counted, no more and no fewer."""
    figure = page.locator(".tail-counts dd .number").first
    exact = f"{n:,}"
    if n < HELD:
        expect(figure).to_have_text(exact)
    else:
        expect(figure).to_have_attribute("title", exact)


def publish(tenant: Tenant, numbers: range, *, per_second: float) -> None:
    """Send numbered readings at a rate."""
    topic = f"tenant/{tenant.name}/device/DEV-1/telemetry"
    token = {"provision_token": DEVICE_TOKEN}
    readings = (msgspec.json.encode(token | {"metrics": {"n": n, "big": BIG}}) for n in numbers)

    async def send() -> None:
        async with open_publisher(tenant.world.broker.port) as publisher:
            await publisher.publish_all(
                zip(itertools.repeat(topic), readings, strict=False), per_second=per_second
            )
            await publisher.wait_for(len(numbers))

    run_apart(send)


def download(page: Page) -> list[str]:
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download").click()
    assert saved.value.suggested_filename.endswith(".ndjson")
    return Path(saved.value.path()).read_text().splitlines()


def test_paused_tail_resumes_without_loss(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    tenant.add_device("DEV-1")
    streams = streams_of(page)
    open_live(page, site, tenant)
    publish(tenant, range(5), per_second=20)
    counted(page, 5)
    page.keyboard.press("p")
    expect(page.locator(".tail-line [role=status]")).to_have_text("Paused")
    publish(tenant, range(5, HELD + 305), per_second=50_000)
    # As many are held as may be; then the line is closed, and what is in view has not moved.
    expect(page.locator(".tail-line [role=status]")).to_have_text("Full")
    expect(page.locator(ROWS)).to_have_count(5)
    expect(page.locator(ROWS).first).to_contain_text('"n":4,')
    counted(page, HELD + 5)
    [stream] = streams
    assert stream.is_closed()
    page.get_by_role("button", name="Resume").click()
    counted(page, HELD + 305)
    [_, resumed] = streams
    assert re.search(r"\?after=\d+$", resumed.url)
    lines = download(page)
    assert [msgspec.json.decode(line)["metrics"]["n"] for line in lines] == [
        *range(305, HELD + 305)
    ]
    assert all(f'"big":{BIG}' in line for line in lines)
    expect(page.locator(ROWS).first).to_contain_text(f'"big":{BIG}')


def test_thousand_events_a_second_render_sixty_rows(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    open_live(page, site, tenant)
    page.evaluate(_COUNT_ROWS)
    publish(tenant, range(3_000), per_second=1_000)
    # A page that the machine holds up is told how many it did not get: none goes without a word.
    page.wait_for_function(_COUNTED, arg=3_000)
    expect(page.get_by_text(re.compile(r"1 of \d+ shown; all are counted\."))).to_be_visible()
    seen = page.evaluate("window.seen")
    assert 10 < seen["rows"] <= MOST_ROWS
    assert seen["elements"] <= MOST_ELEMENTS
    assert seen["made"] < 1_000, "rows are made of events that nobody sees"
    # A filter shows all again.
    page.get_by_role("combobox").last.fill('"\\"n\\":299"')
    page.keyboard.press("Enter")
    newest = page.locator(ROWS).filter(has_text=re.compile(r'"n":299\d,'))
    expect(newest).to_have_count(10)
    expect(page.get_by_text("all are counted.")).to_have_count(0)


def test_rows_stay_while_one_reads_them(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    tenant.add_device("DEV-1")
    open_live(page, site, tenant)
    publish(tenant, range(60), per_second=40)
    counted(page, 60)
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 700)
    expect(page.locator(".tail-line [role=status]")).to_have_text("Held while you read")
    shown = page.locator(ROWS).all_text_contents()
    publish(tenant, range(60, 70), per_second=20)
    counted(page, 70)
    page.get_by_role("button", name="10 new rows: show").click()
    expect(page.locator(ROWS).first).to_contain_text('"n":69,')
    expect(page.locator(".tail-line [role=status]")).to_have_text("Live")
    assert not any('"n":69,' in row for row in shown)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert axe_faults(page) == []


def test_filters_of_the_tail_are_in_the_address(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    for device in ("DEV-1", "DEV-2"):
        tenant.add_device(device)
    open_live(page, site, tenant)
    for device in ("DEV-1", "DEV-2", "DEV-1"):
        tenant.publish(device, {"t": 1, "noise": 2})
    counted(page, 3)
    page.get_by_role("button", name=re.compile("DEV-1 2")).click()
    expect(page).to_have_url(re.compile(r"/live\?device_id=DEV-1$"))
    counted(page, 2)  # What is held and passes stays.
    page.reload()
    expect(page.locator(".tail-line [role=status]")).to_have_text("Live")
    tenant.publish("DEV-2", {"t": 3})
    tenant.publish("DEV-1", {"t": 4})
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_contain_text('{"t":4}')
    # A row leads to its trace, and Back to what was held.
    page.locator(ROWS).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("no route")
    tenant.publish("DEV-1", {"t": 5})
    page.go_back()
    expect(page.locator(ROWS)).to_have_count(2)
    expect(page.locator(ROWS).first).to_contain_text('{"t":5}')


def test_tail_says_why_its_line_was_closed(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    open_live(page, site, tenant)
    page.goto(f"{site.url}/console/live?group_id=9999999999999999999")
    line = page.locator(".tail-line")
    expect(line).to_contain_text("A filter is not valid, or too much was asked at once.")
    expect(line.get_by_role("button", name="Connect again")).to_be_visible()
