"""A connection that is closed at the very moment a request goes out costs no attempt."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import trio

from pulse_router.domain.deliveries import Verdict
from pulse_router.webhook.sender import WebhookDestination, open_webhooks
from pulse_router.webhook.tls import TlsContexts, WebhookTls
from tests.support.delivery.deliveries import make_delivery, make_route
from tests.support.delivery.endpoints import OK, Received, Stream, open_endpoint
from tests.support.delivery.webhooks import LOOPBACK
from tests.support.servers.certificates import TestAuthority

PER_SECOND = 200
SECONDS = 2
SENDERS = 4


class Closing:
    """Answers, and closes about when the next request is due.

    Attributes:
        answered: How often each id was answered.
        met: How often a request has come with the end of its connection.
    """

    def __init__(self, *, swallows: bool = False) -> None:
        self.answered: Counter[str] = Counter()
        self.attempts: set[str] = set()
        self.swallowed: Counter[str] = Counter()
        self._swallows = swallows
        self._dice = random.Random(5)

    async def answer(self, stream: Stream, request: Received) -> None:
        while True:
            number = request.headers["webhook-id"]
            self.attempts.add(request.headers["x-pulse-attempt"])
            self.answered[number] += 1
            await stream.send_all(OK)
            interval = SENDERS / PER_SECOND
            with trio.move_on_after(self._dice.uniform(0.7, 1.1) * interval):
                data = bytes(await stream.receive_some())
                if not data:
                    return
                if self._swallows and self._dice.random() < 0.3:
                    self.swallowed[_id_of(data)] += 1  # taken, and closed without a word
                    return
                request = Received("POST", "/", _headers_of(data), b"")
                continue
            return


def _headers_of(data: bytes) -> dict[str, str]:
    head = data.partition(b"\r\n\r\n")[0].decode()
    fields = (line.split(": ", 1) for line in head.split("\r\n")[1:])
    return {name.lower(): value for name, value in fields}


def _id_of(data: bytes) -> str:
    return _headers_of(data)["webhook-id"]


async def send_steadily(webhooks: WebhookDestination, url: str, sender: int) -> None:
    route = make_route(url=url, timeout_seconds=10)
    start = trio.current_time()
    for number in range(PER_SECOND * SECONDS // SENDERS):
        await trio.sleep_until(start + number * SENDERS / PER_SECOND)
        delivery = make_delivery(number * SENDERS + sender + 1)
        outcome = await webhooks.deliver(delivery, route, attempt=1)
        assert outcome.verdict is Verdict.DELIVERED, outcome


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_receiver_that_closes_beside_the_next_request_costs_no_attempt(
    encrypted: bool,
) -> None:
    authority = TestAuthority()
    closing = Closing()
    tls = authority.server_context("localhost") if encrypted else None
    async with (
        open_endpoint(closing.answer, tls=tls) as endpoint,
        open_webhooks(
            LOOPBACK, tls=WebhookTls(TlsContexts(authority.client_context()))
        ) as webhooks,
        trio.open_nursery() as nursery,
    ):
        scheme = "https" if encrypted else "http"
        url = endpoint.url(host="localhost", scheme=scheme)
        for sender in range(SENDERS):
            nursery.start_soon(send_steadily, webhooks, url, sender)
    assert len(closing.answered) == PER_SECOND * SECONDS
    assert set(closing.answered.values()) == {1}, "nothing that was answered goes out again"
    assert closing.attempts == {"1"}
    assert endpoint.connections > SECONDS * PER_SECOND / 10


async def test_what_a_receiver_takes_without_a_word_comes_again_under_its_id() -> None:
    """Nobody can know that it was taken; the id tells."""
    closing = Closing(swallows=True)
    async with (
        open_endpoint(closing.answer) as endpoint,
        open_webhooks(LOOPBACK) as webhooks,
        trio.open_nursery() as nursery,
    ):
        for sender in range(SENDERS):
            nursery.start_soon(send_steadily, webhooks, endpoint.url(), sender)
    assert closing.swallowed.total() > 20
    assert set(closing.swallowed) <= set(closing.answered), "under the same id"
    assert set(closing.answered.values()) == {1}
    assert closing.attempts == {"1"}
