"""What docs/templates.md shows and promises, as it stands there: each body goes to an endpoint."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

import attrs
import pytest

from pulse_router.domain.destinations import parse_destination
from pulse_router.domain.routes import DestinationType
from pulse_router.domain.templates import bodies, limits
from pulse_router.domain.templates.filters import FILTERS, TIME
from pulse_router.domain.templates.scope import FACTS, RESERVED
from pulse_router.domain.templates.targets import PLACEHOLDERS
from pulse_router.domain.templates.times import CODES
from pulse_router.webhook.sender import open_webhooks
from tests.support.api.server import ROUTE, ApiForTests
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import Received, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK
from tests.support.documents import DOCS, Example, examples

DOCUMENT = "templates.md"
READY = {each.heading: each for each in examples(DOCUMENT, "json") if each.heading != "Templates"}
AT = datetime(2026, 2, 3, 14, 5, 6, tzinfo=UTC)
SITE = "Halle 7, <Süd>=\"&'"


async def sent(example: Example, *, temperature: Any = 104.26, name: str = "Too hot") -> Received:
    """What an endpoint gets of a `destination_config`, in the place of the one it names."""
    config = json.loads(example.text)
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        there = urlsplit(config["url"])._replace(
            scheme="http", netloc=urlsplit(endpoint.url()).netloc
        )
        stored = parse_destination(DestinationType.WEBHOOK, config | {"url": there.geturl()})
        route = attrs.evolve(
            make_route(7, **stored.config),
            name=name,
            secrets=stored.secrets,
            template_secrets=stored.template_secrets,
        )
        payload = json.dumps({"site_id": SITE, "metrics": {"temperature": temperature}})
        outcome = await webhooks.deliver(
            make_delivery(11, payload=payload, event_time=AT), route, attempt=1
        )
    assert outcome.status == 200
    [request] = endpoint.requests
    assert request.target == there._replace(scheme="", netloc="").geturl()
    return request


async def as_json(service: str, **options: Any) -> Any:
    request = await sent(READY[service], **options)
    assert request.headers["content-type"] == "application/json"
    return json.loads(request.body)


def test_every_ready_body_is_tried() -> None:
    tried = {"Secrets", "Slack", "Discord", "Microsoft Teams", "ntfy", "InfluxDB"}
    assert set(READY) == tried
    assert re.search(r"## Ready bodies\n", (DOCS / DOCUMENT).read_text())


async def test_the_first_example_is_what_the_text_says() -> None:
    [first] = [each for each in examples(DOCUMENT, "json") if each.heading == "Templates"]
    body = json.loads((await sent(first, temperature=90.5)).body)
    text = "Too hot: 90.5 °C"
    assert body == {"id": "DEV-001", "temp_f": 194.9, "state": "hot", "text": text}


async def test_slack() -> None:
    """By its reference of incoming webhooks and of blocks: texts, escaped as mrkdwn wants it."""
    body = await as_json("Slack")
    assert body["text"] == "Too hot: DEV-001 is at 104.3 °C"
    section, context = body["blocks"]
    assert section["text"] == {
        "type": "mrkdwn",
        "text": "*Too hot*\n`DEV-001` is at *104.3 °C*",
    }
    [element] = context["elements"]
    assert element["text"] == "03.02.2026 14:05 UTC, Halle 7, &lt;Süd>=\"&amp;'"


async def test_discord() -> None:
    """By its reference of embeds: a number as colour, an ISO 8601 timestamp, nobody is pinged."""
    body = await as_json("Discord")
    [embed] = body["embeds"]
    assert embed["color"] == 15158332
    assert (await as_json("Discord", temperature=90))["embeds"][0]["color"] == 15844367
    assert datetime.fromisoformat(embed["timestamp"]) == AT
    assert [field["value"] for field in embed["fields"]] == ["DEV-001", SITE, "104.3 °C"]
    assert body["allowed_mentions"] == {"parse": []}


async def test_teams() -> None:
    """By the schema of adaptive cards: one card, its facts as texts, a colour that there is."""
    body = await as_json("Microsoft Teams")
    [attachment] = body["attachments"]
    assert (body["type"], attachment["contentUrl"]) == ("message", None)
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    title, facts = card["body"]
    assert (title["text"], title["color"], title["wrap"]) == ("Too hot", "Attention", True)
    assert [fact["value"] for fact in facts["facts"]] == [
        *("DEV-001", SITE, "104.3 °C", "03.02.2026 14:05:06 UTC")
    ]


async def test_ntfy() -> None:
    """By its reference of publishing as JSON: to the root, a priority that is a number."""
    request = await sent(READY["ntfy"])
    assert (request.target, request.headers["authorization"]) == ("/", "Bearer tk_XXXX")
    assert json.loads(request.body) == {
        "topic": "plant-4711",
        "title": "Too hot",
        "message": "DEV-001 is at 104.3 °C",
        "priority": 5,
        "tags": ["thermometer"],
    }


async def test_influxdb() -> None:
    """By its line protocol: spaces, commas and equals signs of tags escaped, one line."""
    request = await sent(READY["InfluxDB"], temperature=104)
    assert request.headers["content-type"] == "text/plain; charset=utf-8"
    [line, end] = request.body.decode().split("\n")
    assert end == ""
    series, fields, timestamp = re.split(r"(?<!\\) ", line)
    measurement, *tags = re.split(r"(?<!\\),", series)
    named = dict(cast("list[str]", re.split(r"(?<!\\)=", tag)) for tag in tags)
    unescaped = {name: re.sub(r"\\([ ,=])", r"\1", value) for name, value in named.items()}
    assert (measurement, unescaped) == ("telemetry", {"device": "DEV-001", "site": SITE})
    assert (fields, timestamp) == ("temperature=104.0", str(int(AT.timestamp() * 1000)))


async def test_pagerduty() -> None:
    """By its Events API v2: the key in the body, a severity that there is, details as an object."""
    body = await as_json("Secrets")
    assert body["routing_key"] == "R0123456789ABCDEF0123456789ABCDE"
    assert (body["event_action"], body["dedup_key"]) == ("trigger", "7/DEV-001")
    assert body["payload"]["severity"] == "critical"
    assert body["payload"]["custom_details"]["metrics"] == {"temperature": 104.26}


@pytest.mark.parametrize("heading", sorted(READY))
async def test_what_a_device_may_say_never_breaks_a_ready_body(heading: str) -> None:
    for temperature in (None, '","x":"', [1], {"a": "b"}, True, -1e300):
        request = await sent(READY[heading], temperature=temperature, name='"\\{{ x }}\n')
        if heading == "InfluxDB":
            assert request.body.count(b"\n") == 1
        else:
            json.loads(request.body)


async def test_every_example_is_taken_by_the_api(api: ApiForTests) -> None:
    async with api.client() as client:
        for example in examples(DOCUMENT, "json"):
            config = json.loads(example.text)
            made = await client.post(
                "/customer/message-routes", json=ROUTE | {"destination_config": config}
            )
            assert made.status_code == 201, made.text


def test_the_tables_name_what_there_is() -> None:
    text = (DOCS / DOCUMENT).read_text()
    filters = text.partition("| filter | makes |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`([a-z]+)[`(]", " ".join(row.split("|")[1] for row in rows(filters))))
    assert named == {*FILTERS, TIME}
    assert f"`{CODES}`" in filters
    names = text.partition("| name | is |")[2].partition("\n\n")[0]
    shown = set(re.findall(r"`([a-z_]+)[.`]", " ".join(row.split("|")[1] for row in rows(names))))
    assert shown >= {*FACTS, "payload", "secrets", "metrics"}
    assert all(f"`{name}`" in text for name in RESERVED)
    assert all(f"`{{{name}}}`" in text for name in PLACEHOLDERS)


def rows(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.startswith("| `")]


def test_the_numbers_are_those_that_hold() -> None:
    text = " ".join((DOCS / DOCUMENT).read_text().split())
    kib = limits.MAX_TEMPLATE_BYTES // 1024, limits.MAX_VALUE_BYTES // 1024
    assert (
        f"A template has at most {kib[0]} KiB, {limits.MAX_PLACEHOLDERS} placeholders,"
        f" {limits.MAX_OPERATIONS} operations and {limits.MAX_DEPTH} levels of nesting; a body,"
        f" and every value on the way to it, {kib[1]} KiB."
    ) in text
    assert f"{bodies.MIN_SECRET_LENGTH} to {bodies.MAX_SECRET_LENGTH} characters" in text
    assert bodies.MAX_SECRETS == 5
    assert f"`{bodies.DEFAULT_TEXT_TYPE}`" in text
