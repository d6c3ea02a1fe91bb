"""Sends deliveries to webhooks; whatever happens becomes an outcome.

It makes single attempts: when to try again, and what is stored, is decided elsewhere.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final, TypeAlias

import attrs
import trio

from pulse_router.domain.deliveries import Delivery, Outcome, ShownRequest, Verdict
from pulse_router.domain.destinations import DestinationError, WebhookDefaults, parse_webhook
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.retry import GONE, MOVED_FOR_GOOD, classify_status, parse_asked_seconds
from pulse_router.domain.routes import Route
from pulse_router.domain.templates.limits import CannotRender
from pulse_router.webhook.answers import Answer, AnswerReader, NotHttp
from pulse_router.webhook.connecting import CannotConnect
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.lines import LineBroken
from pulse_router.webhook.making import BatchTooLarge, RequestMaker
from pulse_router.webhook.names import Resolver, SystemResolver
from pulse_router.webhook.neighbours import Neighbourhood
from pulse_router.webhook.network import AddressForbidden, GuardedNetwork
from pulse_router.webhook.pools import MAX_ORIGINS, OriginPools
from pulse_router.webhook.proxy import WayOut
from pulse_router.webhook.redirects import describe_move
from pulse_router.webhook.requests import PreparedWebhook
from pulse_router.webhook.tls import TlsContexts, WebhookTls

_MAX_PREPARED: Final = 4096
_MAX_DETAIL: Final = 300

_MakeRequest: TypeAlias = Callable[[PreparedWebhook], Awaitable[bytes]]


class WebhookDestination:
    """Makes attempts at webhooks; made by `open_webhooks`.

    Args:
        pools: The connections.
        tls: Which client certificates there are.
        defaults: What the operator has set for what a route leaves open.
        clock: Gives the Unix time, for signatures and dates.

    Attributes:
        maker: Makes the requests.
    """

    def __init__(
        self,
        pools: OriginPools,
        tls: WebhookTls,
        *,
        defaults: WebhookDefaults,
        clock: Callable[[], float],
    ) -> None:
        self._pools = pools
        self._tls = tls
        self._defaults = defaults
        self._clock = clock
        self.maker = RequestMaker(clock)
        self._prepared: OrderedDict[int, tuple[Route, PreparedWebhook]] = OrderedDict()

    @property
    def origins(self) -> int:
        """How many origins have connections."""
        return self._pools.origins

    @property
    def connections(self) -> int:
        """How many connections there are, idle ones included."""
        return self._pools.connections

    async def deliver(self, delivery: Delivery, route: Route, *, attempt: int) -> Outcome:
        """Make one attempt; failures are outcomes, never exceptions.

        Args:
            delivery: What to deliver.
            route: The route as it is now.
            attempt: The number of this attempt, from 1.
        """
        try:
            return await self._deliver(
                route, lambda webhook: self.maker.one(webhook, delivery, attempt=attempt)
            )
        except CannotRender as error:
            return Outcome(Verdict.DEAD, error=f"the request cannot be made: {error}")

    async def deliver_batch(self, deliveries: Sequence[Delivery], route: Route) -> Outcome:
        """Make one attempt with several deliveries; failures are outcomes, never exceptions.

        Args:
            deliveries: What to deliver, at least one; they belong to one route.
            route: The route as it is now.

        Raises:
            CannotRender: One of several makes it impossible; nothing was sent.
        """
        if len(deliveries) == 1:
            return await self.deliver(deliveries[0], route, attempt=1)  # of which it tells nothing
        try:
            return await self._deliver(route, lambda webhook: self.maker.batch(webhook, deliveries))
        except BatchTooLarge as error:
            return Outcome(Verdict.DEAD, error=str(error), is_too_large=True)

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest:
        """See delivery's port."""
        return await self.maker.show(self._prepare(route), delivery)

    async def _deliver(self, route: Route, make_request: _MakeRequest) -> Outcome:
        if route.fault is not None:  # whatever happens, nothing goes out unsigned
            return Outcome(Verdict.RETRY, error=route.fault)
        started_at = trio.current_time()
        try:
            webhook = self._prepare(route)
        except DestinationError as error:
            return Outcome(Verdict.DEAD, error=f"the route's destination is not valid: {error}")
        certificate = webhook.config.client_certificate
        if certificate is not None and not self._tls.may_show(certificate, route.tenant_id):
            said = f"the operator has set no client certificate {certificate!r} for it"
            return Outcome(Verdict.RETRY, error=said)
        timeout_seconds = webhook.config.timeout_seconds
        reader = AnswerReader()
        failure: Outcome | None = None
        with trio.move_on_after(timeout_seconds):
            try:
                request = await make_request(webhook)
            except Unavailable as error:
                return Outcome(Verdict.RETRY, error=str(error))
            failure = await self._attempt(webhook, request, reader)
        seconds = trio.current_time() - started_at
        if failure is None and reader.answer.status:
            # The status is the end of the attempt, even when the deadline falls into the body.
            return self._judge(webhook, reader.answer, seconds)
        failure = failure or Outcome(Verdict.RETRY, error=f"no answer within {timeout_seconds:g} s")
        return attrs.evolve(failure, duration_seconds=seconds)

    def _prepare(self, route: Route) -> PreparedWebhook:
        known = self._prepared.get(route.id)
        if known is not None and known[0] is route:
            return known[1]
        config = parse_webhook(
            route.destination_config, route.secrets, self._defaults, route.template_secrets
        )
        prepared = PreparedWebhook(config, route)
        self._prepared[route.id] = (route, prepared)
        self._prepared.move_to_end(route.id)
        if len(self._prepared) > _MAX_PREPARED:
            self._prepared.popitem(last=False)
        return prepared

    async def _attempt(
        self, webhook: PreparedWebhook, request: bytes, reader: AnswerReader
    ) -> Outcome | None:
        """Send a request; tells why there is no answer, and None when there is one."""
        origin = webhook.config.url.origin
        try:
            certificate = webhook.config.client_certificate
            await self._pools.exchange(webhook.config.url, request, reader, certificate=certificate)
        except AddressForbidden as error:
            verdict = Verdict.DEAD if error.is_literal else Verdict.RETRY
            return Outcome(verdict, error=str(error))
        except CannotConnect as error:
            said = f"cannot connect: {_detail(webhook, error)}"
        except NotHttp as error:
            said = f"no valid HTTP answer: {_detail(webhook, error)}"
        except LineBroken as error:
            said = f"the connection broke: {_detail(webhook, error)}"
        else:
            return None
        return Outcome(Verdict.RETRY, error=f"{origin}: {said}")

    def _judge(self, webhook: PreparedWebhook, answer: Answer, seconds: float) -> Outcome:
        status, said = answer.status, ""
        if answer.beginning:
            said = webhook.scrub(answer.beginning.decode("utf-8", "replace"))
        return Outcome(
            classify_status(status),
            error=self._explain(webhook, answer, said),
            response=said,
            status=status,
            duration_seconds=seconds,
            retry_after_seconds=self._asked_seconds(answer) if status >= 300 else None,
            disable_route=status == GONE,
            is_too_large=status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        )

    @staticmethod
    def _explain(webhook: PreparedWebhook, answer: Answer, said: str) -> str:
        error = _explain(answer.status)
        if answer.status in MOVED_FOR_GOOD:
            said = webhook.scrub(describe_move(webhook.config.url, answer.headers.get(b"location")))
        return f"{error}: {said}" if error and said else error

    def _asked_seconds(self, answer: Answer) -> float | None:
        now = datetime.fromtimestamp(self._clock(), UTC)
        return parse_asked_seconds(answer.status, answer.headers, now)


def _explain(status: int) -> str:
    if 200 <= status < 300:
        return ""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    note = " (redirects are not followed)" if 300 <= status < 400 else ""
    return f"HTTP {status}{phrase}{note}"


def _detail(webhook: PreparedWebhook, error: Exception) -> str:
    return webhook.scrub(str(error))[:_MAX_DETAIL]


@asynccontextmanager
async def open_webhooks(
    guard: NetworkGuard,
    *,
    defaults: WebhookDefaults | None = None,
    tls: WebhookTls | None = None,
    way_out: WayOut | None = None,
    neighbourhood: Neighbourhood | None = None,
    resolver: Resolver | None = None,
    clock: Callable[[], float] = time.time,
    max_origins: int = MAX_ORIGINS,
) -> AsyncIterator[WebhookDestination]:
    """Open the webhook destination; on leaving, its connections are closed.

    Args:
        guard: Where webhooks may go.
        defaults: What the operator has set for what a route leaves open.
        tls: How to speak TLS; the system's authorities are trusted by default.
        way_out: Whether connections go through a proxy; they do not by default.
        neighbourhood: Who knows which addresses are near; the system by default.
        resolver: Who resolves names; the system by default.
        clock: Gives the Unix time.
        max_origins: How many origins keep their connections while they are not in use.
    """
    async with trio.open_nursery() as nursery:
        tls = tls or WebhookTls(TlsContexts())
        network = GuardedNetwork(
            guard,
            resolver or SystemResolver(nursery),
            tls,
            way_out or WayOut(),
            neighbourhood or Neighbourhood(),
        )
        pools = OriginPools(network, max_origins=max_origins)
        nursery.start_soon(pools.close_idle_for_ever)
        try:
            yield WebhookDestination(
                pools, tls, defaults=defaults or WebhookDefaults(), clock=clock
            )
        finally:
            nursery.cancel_scope.cancel()
            pools.close()
