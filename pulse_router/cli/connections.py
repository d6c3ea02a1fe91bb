"""Tries what the settings name: database, broker and issuer. It changes nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import trio
import trio_asyncio

from pulse_router.domain.errors import PulseError, Unavailable
from pulse_router.domain.webhook_config import parse_url
from pulse_router.mqtt.events import Ended, Opened
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.problems import explain
from pulse_router.mqtt.session import Session
from pulse_router.mqtt.transport import open_transport
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.options import client_options, issuer_options, login_role, network_guard
from pulse_router.postgres.database import Database, open_database
from pulse_router.postgres.migrations import is_pooled
from pulse_router.postgres.transaction import Record
from pulse_router.settings import (
    AuthSettings,
    DatabaseSettings,
    DeliverySettings,
    MqttSettings,
    Settings,
)
from pulse_router.stores.roles import Role
from pulse_router.stores.routes.urls import webhook_urls
from pulse_router.stores.schema import access_to, pending
from pulse_router.stores.system import NOT_DURABLE
from pulse_router.webhook.guard import NetworkGuard, literal_address

MAX_REFUSED_SHOWN: Final = 10
"""How many routes are named that lead where webhooks may not go."""
_READ_BYTES: Final = 65_536


@attrs.define
class Tried:
    """What connecting showed.

    Attributes:
        faults: What is wrong, in a sentence, by the name of the server; None when nothing is.
        warnings: What works and still should not be so, in sentences.
        may_connect: Who may connect to the database besides the router, by name.
    """

    faults: dict[str, str | None] = attrs.field(factory=dict)
    warnings: list[str] = attrs.field(factory=list)
    may_connect: list[str] = attrs.field(factory=list)


async def try_connections(settings: Settings) -> Tried:
    """Connect to each server."""
    tried = Tried()
    async with trio_asyncio.open_loop():
        tried.faults["database"] = await _try_database(settings.database, settings.delivery, tried)
        tried.faults["mqtt"] = await _try_broker(settings.mqtt)
    if settings.auth.has_issuer:
        tried.faults["issuer"] = await _try_issuer(settings.auth)
    return tried


async def _try_issuer(settings: AuthSettings) -> str | None:
    """Ask the issuer of tokens for its keys."""
    options = issuer_options(settings)
    if options is None:
        return "auth.issuer is not set"
    try:
        await IssuerSite(options).fetch_keys()
    except Unavailable as error:
        return str(error)
    return None


async def _try_database(
    settings: DatabaseSettings, delivery: DeliverySettings, tried: Tried
) -> str | None:
    """Log in, look for migrations that are due, take on each role, and see who else may connect."""
    url = settings.direct_url or settings.url
    pgbouncer = settings.pgbouncer and url == settings.url
    is_off: Sequence[Record] = ()
    refused: Sequence[str] = ()
    try:
        tried.warnings.extend(await _find_poolers(settings))
        due = await pending(url, pgbouncer=pgbouncer)
        if due:
            names = ", ".join(each.name for each in due)
            return f"migrations are due ({names}): run `pulse-router migrate`"
        async with open_database(
            settings.url, pool_size=1, pgbouncer=settings.pgbouncer
        ) as database:
            for role in Role:
                async with database.transaction(role, read_only=True) as transaction:
                    is_off = await transaction.fetch(NOT_DURABLE)
            refused = await _find_refused(database, network_guard(delivery))
        access = await access_to(url, login_role=login_role(settings), pgbouncer=pgbouncer)
    except PulseError as error:
        return str(error)
    tried.warnings.extend(f"database: {problem}" for problem in access.problems)
    tried.warnings.extend(
        f"database: {row['name']} is off on the server: when that loses its power, what was"
        " acknowledged may be lost, and the database with it"
        for row in is_off
    )
    tried.warnings.extend(refused)
    tried.may_connect.extend(access.granted)
    return None


async def _find_refused(database: Database, guard: NetworkGuard) -> Sequence[str]:
    """Say of which webhooks the URL alone shows that they will be refused."""
    found: list[str] = []
    count = last = 0
    while page := await webhook_urls(database, after=last):
        for row in page:
            if (refusal := _refusal(guard, row["url"] or "")) is not None:
                count += 1
                if len(found) < MAX_REFUSED_SHOWN:
                    whose = f"route {row['id']} of {row['tenant_id']}"
                    found.append(f"the webhook of {whose}: {refusal}")
        last = page[-1]["id"]
    if count > len(found):
        found.append(f"{count - len(found)} more webhooks lead where they may not go")
    return found


def _refusal(guard: NetworkGuard, text: str) -> str | None:
    try:
        url = parse_url(text)
    except ValueError:
        return None  # it was written by hand, and says so at its first attempt
    address = literal_address(url.host)
    by_port = guard.refusal_of_port(url.port)
    return by_port if address is None or by_port is not None else guard.refusal(address)


async def _find_poolers(settings: DatabaseSettings) -> list[str]:
    """Find poolers that the settings do not speak of."""
    found = []
    if settings.direct_url is not None and await is_pooled(settings.direct_url):
        found.append(
            "database.direct_url leads to a pooler such as PgBouncer: it has to lead to the server"
            " itself"
        )
    if not settings.pgbouncer and await is_pooled(settings.url):
        found.append(
            "database.url leads to a pooler such as PgBouncer: set database.pgbouncer = true, and"
            " database.direct_url to the server itself if there is a way"
        )
    return found


async def _try_broker(settings: MqttSettings) -> str | None:
    """Shake hands with the broker, under a client id of our own: the router keeps its session."""
    options = attrs.evolve(
        client_options(settings),
        client_id=f"{settings.client_id}-check",
        session_expiry_seconds=0,
    )
    try:
        with trio.fail_after(options.connect_timeout_seconds):
            return await _shake_hands(options)
    except trio.TooSlowError:
        return f"the MQTT broker at {options.address} does not answer"
    except Unavailable as error:
        return f"the MQTT broker at {options.address} cannot be reached: {error}"


async def _shake_hands(options: ClientOptions) -> str | None:
    session = Session(options)
    async with await open_transport(options) as stream:
        try:
            await stream.send_all(session.connect())
            while data := await stream.receive_some(_READ_BYTES):
                for event in session.receive(bytes(data)).events:
                    if isinstance(event, Ended):
                        return explain(event, options)
                    if isinstance(event, Opened):
                        await stream.send_all(session.disconnect())
                        return None
        except trio.BrokenResourceError:
            pass  # it hung up, as when it ends the stream
    return f"{options.address} hung up: is that an MQTT broker?"
