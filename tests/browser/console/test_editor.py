"""A route is written on what real messages are, and its effect is seen before it is saved."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Locator, expect

from tests.support.browser.console import ConsoleSite, Tenant, Watch, axe_faults, sign_in

if TYPE_CHECKING:
    from playwright.sync_api import Page

BIG = 12345678901234567890
REFUSED = "status of 422"
"""What the browser says of a draft that the router has found a fault in."""
CHANGED_MEANWHILE = "status of 412"


def hook(site: ConsoleSite, path: str = "/hook") -> str:
    return f"http://127.0.0.1:{site.sink.port}{path}"


def route_of(tenant: Tenant, number: int) -> dict[str, Any]:
    route: dict[str, Any] = tenant.call("GET", f"/customer/message-routes/{number}")
    return route


def as_json(page: Page) -> Locator:
    """Turn to the draft as JSON."""
    page.get_by_role("button", name="JSON", exact=True).click()
    return page.get_by_label("The route as JSON")


def as_form(page: Page) -> None:
    page.get_by_role("button", name="Form", exact=True).click()


def verdict(page: Page) -> Locator:
    return page.locator(".verdict-said")


def test_route_is_drafted_on_the_last_real_message_and_saved(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    tenant.add_device("DEV-1")
    tenant.publish("DEV-1", {"temperature": 71.5, "door": "open"})
    sign_in(page, site.url, tenant.token(), "/routes/new")
    # The verdict is there before the draft has a name, or leads anywhere.
    expect(verdict(page)).to_contain_text("It would be delivered.")
    page.get_by_role("button", name="Add a condition").click()
    page.get_by_label("Field", exact=True).fill("temperature")
    expect(page.get_by_text("lately 71.5")).to_be_visible()
    page.get_by_label("Value", exact=True).fill("80")
    expect(verdict(page)).to_contain_text("temperature 71.5 > 80 does not hold")
    page.get_by_label("Value", exact=True).fill("70")
    expect(verdict(page)).to_contain_text("It would be delivered.")
    offered = page.locator("datalist option").evaluate_all("all => all.map(one => one.value)")
    assert {"temperature", "door"} <= set(offered)

    # What is missing is said at its field, and nothing is asked.
    before = len(watch.requests)
    page.get_by_role("button", name="Create the route").click()
    expect(page.get_by_label("Name", exact=True)).to_have_accessible_description("This is needed.")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    assert not any(
        asked.startswith("POST") and asked.endswith("/message-routes")
        for asked in watch.requests[before:]
    )
    page.get_by_label("URL", exact=True).fill(hook(site))
    page.get_by_label("Name", exact=True).fill("Too hot")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/routes/*/edit*")
    [route] = tenant.call("GET", "/customer/message-routes")["routes"]
    assert route["name"] == "Too hot"
    assert route["payload_filter"] == {"temperature": {"$gt": 70}}
    assert page.evaluate("Object.keys(sessionStorage).filter(key => /draft/.test(key))") == []

    # Sent, it shows the very request, and what came back.
    site.sink.status_of = lambda request: 202 if request.path == "/hook" else 204
    page.get_by_role("button", name="Send it").click()
    sent = page.get_by_role("region", name="Send it")
    expect(sent).to_contain_text("202")
    expect(sent).to_contain_text(f"POST {hook(site)}")
    expect(sent).to_contain_text('"temperature":71.5')
    site.sink.status_of = None
    assert axe_faults(page) == []


def test_preview_shows_what_a_change_adds_and_loses(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    tenant.add_device("DEV-1")
    tenant.add_device("DEV-2")
    tenant.publish("DEV-1", *({"temperature": each} for each in (60, 72, 79.50, 85)))
    tenant.publish("DEV-2", {"temperature": 91})
    number = tenant.add_webhook(
        hook(site), payload_filter={"temperature": {"$gt": 70}}, is_enabled=False
    )
    sign_in(page, site.url, tenant.token(), f"/routes/{number}/edit?try=many")
    panel = page.get_by_role("tabpanel", name="Many messages")
    expect(panel).to_contain_text("The change adds and loses none of them.")
    page.get_by_label("Value", exact=True).fill("80")
    expect(panel.locator(".loses")).to_contain_text("\N{MINUS SIGN}2")
    expect(panel.locator(".adds")).to_contain_text("+0")
    lost = panel.locator("details", has_text="Lost (2)")
    expect(lost).to_contain_text("79.5")
    near = panel.get_by_role("row", name="temperature > 80")
    expect(near.get_by_role("cell").first).to_have_text("3")
    expect(near.get_by_role("link").first).to_have_text("79.5")
    device = panel.get_by_role("row", name="DEV-1")
    assert device.get_by_role("cell").all_inner_texts() == ["1", "4", "0", "2"]

    page.get_by_label("Operator", exact=True).select_option("$lt")
    expect(panel.locator(".adds")).to_contain_text("+1")
    expect(panel.locator(".loses")).to_contain_text("\N{MINUS SIGN}2")
    assert axe_faults(page) == []


def test_form_and_json_keep_each_others_conditions(
    page: Page, site: ConsoleSite, tenant: Tenant
) -> None:
    wanted = {
        "temperature": {"$gt": 80, "$lt": 120},
        "$or": [{"door": "open"}, {"$nor": [{"rpm": {"$exists": True}}]}],
        "tags": {"$elemMatch": {"$regex": "^x", "$options": "i"}},
        "level": {"$not": {"$in": [1, 2]}},
    }
    number = tenant.add_webhook(
        hook(site),
        payload_filter=wanted,
        destination_config={
            "url": hook(site),
            "secret": "whsec_" + "A" * 43 + "=",
            "headers": {"X-Key": "k"},
            "retry": {"max_attempts": 3},
        },
    )
    sign_in(page, site.url, tenant.token(), f"/routes/{number}/edit")
    text = as_json(page)
    first = json.loads(text.input_value())
    assert first["payload_filter"] == wanted
    as_form(page)
    # A row more, and the rest is what it was; so it is again after a change of the text.
    page.get_by_role("button", name="Add a condition").last.click()
    page.get_by_label("Field", exact=True).last.fill("humidity")
    page.get_by_label("Value", exact=True).last.fill("30")
    page.get_by_label("Name", exact=True).fill("By form")
    text = as_json(page)
    second = json.loads(text.input_value())
    assert second["payload_filter"] == wanted | {"humidity": {"$gt": 30}}
    assert list(second["payload_filter"]) == [*first["payload_filter"], "humidity"]
    assert second["destination_config"] == first["destination_config"]
    second["payload_filter"]["site_id"] = "SITE-1"
    second["destination_config"]["timeout_seconds"] = 7
    text.fill(json.dumps(second, indent=1))
    as_form(page)
    expect(page.get_by_label("Field", exact=True).last).to_have_value("site_id")
    expect(page.get_by_label("Timeout, seconds")).to_have_value("7")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It is in effect.")).to_be_visible()
    stored = route_of(tenant, number)
    assert stored["payload_filter"] == second["payload_filter"]
    assert stored["name"] == "By form"
    # The secret, which nobody has seen, still signs.
    assert stored["destination_config"] == second["destination_config"]
    tested = tenant.call(
        "POST",
        f"/customer/message-routes/{number}/test",
        {"topic": f"tenant/{tenant.name}/device/D/telemetry", "payload": {"metrics": {}}},
    )
    assert "webhook-signature" in {name.lower() for name in tested["request"]["headers"]}


def test_fault_of_a_filter_stands_at_its_line(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect(REFUSED)
    number = tenant.add_webhook(hook(site), payload_filter={"temperature": {"$gt": 80}})
    sign_in(page, site.url, tenant.token(), f"/routes/{number}/edit?as=json")
    text = page.get_by_label("The route as JSON")
    broken = text.input_value().replace('"$gt"', '"$gtt"')
    line = next(at for at, each in enumerate(broken.split("\n"), 1) if "$gtt" in each)
    text.fill(broken)
    expect(page.get_by_role("button", name=f"Line {line}", exact=True)).to_be_visible()
    expect(page.locator(".code-faults")).to_contain_text("$gtt: is no operator")
    expect(page.locator(".code-lines .wrong")).to_have_text(str(line))
    page.get_by_role("button", name=f"Line {line}", exact=True).click()
    chosen = text.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)")
    assert "$gtt" in chosen
    assert axe_faults(page) == []

    # In the form it stands at its row.
    as_form(page)
    row = page.locator(".condition", has=page.get_by_label("Field", exact=True))
    expect(row).to_contain_text("is no operator")
    # Of a text that is no JSON, too, the line is said.
    text = as_json(page)
    text.fill('{\n  "name": "x",\n  "topic_filter" "y"\n}')
    expect(page.get_by_role("button", name="Line 3", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Form", exact=True)).to_have_attribute(
        "aria-disabled", "true"
    )
    # What is half typed outlives a reload of the tab.
    page.reload()
    expect(page.get_by_label("The route as JSON")).to_have_value(
        '{\n  "name": "x",\n  "topic_filter" "y"\n}'
    )
    # Whoever leaves is asked, and finds the draft again; Back cannot be held up, and says so.
    page.get_by_role("link", name="Devices").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()
    page.wait_for_url("**/devices*")
    expect(page.get_by_text("The draft is kept in this tab")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("This is a draft that was kept in this tab.")).to_be_visible()
    page.get_by_role("link", name="Devices").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Drop the draft and leave").click()
    page.wait_for_url("**/devices*")
    page.go_back()
    text = page.get_by_label("The route as JSON")
    expect(text).to_have_value(re.compile(r'"\$gt": 80'))


def test_two_editors_of_one_route_see_both_versions(
    page: Page, site: ConsoleSite, tenant: Tenant, watch: Watch
) -> None:
    watch.expect(CHANGED_MEANWHILE)
    number = tenant.add_webhook(hook(site), name="before")
    sign_in(page, site.url, tenant.token(), f"/routes/{number}/edit")
    page.get_by_label("Name", exact=True).fill("mine")
    page.get_by_label("Topic filter").fill(f"tenant/{tenant.name}/device/+/alarm")
    tenant.call(
        "PATCH",
        f"/customer/message-routes/{number}",
        {"name": "theirs", "destination_config": {"url": hook(site, "/theirs")}},
    )
    page.keyboard.press("Control+Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Somebody else has changed this route meanwhile")
    name = dialog.get_by_role("region", name="Name")
    for version in ("before", "theirs", "mine"):
        expect(name).to_contain_text(version)
    expect(dialog.get_by_role("region", name="url")).to_contain_text("/theirs")
    expect(dialog.get_by_label("url: theirs")).to_be_checked()
    expect(dialog.get_by_label("Topic filter: yours")).to_be_checked()
    assert axe_faults(page) == []
    dialog.get_by_label("Name: theirs").check()
    dialog.get_by_role("button", name="Take this into the draft").click()
    assert route_of(tenant, number)["topic_filter"].endswith("/telemetry")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It is in effect.")).to_be_visible()
    stored = route_of(tenant, number)
    assert stored["name"] == "theirs"
    assert stored["topic_filter"] == f"tenant/{tenant.name}/device/+/alarm"
    assert stored["destination_config"]["url"] == hook(site, "/theirs")


def test_big_numbers_keep_their_digits(page: Page, site: ConsoleSite, tenant: Tenant) -> None:
    tenant.add_device("DEV-1")
    tenant.publish("DEV-1", {"serial": BIG})
    template = {"serial": BIG, "text": "{{ device_id }}"}
    number = tenant.add_webhook(
        hook(site),
        payload_filter={"serial": {"$gte": BIG}},
        destination_config={"url": hook(site), "format": "template", "template": template},
    )
    sign_in(page, site.url, tenant.token(), f"/routes/{number}/edit")
    expect(page.get_by_label("Value", exact=True)).to_have_value(str(BIG))
    expect(verdict(page)).to_contain_text("It would be delivered.")
    expect(page.locator(".clauses")).to_contain_text(f"{BIG}")
    assert json.loads(page.get_by_label("Template", exact=True).input_value()) == template
    # One more is told from it, by the router as well.
    page.get_by_label("Value", exact=True).fill(str(BIG + 1))
    expect(verdict(page)).to_contain_text("does not hold")
    as_json(page)
    assert f'"$gte": {BIG + 1}' in page.get_by_label("The route as JSON").input_value()
    as_form(page)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved. It is in effect.")).to_be_visible()
    stored = route_of(tenant, number)
    assert stored["payload_filter"] == {"serial": {"$gte": BIG + 1}}
    assert stored["destination_config"]["template"] == template
    # The message itself, wherever it is shown.
    page.goto(f"{site.url}/console/messages")
    expect(page.get_by_role("main")).to_contain_text(str(BIG))
    [message] = tenant.call("GET", "/customer/messages")["messages"]
    page.goto(f"{site.url}/console/messages/{message['id']}")
    page.get_by_role("link", name="Test a route with it").click()
    expect(verdict(page)).to_contain_text("It would be delivered.")
    page.get_by_role("button", name="Change it").click()
    assert str(BIG) in page.get_by_label("Payload", exact=True).input_value()
