"""What is republished in the user's shape: made at each attempt, shown, and without secrets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.deliveries import Outcome, ShownRequest, Verdict
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.domain.templates.limits import CannotRender
from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage
from pulse_router.mqtt.republisher import Republisher
from tests.support.delivery.deliveries import make_delivery, make_route

SITE_LESS = make_delivery(payload='{"metrics":{"temperature":90}}')
UNFIT = make_delivery(payload='{"a":"' + "a" * 60_000 + '"}')
GROWING = "{{ a | replace('a', 'aaaaaaaaa') }}"


@attrs.define
class Publisher:
    got: list[OutgoingMessage] = attrs.field(factory=list)

    async def publish(self, message: OutgoingMessage, *, timeout_seconds: float) -> Confirmed:
        await trio.lowlevel.checkpoint()
        assert timeout_seconds > 0
        self.got.append(message)
        return Confirmed(1, 0)


@attrs.define
class World:
    publisher: Publisher = attrs.field(factory=Publisher)
    asked: list[str] = attrs.field(factory=list)
    republisher: Republisher = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        self.republisher = Republisher(
            self.publisher, allowed_prefixes=(), timeout_seconds=7, site_of=self.site_of
        )

    async def site_of(self, _tenant_id: str, device_id: str) -> str | None:
        await trio.lowlevel.checkpoint()
        self.asked.append(device_id)
        return "SITE-R"

    async def attempts(self, route: Route, deliveries: Sequence[Any]) -> list[Outcome]:
        return [await self.republisher.deliver(each, route, attempt=1) for each in deliveries]


def route_to(topic: str = "tenant/TENANT1/x", **config: Any) -> Route:
    return attrs.evolve(
        make_route(7),
        destination_type=DestinationType.MQTT_REPUBLISH,
        destination_config={"topic": topic, **config},
    )


async def test_the_payload_is_what_the_template_makes_with_its_content_type() -> None:
    world = World()
    shapes: list[tuple[dict[str, Any], bytes, str | None]] = [
        ({"format": "template", "template": ["{{ temperature }}"]}, b"[90]", "application/json"),
        (
            {"format": "text", "template": "t={{ temperature }}"},
            b"t=90",
            "text/plain; charset=utf-8",
        ),
        (
            {"format": "text", "template": "{{ route.name }}", "content_type": "text/csv"},
            b"route 7",
            "text/csv",
        ),
        ({}, SITE_LESS.payload.encode(), None),
    ]
    for config, _, _ in shapes:
        await world.attempts(route_to(**config), [SITE_LESS])
    got = [(message.payload, message.content_type) for message in world.publisher.got]
    assert got == [(payload, content_type) for _, payload, content_type in shapes]
    assert world.asked == []


async def test_the_registered_site_is_looked_up_where_the_payload_names_it() -> None:
    world = World()
    route = route_to(format="text", template="{{ site_id }}")
    await world.attempts(route, [SITE_LESS, make_delivery()])
    assert [message.payload for message in world.publisher.got] == [b"SITE-R", b"SITE-1"]
    assert world.asked == ["DEV-001"]


async def test_what_cannot_be_made_is_dead_and_says_why() -> None:
    world = World()
    [outcome] = await world.attempts(route_to(format="text", template=GROWING), [UNFIT])
    assert outcome.verdict is Verdict.DEAD
    assert outcome.error == "the payload cannot be made: a value in it is larger than 256 KiB"
    assert world.publisher.got == []


async def test_a_request_is_shown_and_not_published() -> None:
    world = World()
    route = route_to("tenant/TENANT1/{site_id}", format="template", template={"t": "{{ topic }}"})
    shown = await world.republisher.show(make_delivery(3), route)
    assert shown == ShownRequest(
        "PUBLISH",
        "tenant/TENANT1/SITE-1",
        {"pulse-hops": "1", "pulse-delivery-id": "3"},
        '{"t":"tenant/TENANT1/device/DEV-001/telemetry"}',
        qos=1,
        retain=False,
    )
    assert world.publisher.got == []


@pytest.mark.parametrize(
    ("payload", "topic"), [('{"site_id":"a/b"}', "tenant/TENANT1/{site_id}"), (UNFIT.payload, None)]
)
async def test_what_cannot_be_made_is_not_shown_either(payload: str, topic: str | None) -> None:
    route = route_to(topic or "tenant/TENANT1/x", format="text", template=GROWING)
    with pytest.raises(CannotRender):
        await World().republisher.show(make_delivery(payload=payload), route)


async def test_a_template_that_names_a_secret_publishes_nothing() -> None:
    world = World()
    route = route_to(format="text", template="{{ secrets.token }}")
    route = attrs.evolve(route, template_secrets={"token": "hush-token"})
    [outcome] = await world.attempts(route, [SITE_LESS])
    assert (outcome.verdict, world.publisher.got) == (Verdict.DEAD, [])
    assert "there is no 'token'" in outcome.error
    assert "hush" not in outcome.error
