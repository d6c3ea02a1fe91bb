"""Sends deliveries to webhooks; whatever happens becomes an outcome.

It makes single attempts: when to try again, and what is stored, is decided elsewhere.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import trio

from pulse_router.domain.deliveries import Delivery, Outcome, ShownRequest, Verdict
from pulse_router.domain.destinations import DestinationError, WebhookDefaults, parse_webhook
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.routes import Route
from pulse_router.domain.templates.limits import CannotRender
from pulse_router.webhook.answers import AnswerReader, NotHttp
from pulse_router.webhook.breaks import LineBroken
from pulse_router.webhook.connecting import CannotConnect
from pulse_router.webhook.guard import NetworkGuard
from pulse_router.webhook.judging import judge
from pulse_router.webhook.making import BatchTooLarge, RequestMaker
from pulse_router.webhook.names import Resolver, SystemResolver
from pulse_router.webhook.neighbours import Neighbourhood
from pulse_router.webhook.network import AddressForbidden, GuardedNetwork
from pulse_router.webhook.pools import MAX_ORIGINS, OriginPools
from pulse_router.webhook.proxy import WayOut
from pulse_router.webhook.requests import PreparedWebhook
from pulse_router.webhook.tls import TlsContexts, WebhookTls

_MAX_PREPARED: Final = 4096
_MAX_DETAIL: Final = 300


class _NothingSent(Exception):
    """An attempt has ended before anything was sent."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


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
        started_at = sent_at = trio.current_time()
        try:
            webhook = self._find(route)
            request = self.maker.one_nowait(webhook, delivery, attempt=attempt)
            if request is None:
                make = partial(self.maker.one, webhook, delivery, attempt=attempt)
                request = await self._in_time(webhook, make, started_at)
                sent_at = trio.current_time()
        except CannotRender as error:
            return Outcome(Verdict.DEAD, error=f"the request cannot be made: {error}")
        except _NothingSent as nothing:
            return nothing.outcome
        return await self._send(webhook, request, started_at, sent_at)

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
        started_at = trio.current_time()
        try:
            webhook = self._find(route)
            make = partial(self.maker.batch, webhook, deliveries)
            request = await self._in_time(webhook, make, started_at)
        except BatchTooLarge as error:
            return Outcome(Verdict.DEAD, error=str(error), is_too_large=True)
        except _NothingSent as nothing:
            return nothing.outcome
        return await self._send(webhook, request, started_at, trio.current_time())

    async def show(self, delivery: Delivery, route: Route) -> ShownRequest:
        """See delivery's port."""
        return await self.maker.show(self._prepare(route), delivery)

    def _find(self, route: Route) -> PreparedWebhook:
        """Give a route's webhook.

        Raises:
            _NothingSent: Nothing may go out by it.
        """
        if route.fault is not None:  # whatever happens, nothing goes out unsigned
            raise _NothingSent(Outcome(Verdict.RETRY, error=route.fault))
        try:
            webhook = self._prepare(route)
        except DestinationError as error:
            said = f"the route's destination is not valid: {error}"
            raise _NothingSent(Outcome(Verdict.DEAD, error=said)) from None
        certificate = webhook.config.client_certificate
        if certificate is not None and not self._tls.may_show(certificate, route.tenant_id):
            said = f"the operator has set no client certificate {certificate!r} for it"
            raise _NothingSent(Outcome(Verdict.RETRY, error=said))
        return webhook

    async def _in_time(
        self, webhook: PreparedWebhook, make: Callable[[], Awaitable[bytes]], started_at: float
    ) -> bytes:
        """Make a request of which something has to be looked up, or much be made.

        Raises:
            _NothingSent: It cannot be made now.
        """
        with trio.move_on_at(started_at + webhook.config.timeout_seconds):
            try:
                return await make()
            except Unavailable as error:
                raise _NothingSent(Outcome(Verdict.RETRY, error=str(error))) from None
        raise _NothingSent(_too_late(webhook, started_at))

    async def _send(
        self, webhook: PreparedWebhook, request: bytes, started_at: float, now: float
    ) -> Outcome:
        """Send a request, and judge the answer."""
        config, reader = webhook.config, AnswerReader(webhook.last_answer)
        said = ""
        try:
            await self._pools.exchange(
                config.url,
                request,
                reader,
                now=now,
                certificate=config.client_certificate,
                deadline=started_at + config.timeout_seconds,
            )
        except AddressForbidden as error:
            verdict = Verdict.DEAD if error.is_literal else Verdict.RETRY
            return Outcome(verdict, error=str(error), duration_seconds=_seconds_since(started_at))
        except CannotConnect as error:
            said = f"cannot connect: {_detail(webhook, error)}"
        except NotHttp as error:
            said = f"no valid HTTP answer: {_detail(webhook, error)}"
        except LineBroken as error:
            said = f"the connection broke: {_detail(webhook, error)}"
        if said:
            said = f"{config.url.origin}: {said}"
            seconds = _seconds_since(started_at)
            return Outcome(Verdict.RETRY, error=said, duration_seconds=seconds)
        if reader.answer.status:
            # The status is the end of the attempt, even when the deadline falls into the body.
            return judge(webhook, reader.answer, _seconds_since(started_at), self._clock)
        return _too_late(webhook, started_at)

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


def _too_late(webhook: PreparedWebhook, started_at: float) -> Outcome:
    said = f"no answer within {webhook.config.timeout_seconds:g} s"
    return Outcome(Verdict.RETRY, error=said, duration_seconds=_seconds_since(started_at))


def _seconds_since(started_at: float) -> float:
    return trio.current_time() - started_at


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
        nursery.start_soon(pools.run)
        try:
            yield WebhookDestination(
                pools, tls, defaults=defaults or WebhookDefaults(), clock=clock
            )
        finally:
            nursery.cancel_scope.cancel()
            pools.close()
