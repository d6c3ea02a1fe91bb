"""A tenant that has one of everything, and the address of every page with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial

import attrs

from tests.support.apart import run_apart
from tests.support.browser.console import WEB, ConsoleSite, Tenant
from tests.support.waiting import wait_until

PLACE = re.compile(r'\b(?:at|across)\("(/[^"]*)"')
_PART = re.compile(r":([a-z_]+)")


@attrs.frozen
class Furnished:
    """A tenant and the ids of what it has, by the names that the console's addresses have."""

    tenant: Tenant
    ids: Mapping[str, str]

    def paths(self) -> list[str]:
        """Every page of the console's map."""
        return [_PART.sub(lambda part: self.ids[part[1]], place) for place in places()]


def places() -> list[str]:
    """The map of the console, as its sources have it."""
    found = PLACE.findall((WEB / "src" / "app" / "routes.ts").read_text())
    assert len(found) > 20
    return found


def wait_here(condition: Callable[[], bool]) -> None:
    """Wait, where no loop of ours runs, until a condition has come true."""
    run_apart(partial(wait_until, condition))


def furnish(site: ConsoleSite, tenant: Tenant) -> Furnished:
    """Let a tenant have one of everything: messages, a route, what failed, what was refused."""
    tenant.add_device("DEV-1")
    tenant.add_device("DEV-2", site_id="SITE-2")
    hook = f"http://127.0.0.1:{site.sink.port}"
    site.sink.status_of = lambda request: 404 if request.path == "/gone" else 204
    route = tenant.add_webhook(f"{hook}/hook", name="All readings")
    tenant.add_webhook(f"{hook}/gone", name="Too hot", payload_filter={"temperature": {"$gt": 80}})
    tenant.publish("DEV-1", {"temperature": 21.5, "rpm": 12345678901234567890}, {"temperature": 91})
    tenant.publish_raw(f"tenant/{tenant.name}/device/DEV-1/telemetry", b"{no json")
    wait_here(lambda: tenant.call("GET", "/customer/dead-letter")["total"] == 1)
    wait_here(lambda: tenant.call("GET", "/customer/rejected-messages")["total"] == 1)
    group = tenant.call("POST", "/customer/device-groups", {"name": "Pumps"})["id"]
    tenant.call("PUT", f"/customer/device-groups/{group}/devices/DEV-1")
    alert = {"device_id": "DEV-1", "key": "heat", "severity": "WARNING", "title": "Too hot"}
    tenant.call("POST", "/customer/alerts", alert)
    [letter] = tenant.call("GET", "/customer/dead-letter")["messages"]
    wanted = {"action": "replay", "filter": {"route_id": [route]}}
    job = tenant.call("POST", "/customer/jobs", wanted)["id"]
    message, *_ = tenant.call("GET", "/customer/messages")["messages"]
    [refused] = tenant.call("GET", "/customer/rejected-messages")["messages"]
    site.sink.status_of = None
    return Furnished(
        tenant,
        {
            "route_id": str(route),
            "event_id": str(message["id"]),
            "dead_letter_id": str(letter["id"]),
            "delivery_id": str(letter["delivery_id"]),
            "job_id": str(job),
            "message_id": str(refused["id"]),
            "device_id": "DEV-1",
            "group_id": str(group),
        },
    )
