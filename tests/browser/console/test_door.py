"""How one comes in, stays in, and is told what a browser lacks."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.support.apart import run_apart
from tests.support.browser.console import ConsoleSite, Tenant, Watch, sign_in
from tests.support.browser.window import BROWSER, PATIENCE_SECONDS
from tests.support.commands.router import RouterProcess
from tests.support.servers.issuer import AUDIENCE
from tests.support.servers.sign_in import BUTTON, CLIENT_ID, SignIn, open_sign_in
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def issuer() -> Iterator[SignIn]:
    with open_sign_in() as opened:
        yield opened


@pytest.fixture(scope="module")
def router(site: ConsoleSite, issuer: SignIn) -> Iterator[RouterProcess]:
    """A router where one signs in at the issuer; it shares all else with the site's."""
    settings = {
        "PULSE_AUTH_ISSUER": issuer.issuer.url,
        "PULSE_AUTH_AUDIENCE": AUDIENCE,
        "PULSE_AUTH_CONSOLE_CLIENT_ID": CLIENT_ID,
        "PULSE_MQTT_CLIENT_ID": "beside",
    }
    beside = RouterProcess(site.world.router.environment | settings)
    beside.start()
    try:
        run_apart(partial(wait_until, lambda: beside.missing == {}, seconds=PATIENCE_SECONDS))
        yield beside
    finally:
        beside.stop()


@pytest.fixture
def beside(router: RouterProcess, issuer: SignIn, chromium: Browser) -> Iterator[Page]:
    """A page of a browser that has never been at the issuer; that one may be asked, too."""
    watch = Watch(urlsplit(router.url).netloc)
    watch.expect(f"asked elsewhere: {issuer.origin}/", "favicon.ico")
    context = chromium.new_context()
    watch.follow(context)
    issuer.prompts.clear()
    issuer.redeemed.clear()
    yield context.new_page()
    context.close()
    watch.check()


def test_issuer_sign_in_returns_to_the_same_page(
    beside: Page, router: RouterProcess, issuer: SignIn
) -> None:
    wanted = f"{router.url}/console/settings?tab=keys"
    beside.goto(wanted)
    beside.get_by_role("button", name="Sign in at").click()
    beside.get_by_role("button", name=BUTTON).click()
    expect(beside.get_by_role("heading", level=1)).to_have_text("Settings")
    assert beside.url == wanted
    assert issuer.prompts == [""]

    # A reload asks nobody anything: the issuer still knows who it is.
    beside.reload()
    expect(beside.get_by_role("heading", level=1)).to_have_text("Settings")
    assert beside.url == wanted
    assert issuer.prompts == ["", "none"]
    kept = beside.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])")
    assert "eyJ" not in kept


def test_issuer_token_is_renewed_before_it_ends(
    beside: Page, router: RouterProcess, issuer: SignIn
) -> None:
    issuer.access_seconds = 10  # renewed at half its time
    beside.goto(f"{router.url}/console/settings")
    beside.get_by_role("button", name="Sign in at").click()
    with beside.expect_request(
        lambda asked: "refresh_token" in (asked.post_data or ""), timeout=PATIENCE_SECONDS * 1000
    ):
        beside.get_by_role("button", name=BUTTON).click()
    expect(beside.get_by_role("heading", level=1)).to_have_text("Settings")
    assert issuer.redeemed[:2] == ["authorization_code", "refresh_token"]


def test_link_is_taken_out_of_the_address_and_asked_about(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    page.goto(f"{site.url}/console/settings#token={tenant.token('customer_viewer')}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in with this link?")
    assert page.url == f"{site.url}/console/settings"
    facts = page.get_by_role("main")
    expect(facts).to_contain_text(tenant.name)
    expect(facts).to_contain_text("customer_viewer")
    assert page.evaluate("sessionStorage.length") == 0

    page.get_by_role("button", name="No, do not").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert page.evaluate("sessionStorage.length") == 0


def test_token_that_ends_keeps_the_form(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect("401")
    page.clock.install()
    sign_in(page, site.url, tenant.token(), "/settings")
    field = page.get_by_role("searchbox", name="Find")
    field.fill("DEV-that-is-typed")

    # An hour later, but for four minutes, it is said; then it has ended.
    page.clock.fast_forward("56:00")
    expect(page.get_by_text("Your token ends in")).to_be_visible()
    page.clock.fast_forward("04:00")

    over = page.get_by_role("dialog", name="Your token has ended")
    expect(over).to_be_visible()
    over.get_by_label("Token").fill("no token")
    over.get_by_role("button", name="Use this token").click()
    expect(over.get_by_role("alert")).to_contain_text("does not take this token")
    over.get_by_label("Token").fill(tenant.token("customer_viewer"))
    over.get_by_role("button", name="Use this token").click()
    expect(over).to_be_hidden()

    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")
    expect(field).to_have_value("DEV-that-is-typed")
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Find: DEV-that-is-typed")
    expect(page.get_by_text("Nothing is called DEV-that-is-typed.")).to_be_visible()


def test_plain_http_says_what_is_missing_and_copies(
    site: ConsoleSite, tenant: Tenant, chromium: Browser
) -> None:
    # A name that is not localhost, as the router's machine has in its network.
    port = site.world.router.http_port
    browser = chromium.browser_type.launch(
        executable_path=BROWSER,
        chromium_sandbox=False,
        timeout=PATIENCE_SECONDS * 1000,
        args=["--host-resolver-rules=MAP plant.test 127.0.0.1"],
    )
    watch = Watch(f"plant.test:{port}")
    watch.expect("Cross-Origin-Opener-Policy header has been ignored")  # as over plain HTTP it is
    context = browser.new_context()
    watch.follow(context)
    page = context.new_page()
    page.goto(f"http://plant.test:{port}/console/about")
    assert page.evaluate("isSecureContext") is False
    insecure = page.get_by_role("region", name="This page came over plain HTTP")
    expect(insecure).to_contain_text("one cannot sign in with an issuer")
    expect(insecure).to_contain_text(f"ssh -L {port}:localhost:{port} plant.test")

    page.get_by_label("Token").fill(tenant.token())
    page.get_by_role("button", name="Use this token").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("About")
    expect(page.get_by_text("Cryptography and the clipboard")).to_be_visible()

    page.get_by_role("button", name="Copy", exact=True).first.click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    field = page.get_by_role("searchbox", name="Find")
    field.focus()
    page.keyboard.press("Control+V")
    expect(field).to_have_value("pulse-router check --connect")
    browser.close()
    watch.check()
