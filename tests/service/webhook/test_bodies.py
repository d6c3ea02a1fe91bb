"""Bodies of the user's shape on real sockets: made, signed, bounded, and without their secrets."""

from __future__ import annotations

import json
from typing import Any

import attrs
import pytest
import trio
from standardwebhooks.webhooks import Webhook

from pulse_router.domain.deliveries import Delivery, Verdict
from pulse_router.domain.destinations import MASK
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import Route
from pulse_router.domain.secrets.signing_secrets import make_secret
from pulse_router.domain.templates.limits import CannotRender
from pulse_router.webhook.sender import open_webhooks
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, answer, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK

KEY = make_secret(b"k" * 32)
TOKEN = 'xoxb-"0123456789'
NAMED = {"template": {"token": "{{ secrets.token }}", "t": "{{ temperature }}"}}
UNFIT = make_delivery(2, payload=json.dumps({"metrics": {"temperature": "a" * 60_000}}))
GROWING = "{{ temperature | replace('a', 'aaaaaaaa') }}"


def route_to(url: str, *, secrets: dict[str, str] | None = None, **config: Any) -> Route:
    route = make_route(url=url, **{"format": "template", **config})
    return attrs.evolve(route, template_secrets=secrets or {})


async def test_a_body_is_made_of_the_message_and_signed_as_it_goes_out() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        template = {"id": "{{ delivery_id }}", "f": "{{ temperature * 1.8 + 32 }}"}
        route = route_to(endpoint.url(), template=template, secrets=None)
        route = attrs.evolve(route, secrets=make_route(secrets=(KEY,)).secrets)
        outcome = await webhooks.deliver(make_delivery(42), route, attempt=1)
    assert outcome.verdict is Verdict.DELIVERED
    [request] = endpoint.requests
    assert request.body == b'{"id":"42","f":194.0}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(request.body))
    Webhook(KEY).verify(request.body, request.headers)


async def test_a_text_goes_out_as_what_its_route_says_it_is() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        line: dict[str, Any] = {
            "format": "text",
            "template": "t,d={{ device_id }} v={{ temperature }}\n",
        }
        for content_type in ("text/csv", None):
            route = route_to(endpoint.url(), **line, content_type=content_type)
            await webhooks.deliver(make_delivery(), route, attempt=1)
    assert [request.body for request in endpoint.requests] == [b"t,d=DEV-001 v=90\n"] * 2
    types = [request.headers["content-type"] for request in endpoint.requests]
    assert types == ["text/csv", "text/plain; charset=utf-8"]


async def test_a_batch_of_templates_is_an_array_of_their_bodies() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = route_to(
            endpoint.url("/{tenant_id}"), template={"id": "{{ delivery_id }}"}, batch={}
        )
        await webhooks.deliver_batch([make_delivery(n) for n in range(250)], route)
        await webhooks.deliver_batch([make_delivery(7)], route)
    many, one = endpoint.requests
    assert json.loads(many.body) == [{"id": str(n)} for n in range(250)]
    assert json.loads(one.body) == [{"id": "7"}]
    assert many.headers["content-type"] == "application/json"
    assert many.headers["webhook-id"].startswith("batch_")
    assert many.target == "/TENANT1"


async def test_a_message_beyond_the_bounds_is_dead_at_once_and_says_so() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = route_to(endpoint.url(), template=GROWING)
        outcome = await webhooks.deliver(UNFIT, route, attempt=1)
    assert outcome.verdict is Verdict.DEAD
    assert outcome.error == ("the request cannot be made: a value in it is larger than 256 KiB")
    assert endpoint.requests == []


async def test_one_of_a_batch_that_cannot_be_made_is_said_before_anything_is_sent() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = route_to(endpoint.url(), template=GROWING, batch={})
        with pytest.raises(CannotRender):
            await webhooks.deliver_batch([make_delivery(1), UNFIT, make_delivery(3)], route)
        alone = await webhooks.deliver_batch([UNFIT], route)
        many = [attrs.evolve(UNFIT, id=n) for n in range(80)]
        large = route_to(endpoint.url(), template="{{ payload }}", batch={})
        too_many = await webhooks.deliver_batch(many, large)
    assert too_many.error == "a batch of 80 is larger than 1 MiB"
    assert too_many.is_too_large
    assert (alone.verdict, endpoint.requests) == (Verdict.DEAD, [])


async def test_a_secret_of_the_template_is_masked_in_all_that_an_endpoint_says() -> None:
    escaped = json.dumps(TOKEN)[1:-1]
    said = f"bad token {TOKEN} in {escaped} and {TOKEN[:9]}".encode()
    async with (
        open_endpoint(answer(400, said), answer(500, said[: len("bad token ") + 9])) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
    ):
        route = route_to(endpoint.url(), **NAMED, secrets={"token": TOKEN})
        outcomes = [await webhooks.deliver(make_delivery(), route, attempt=1) for _ in range(2)]
    assert json.loads(endpoint.requests[0].body) == {"token": TOKEN, "t": 90}
    for outcome in outcomes:
        assert "xoxb" not in outcome.error + outcome.response
        assert MASK in outcome.response


async def test_the_url_is_filled_with_what_the_message_says() -> None:
    path = "/d/{device_id}/{msg_type}?site={site_id}&key=k"
    sites: list[tuple[str, str]] = []

    async def site_of(tenant_id: str, device_id: str) -> str | None:
        await trio.lowlevel.checkpoint()
        sites.append((tenant_id, device_id))
        return {"DEV-001": "Halle 7/ü"}.get(device_id)

    silent = make_delivery(1, payload='{"metrics":{}}')
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        webhooks.maker.look_up_sites(site_of)
        route = make_route(url=endpoint.url(path))
        outcomes = [
            await webhooks.deliver(delivery, route, attempt=1)
            for delivery in (make_delivery(), silent, attrs.evolve(silent, device_id="DEV-2"))
        ]
    assert [request.target for request in endpoint.requests] == [
        "/d/DEV-001/telemetry?site=SITE-1&key=k",
        "/d/DEV-001/telemetry?site=Halle%207%2F%C3%BC&key=k",
    ]
    assert outcomes[2].verdict is Verdict.DEAD
    assert "the message has no site_id, which the URL needs" in outcomes[2].error
    assert sites == [("TENANT1", "DEV-001"), ("TENANT1", "DEV-2")]


async def test_a_site_that_cannot_be_looked_up_now_is_tried_again() -> None:
    async def site_of(_tenant_id: str, _device_id: str) -> str | None:
        await trio.lowlevel.checkpoint()
        raise Unavailable("the database is away")

    silent = make_delivery(1, payload='{"metrics":{}}')
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        webhooks.maker.look_up_sites(site_of)
        route = route_to(endpoint.url(), template="{{ site_id }}")
        outcome = await webhooks.deliver(silent, route, attempt=1)
        named = await webhooks.deliver(make_delivery(), route, attempt=1)
        unasked = await webhooks.deliver(silent, route_to(endpoint.url(), template=1), attempt=1)
    assert (outcome.verdict, outcome.error) == (Verdict.RETRY, "the database is away")
    assert named.verdict is unasked.verdict is Verdict.DELIVERED


async def test_a_template_is_compiled_once_as_long_as_its_route_is_the_same() -> None:
    async with open_endpoint() as endpoint, open_webhooks(LOOPBACK) as webhooks:
        route = route_to(endpoint.url(), template=["{{ device_id }}"])
        prepared = set()
        for _ in range(3):
            await webhooks.deliver(make_delivery(), route, attempt=1)
            prepared.add(id(webhooks._prepare(route)))
        changed = route_to(endpoint.url(), template=["{{ tenant_id }}"])
        await webhooks.deliver(make_delivery(), changed, attempt=1)
    assert len(prepared) == 1
    assert [r.body for r in endpoint.requests] == [b'["DEV-001"]'] * 3 + [b'["TENANT1"]']


async def test_the_request_that_is_shown_is_the_one_that_goes_out_save_its_secrets() -> None:
    headers = {"Authorization": "Bearer hush-header", "X-Team": "hush-team"}
    url = "/{device_id}?key=hush-query&d={device_id}"
    async with (
        open_endpoint(OK) as endpoint,
        open_webhooks(LOOPBACK, clock=lambda: 1_770_000_000) as webhooks,
    ):
        route = route_to(endpoint.url(url), **NAMED, headers=headers, secrets={"token": TOKEN})
        route = attrs.evolve(route, secrets=make_route(secrets=(KEY,)).secrets)
        shown = await webhooks.show(make_delivery(), route)
        await webhooks.deliver(make_delivery(), route, attempt=1)
    [request] = endpoint.requests
    assert shown.method == request.method
    assert shown.target == endpoint.url(f"/DEV-001?key={MASK}&d=DEV-001")
    assert request.target == "/DEV-001?key=hush-query&d=DEV-001"
    sent = request.headers | {name.lower(): MASK for name in headers}
    assert {name.lower(): value for name, value in shown.headers.items()} == sent
    assert json.loads(shown.body) == json.loads(request.body) | {"token": MASK}
    assert "hush" not in f"{shown.target}{shown.headers}{shown.body}"
    assert "xoxb" not in f"{shown.target}{shown.headers}{shown.body}"


@pytest.mark.parametrize("delivery", [make_delivery(), UNFIT], ids=["fit", "unfit"])
async def test_what_a_batch_would_send_is_shown_as_an_array(delivery: Delivery) -> None:
    async with open_webhooks(LOOPBACK) as webhooks:
        route = route_to("http://127.0.0.1/x", template=GROWING, batch={})
        if delivery is UNFIT:
            with pytest.raises(CannotRender):
                await webhooks.show(delivery, route)
        else:
            assert (await webhooks.show(delivery, route)).body == '["90"]'
