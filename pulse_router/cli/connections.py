"""Tries what the settings name: database, broker and issuer. It changes nothing there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import trio
import trio_asyncio

from pulse_router.domain.errors import PulseError, Unavailable
from pulse_router.mqtt.events import Ended, Opened
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.problems import explain
from pulse_router.mqtt.session import Session
from pulse_router.mqtt.transport import open_transport
from pulse_router.oidc.fetching import IssuerSite
from pulse_router.options import client_options, issuer_options, login_role
from pulse_router.postgres.database import open_database
from pulse_router.postgres.migrations import is_pooled
from pulse_router.postgres.transaction import Record
from pulse_router.settings import AuthSettings, DatabaseSettings, MqttSettings, Settings
from pulse_router.stores.roles import Role
from pulse_router.stores.schema import access_to, pending

_READ_BYTES: Final = 65_536
_NOT_DURABLE: Final = """
SELECT name FROM unnest(ARRAY['fsync', 'full_page_writes']) AS name
WHERE current_setting(name) = 'off'
"""


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
        tried.faults["database"] = await _try_database(settings.database, tried)
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


async def _try_database(settings: DatabaseSettings, tried: Tried) -> str | None:
    """Log in, look for migrations that are due, take on each role, and see who else may connect."""
    url = settings.direct_url or settings.url
    pgbouncer = settings.pgbouncer and url == settings.url
    is_off: Sequence[Record] = ()
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
                    is_off = await transaction.fetch(_NOT_DURABLE)
        access = await access_to(url, login_role=login_role(settings), pgbouncer=pgbouncer)
    except PulseError as error:
        return str(error)
    tried.warnings.extend(f"database: {problem}" for problem in access.problems)
    tried.warnings.extend(
        f"database: {row['name']} is off on the server: when that loses its power, what was"
        " acknowledged may be lost, and the database with it"
        for row in is_off
    )
    tried.may_connect.extend(access.granted)
    return None


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
