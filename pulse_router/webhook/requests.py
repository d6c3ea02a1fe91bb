"""The requests of a webhook: body and headers by section 3 of the contract.

What does not change from delivery to delivery is computed once. It does no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import msgspec

from pulse_router import __version__
from pulse_router.domain.deliveries import Delivery, ShownRequest
from pulse_router.domain.destinations import MASK, DestinationError
from pulse_router.domain.routes import Route
from pulse_router.domain.secrets.signatures import Mac, active_keys, signature_lines
from pulse_router.domain.templates.scope import SITE, fill_facts
from pulse_router.domain.templates.targets import literals_of, read_target
from pulse_router.domain.tracing import TRACEPARENT, TRACESTATE, told_onwards
from pulse_router.domain.webhook_config import WebhookConfig
from pulse_router.webhook.answer import LastAnswer
from pulse_router.webhook.bodies import Bodies, join_batch

USER_AGENT: Final = f"pulse-router/{__version__}"
_SHORTEST_SECRET: Final = 4
_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_VALUE: Final = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")
_TARGET: Final = re.compile(r"[^\x00-\x20\x7f\ud800-\udfff]+")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f\ud800-\udfff]+")


class PreparedWebhook:
    """A route's webhook, ready to make requests.

    Args:
        config: The validated configuration.
        route: The route that it belongs to.

    Attributes:
        bodies: Makes the bodies.
        last_answer: What its receiver has answered last.
        needs_site: Whether the site of a message's device appears in its request.
    """

    def __init__(self, config: WebhookConfig, route: Route) -> None:
        self.config = config
        self.bodies = Bodies(config, route)
        self._target = config.url.template
        names = () if self._target is None else self._target.names
        self.needs_site = self.bodies.needs_site or SITE in names
        headers = {
            "Host": config.url.authority,
            "Accept": "*/*",
            "User-Agent": USER_AGENT,
            "Content-Type": self.bodies.content_type,
            **config.headers,
        }
        if not _TARGET.fullmatch(config.url.target) or not all(
            _NAME.fullmatch(name) and _VALUE.fullmatch(value) for name, value in headers.items()
        ):
            raise DestinationError([("", "the route's headers make no valid HTTP request")])
        lines = [" HTTP/1.1\r\n", *(f"{name}: {value}\r\n" for name, value in headers.items())]
        self._rest = "".join(lines).encode() + b"Content-Length: "
        self._head = f"{config.method} {config.url.target}".encode() + self._rest
        own = {name.lower() for name in config.headers}
        self._tells_trace = not own & {TRACEPARENT, TRACESTATE}  # else the route has its own
        self._macs = {key.value: Mac(key.value) for key in config.keys}
        self._hidden = _find_hidden(config, route)
        self._scrubbed = (b"", "")
        self.last_answer = LastAnswer()

    def request(
        self,
        delivery: Delivery,
        *,
        attempt: int,
        unix_seconds: int,
        site_id: str | None = None,
    ) -> bytes:
        """Make the request of one attempt.

        Args:
            delivery: What to deliver.
            attempt: The number of this attempt, from 1.
            unix_seconds: The time of this attempt.
            site_id: Where its device is, if the webhook needs it.

        Raises:
            CannotRender: Its body or URL cannot be made.
        """
        body = self.bodies.one(delivery, site_id)
        head = self._head if self._target is None else self._filled_head(delivery, site_id)
        topic = delivery.topic
        if not topic.isprintable():
            topic = _CONTROL.sub(" ", topic)
        more = f"X-Pulse-Topic: {topic}\r\nX-Pulse-Attempt: {attempt}\r\n"
        if delivery.trace is not None and self._tells_trace:
            more += "".join(f"{name}: {value}\r\n" for name, value in told_onwards(delivery))
        return self._signed(head, body, more, delivery.message_id, unix_seconds)

    def batch_request(
        self,
        deliveries: Sequence[Delivery],
        bodies: Sequence[bytes],
        *,
        message_id: str,
        unix_seconds: int,
    ) -> bytes:
        """Make the request of one attempt with several deliveries.

        Args:
            deliveries: What to deliver.
            bodies: Their bodies.
            message_id: The request's own `webhook-id`, new at every attempt.
            unix_seconds: The time of this attempt.

        Raises:
            CannotRender: Its URL cannot be made.
        """
        head = self._head if self._target is None else self._filled_head(deliveries[0], None)
        return self._signed(head, join_batch(bodies), "", message_id, unix_seconds)

    def show(self, request: bytes, delivery: Delivery, site_id: str | None) -> ShownRequest:
        """Show a request that was made of a delivery, without its secrets.

        Raises:
            CannotRender: It cannot be made.
        """
        body = self.bodies.one(delivery, site_id, masked=True)
        lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:]
        headers = dict(line.split(": ", 1) for line in lines)
        headers |= dict.fromkeys(self.config.headers, MASK)
        if self.config.batch is not None:
            body = join_batch([body])
        url = self.shown_url(delivery, site_id)
        return ShownRequest(self.config.method, url, headers, body.decode("utf-8", "replace"))

    def shown_url(self, delivery: Delivery, site_id: str | None) -> str:
        """Give the URL of a delivery as it may be shown: its query masked, save what messages say.

        Raises:
            CannotRender: It cannot be made.
        """
        url = self.config.url
        target = url.template or read_target(*url.target.partition("?")[::2])
        facts = fill_facts(target.names, delivery, site_id)
        return url.origin + target.masked(facts, MASK)

    def _filled_head(self, delivery: Delivery, site_id: str | None) -> bytes:
        assert self._target is not None  # noqa: S101 - asked before
        target = self._target.fill(fill_facts(self._target.names, delivery, site_id))
        return f"{self.config.method} {target}".encode() + self._rest

    def _signed(
        self, head: bytes, body: bytes, more: str, message_id: str, unix_seconds: int
    ) -> bytes:
        macs = self._macs
        if len(macs) > 1:
            active = active_keys(self.config.keys, unix_seconds)
            macs = {key: macs[key] for key in active}
        signed = signature_lines(
            body, [*macs.values()], message_id=message_id, unix_seconds=unix_seconds
        )
        return b"".join((head, f"{len(body)}\r\n{more}{signed}\r\n".encode(), body))

    def scrub_answer(self, beginning: bytes) -> str:
        """Make the beginning of an answer's body fit to be shown; the next is often the same."""
        if beginning != self._scrubbed[0]:
            self._scrubbed = beginning, self.scrub(beginning.decode("utf-8", "replace"))
        return self._scrubbed[1]

    def scrub(self, text: str) -> str:
        """Make what a server said fit for an error: one line, without what must stay hidden.

        Args:
            text: The beginning of it, which may end in the middle of a secret.
        """
        for hidden in self._hidden:
            text = _hide_cut(text.replace(hidden, MASK), hidden)
        return _UNPRINTABLE.sub(" ", text).strip()


def _find_hidden(config: WebhookConfig, route: Route) -> list[str]:
    """List what an endpoint may echo and nobody may read: secrets, headers, the query."""
    found = {*(secret.value for secret in route.secrets), *config.headers.values()}
    for secret in config.template_secrets.values():
        found |= {secret, msgspec.json.encode(secret).decode()[1:-1]}  # as it stands in JSON
    for value in config.headers.values():
        found.update(value.split())
    _, _, query = config.url.target.partition("?")
    found.add(query)
    for part in query.split("&"):
        found.update(literals_of(part.partition("=")[2]))
    return sorted((text for text in found if len(text) >= _SHORTEST_SECRET), key=len, reverse=True)


def _hide_cut(text: str, hidden: str) -> str:
    """Mask the beginning of what must stay hidden, where the text ends in the middle of it."""
    whole = text.rstrip("\ufffd")  # half a character
    start = max(0, len(whole) - len(hidden))
    while (start := whole.find(hidden[:_SHORTEST_SECRET], start)) >= 0:
        if hidden.startswith(whole[start:]):
            return whole[:start] + MASK
        start += 1
    return text
