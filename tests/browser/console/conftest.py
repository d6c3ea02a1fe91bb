"""One router and one Chromium for all journeys of a worker; a tenant and a page for each test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pulse_router.console.site import FOLDER, PAGE
from tests.support.apart import run_apart
from tests.support.browser.console import ConsoleSite, Tenant, Watch
from tests.support.browser.furnished import Furnished, furnish
from tests.support.browser.window import BROWSER, PATIENCE_SECONDS
from tests.support.commands.router import world_of
from tests.support.delivery.sink import WebhookSink
from tests.support.servers.mosquitto import prepared_broker
from tests.support.servers.postgres import PostgresForTests

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A browser."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it is slow to import

    # trio-asyncio has made itself the policy of all threads, and Playwright cannot use its loops.
    asyncio.set_event_loop_policy(asyncio.DefaultEventLoopPolicy())
    try:
        with sync_playwright() as playwright:
            # Chromium's own sandbox does not work for root.
            browser = playwright.chromium.launch(
                executable_path=BROWSER, chromium_sandbox=False, timeout=PATIENCE_SECONDS * 1000
            )
            yield browser
            browser.close()
    finally:
        asyncio.set_event_loop_policy(None)


@pytest.fixture(scope="package")
def site(postgres_server: PostgresForTests) -> Iterator[ConsoleSite]:
    """A router at work with its broker, its database and an endpoint, and the console built."""
    assert (FOLDER / PAGE).exists(), "the console is not built: make console"
    database = postgres_server.create_database()
    sink = WebhookSink()
    sink.start()
    try:
        with prepared_broker() as broker:
            broker.start()
            with world_of(postgres_server, database, broker) as world:
                run_apart(world.router.start_and_wait)
                yield ConsoleSite(world, sink)
                assert "eyJ" not in world.router.text, "a token is in the log"
    finally:
        sink.stop()
        postgres_server.drop_database(database)


@pytest.fixture
def tenant(site: ConsoleSite) -> Tenant:
    """A tenant that has nothing yet."""
    return site.new_tenant()


@pytest.fixture(scope="package")
def furnished(site: ConsoleSite) -> Furnished:
    """A tenant that has one of everything, for tests that only look."""
    return furnish(site, site.new_tenant())


@pytest.fixture
def watch(site: ConsoleSite) -> Iterator[Watch]:
    """Fails the test on what no page may do; `expect` what the test itself provokes."""
    watching = Watch(urlsplit(site.url).netloc)
    yield watching
    watching.check()


@pytest.fixture
def context(chromium: Browser, watch: Watch) -> Iterator[BrowserContext]:
    """A browser's profile of its own, watched; tests may open further pages in it."""
    opened = chromium.new_context(
        viewport={"width": 1440, "height": 900}, reduced_motion="reduce", locale="en-GB"
    )
    opened.set_default_timeout(20_000)
    watch.follow(opened)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that nobody is signed in at: `sign_in` does that."""
    return context.new_page()
