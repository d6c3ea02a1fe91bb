"""One attempt to republish: which topic, what goes with it, and what an answer means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest
import trio

from pulse_router.domain.deliveries import Delivery, Outcome, Verdict
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import DestinationType, Route
from pulse_router.mqtt.events import Confirmed
from pulse_router.mqtt.outgoing import OutgoingMessage, Unpublishable
from pulse_router.mqtt.republisher import Republisher

NOW = datetime(2026, 11, 21, tzinfo=UTC)


@attrs.define
class ScriptedPublisher:
    """Answers as a test says, and remembers what it got."""

    answer: Confirmed | Exception = attrs.field(factory=lambda: Confirmed(1, 0))
    got: list[OutgoingMessage] = attrs.field(factory=list)

    async def publish(self, message: OutgoingMessage, *, timeout_seconds: float) -> Confirmed:
        await trio.lowlevel.checkpoint()
        assert timeout_seconds == 7
        self.got.append(message)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@attrs.define
class Site:
    """The registry's word on a device's site."""

    registered: str | Exception | None = "SITE-R"
    asked: list[tuple[str, str]] = attrs.field(factory=list)

    async def of(self, tenant_id: str, device_id: str) -> str | None:
        await trio.lowlevel.checkpoint()
        self.asked.append((tenant_id, device_id))
        if isinstance(self.registered, Exception):
            raise self.registered
        return self.registered


def route_to(topic: str, tenant_id: str = "T1", **config: Any) -> Route:
    return Route(
        id=1,
        tenant_id=tenant_id,
        name="r",
        topic_filter="#",
        destination_type=DestinationType.MQTT_REPUBLISH,
        destination_config={"topic": topic, **config},
        payload_filter=None,
        is_enabled=True,
        created_at=NOW,
        updated_at=NOW,
    )


def delivery(payload: str = '{"metrics":{}}') -> Delivery:
    return Delivery(
        id=77,
        tenant_id="T1",
        route_id=1,
        device_id="D1",
        topic="tenant/T1/device/D1/telemetry",
        payload=payload,
        event_id=5,
        event_time=NOW,
        attempts=2,
    )


async def attempt(
    route: Route,
    payload: str = '{"metrics":{}}',
    *,
    publisher: ScriptedPublisher | None = None,
    site: Site | None = None,
    prefixes: tuple[str, ...] = ("actions/",),
) -> tuple[Outcome, list[OutgoingMessage]]:
    publisher = publisher or ScriptedPublisher()
    republisher = Republisher(
        publisher,
        allowed_prefixes=prefixes,
        timeout_seconds=7,
        site_of=(site or Site()).of,
    )
    outcome = await republisher.deliver(delivery(payload), route, attempt=3)
    return outcome, publisher.got


async def test_a_message_goes_out_with_what_marks_it_as_ours() -> None:
    route = route_to("tenant/{tenant_id}/alerts/{device_id}/{msg_type}", qos=0, retain=True)
    outcome, got = await attempt(route, '{"metrics":{"é":1}}')
    assert outcome.verdict is Verdict.DELIVERED
    assert got == [
        OutgoingMessage(
            "tenant/T1/alerts/D1/telemetry",
            '{"metrics":{"é":1}}'.encode(),
            0,
            True,
            (("pulse-hops", "1"), ("pulse-delivery-id", "77")),
        )
    ]


@pytest.mark.parametrize(
    ("payload", "registered", "topic", "asked"),
    [
        ('{"site_id":"SITE-P"}', "SITE-R", "actions/SITE-P", False),
        ('{"site_id":null}', "SITE-R", "actions/SITE-R", True),
        ('{"site_id":""}', "SITE-R", "actions/SITE-R", True),
        ("{}", "SITE-R", "actions/SITE-R", True),
    ],
)
async def test_the_site_is_the_messages_or_the_registered_one(
    payload: str, registered: str, topic: str, asked: bool
) -> None:
    site = Site(registered)
    outcome, [message] = await attempt(route_to("actions/{site_id}"), payload, site=site)
    assert outcome.verdict is Verdict.DELIVERED
    assert message.topic == topic
    assert site.asked == ([("T1", "D1")] if asked else [])


@pytest.mark.parametrize(
    ("payload", "registered", "verdict", "words"),
    [
        ("{}", None, Verdict.DEAD, "the message has no site_id, which its topic needs"),
        ('{"site_id":"a/b"}', None, Verdict.DEAD, "the site_id 'a/b' cannot stand in a topic"),
        ("{}", "+", Verdict.DEAD, "the site_id '+' cannot stand in a topic"),
        ('{"site_id":7}', None, Verdict.DEAD, "a site_id that is no string"),
        ("nonsense", None, Verdict.DEAD, "a site_id that is no string"),
        ("{}", Unavailable("the database is away"), Verdict.RETRY, "the database is away"),
    ],
)
async def test_a_site_that_makes_no_topic_is_told_and_nothing_is_published(
    payload: str, registered: str | Exception | None, verdict: Verdict, words: str
) -> None:
    outcome, got = await attempt(route_to("actions/{site_id}"), payload, site=Site(registered))
    assert (outcome.verdict, got) == (verdict, [])
    assert words in outcome.error


@pytest.mark.parametrize(
    "topic", ["tenant/T2/x", "commands/x", "tenant/{device_id}/x", "actions/+/x", "{nope}"]
)
async def test_the_fence_is_asked_at_every_attempt(topic: str) -> None:
    outcome, got = await attempt(route_to(topic))
    assert (outcome.verdict, got) == (Verdict.DEAD, [])
    assert "the route's destination is not valid: topic " in outcome.error


async def test_a_prefix_that_is_no_longer_allowed_ends_the_publishing() -> None:
    outcome, got = await attempt(route_to("actions/x"), prefixes=())
    assert (outcome.verdict, got) == (Verdict.DEAD, [])
    assert "topic must begin with tenant/T1/" in outcome.error


async def test_a_changed_route_is_read_anew() -> None:
    publisher = ScriptedPublisher()
    republisher = Republisher(publisher, allowed_prefixes=(), timeout_seconds=7, site_of=Site().of)
    for topic in ("tenant/T1/a", "tenant/T1/b"):
        await republisher.deliver(delivery(), route_to(topic), attempt=3)
    assert [message.topic for message in publisher.got] == ["tenant/T1/a", "tenant/T1/b"]


ANSWERS: Mapping[int, tuple[Verdict, str]] = {
    0x00: (Verdict.DELIVERED, ""),
    0x10: (Verdict.DELIVERED, ""),
    0x80: (Verdict.RETRY, "it does not say why (reason code 0x80, 'too bad')"),
    0x83: (Verdict.RETRY, "it does not say why"),
    0x87: (Verdict.DEAD, "not authorized; let the broker's access list"),
    0x90: (Verdict.DEAD, "it does not take the topic"),
    0x91: (Verdict.RETRY, "it does not say why"),
    0x95: (Verdict.DEAD, "too large for it; raise its largest message"),
    0x97: (Verdict.RETRY, "a quota is exceeded"),
    0x99: (Verdict.DEAD, "it does not take the payload"),
}


@pytest.mark.parametrize("code", ANSWERS)
async def test_what_an_answer_of_the_broker_means(code: int) -> None:
    publisher = ScriptedPublisher(Confirmed(1, code, "too bad" if code >= 0x80 else ""))
    outcome, _ = await attempt(route_to("actions/x"), publisher=publisher)
    verdict, words = ANSWERS[code]
    assert outcome.verdict is verdict
    assert words in outcome.error
    assert bool(outcome.error) is (verdict is not Verdict.DELIVERED)


@pytest.mark.parametrize(
    ("trouble", "verdict"),
    [
        (Unavailable("the broker is away"), Verdict.RETRY),
        (Unpublishable("the broker takes no such thing"), Verdict.DEAD),
    ],
)
async def test_what_trouble_with_the_broker_means(trouble: Exception, verdict: Verdict) -> None:
    outcome, _ = await attempt(route_to("actions/x"), publisher=ScriptedPublisher(trouble))
    assert (outcome.verdict, outcome.error) == (verdict, str(trouble))
