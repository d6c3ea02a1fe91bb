"""Makes a connection of what a URL says: to which server, encrypted how, as whom.

asyncpg is given every value, so that neither the environment (PGSSLMODE and the like) nor files in
somebody's home have a say. It must not know what the connection is for.
"""

from __future__ import annotations

import os
import pwd
import random
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import asyncpg
import trio
from trio_asyncio import aio_as_trio

from pulse_router.domain.errors import Unavailable
from pulse_router.postgres.errors import ConnectionLost, connect_failure
from pulse_router.postgres.passfile import find_password
from pulse_router.postgres.target import Host, Target
from pulse_router.postgres.tls import make_context
from pulse_router.postgres.url import UrlProblem, read_url

Raw: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Attempt: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[Raw]]

_SOCKET_FOLDERS: Final = ("/run/postgresql", "/var/run/postgresql", "/tmp")  # noqa: S108 - libpq's
_STARTING_UP: Final = "57P03"
_STATE: Final = (
    "SELECT pg_catalog.pg_is_in_recovery() AS standby,"
    " pg_catalog.current_setting('transaction_read_only') = 'on' AS read_only"
)
_SOCKET_OPTIONS: Final = {
    "keepalives_idle": (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
    "keepalives_interval": (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL),
    "keepalives_count": (socket.IPPROTO_TCP, socket.TCP_KEEPCNT),
    "tcp_user_timeout": (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
}


async def dial(url: str, attempt: Attempt, *, timeout_seconds: float) -> Raw:
    """Make a connection to the first of a URL's servers that will do.

    Args:
        url: As libpq has it.
        attempt: Calls asyncpg with the arguments that say where and how.
        timeout_seconds: How long it may take in all, where the URL gives no `connect_timeout`.

    Raises:
        Unavailable: None can be had now; the message says why.
    """
    try:
        target = read_url(url)
    except UrlProblem as problem:
        raise Unavailable(f"the database URL {problem}") from None
    hosts = list(target.hosts)
    if target.shuffles:
        random.shuffle(hosts)
    per_host = target.connect_seconds or timeout_seconds / len(hosts)
    failures: dict[str, Unavailable] = {}
    passes = [target.session]
    if target.session == "prefer-standby":
        passes = ["standby", "any"]
    for wanted in passes:
        for host in hosts:
            try:
                return await _dial_host(target, host, wanted, attempt, per_host)
            except Unavailable as error:
                is_next_of_use = isinstance(error, _Unwanted | ConnectionLost)
                if not is_next_of_use and error.sqlstate != _STARTING_UP:
                    raise
                failures[str(host)] = error
    raise _in_all(target, failures)


def _in_all(target: Target, failures: Mapping[str, Unavailable]) -> Unavailable:
    *_, last = failures.values()
    if len(failures) == 1:
        return last
    each = "; ".join(str(error) for error in failures.values())
    kind = ConnectionLost if isinstance(last, ConnectionLost) else Unavailable
    return kind(f"none of {target.server} will do: {each}", sqlstate=last.sqlstate)


class _Unwanted(Unavailable):
    """The server is not what `target_session_attrs` asks for."""


async def _dial_host(
    target: Target, host: Host, wanted: str, attempt: Attempt, timeout_seconds: float
) -> Raw:
    server = f"PostgreSQL at {host}"
    arguments = _arguments(target, host)
    try:
        with trio.fail_after(timeout_seconds):
            raw: Raw = await aio_as_trio(_try_encryptions)(target, host, wanted, attempt, arguments)
            return raw
    except trio.TooSlowError:
        message = f"no connection to {server} within {timeout_seconds:g} seconds"
        raise ConnectionLost(message) from None
    except (
        OSError,
        ValueError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
    ) as error:
        raise connect_failure(error, server=server) from None


async def _try_encryptions(
    target: Target, host: Host, wanted: str, attempt: Attempt, arguments: Mapping[str, Any]
) -> Raw:
    """Connect with TLS or without, in the order that `sslmode` says (on asyncio's side)."""
    first_error: Exception | None = None
    for encryption in _encryptions(target, host, str(arguments["host"])):
        try:
            raw = await attempt({**arguments, "ssl": encryption})
        except (OSError, asyncpg.InvalidAuthorizationSpecificationError) as error:
            if isinstance(first_error, asyncpg.PostgresError):
                raise first_error from None
            if first_error is not None or not _may_be_encryption(error):
                raise
            first_error = error
        else:
            return await _accept(target, raw, host, wanted)
    assert first_error is not None  # noqa: S101 - there is one attempt at the least
    raise first_error


def _encryptions(target: Target, host: Host, address: str) -> Iterator[ssl.SSLContext | bool]:
    mode = target.tls.mode
    if address.startswith("/") or mode == "disable":  # who can reach a socket is here already
        yield False
        return
    if mode == "allow":
        yield False
    yield make_context(target.tls, host)
    if mode == "prefer":
        yield False


def _may_be_encryption(error: Exception) -> bool:
    """Tell whether the other choice of encryption might do better."""
    if isinstance(error, asyncpg.InvalidPasswordError):
        return False
    if isinstance(error, asyncpg.PostgresError | ssl.SSLError):
        return True
    return isinstance(error, ConnectionError) and not isinstance(error, ConnectionRefusedError)


async def _accept(target: Target, raw: Raw, host: Host, wanted: str) -> Raw:
    """See that the server is what is wanted, and set up the socket; else let go of it."""
    is_accepted = False
    try:
        _set_up_socket(target, raw)
        if wanted != "any":
            state = await raw.fetchrow(_STATE)
            _check_state(wanted, host, **dict(state or {}))
        is_accepted = True
    finally:
        if not is_accepted:
            raw.terminate()
    return raw


def _check_state(wanted: str, host: Host, *, standby: bool, read_only: bool) -> None:
    is_wanted = {
        "primary": not standby,
        "standby": standby,
        "read-write": not read_only,
        "read-only": read_only,
    }[wanted]
    if not is_wanted:
        found = "a standby" if standby else "read-only" if read_only else "a primary"
        raise _Unwanted(
            f"PostgreSQL at {host} is {found}, and target_session_attrs asks for {wanted}"
        )


def _set_up_socket(target: Target, raw: Raw) -> None:
    if not target.socket:
        return
    # There is no public way to it.
    sock = raw._transport.get_extra_info("socket")  # type: ignore[attr-defined]  # noqa: SLF001
    if sock is None or sock.family == socket.AF_UNIX:
        return
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, target.socket.get("keepalives", 1) != 0)
    for name, (level, option) in _SOCKET_OPTIONS.items():
        if value := target.socket.get(name, 0):
            sock.setsockopt(level, option, value)


def _arguments(target: Target, host: Host) -> Mapping[str, Any]:
    """Say where to connect to, and as whom; nothing is left for asyncpg to look for."""
    user = target.user or _account_name()
    database = target.database or user
    password = target.password
    if password is None and target.passfile is not None:
        password = find_password(Path(target.passfile), host, database=database, user=user)
    return {
        "host": _address(host),
        "port": host.port,
        "user": user,
        "password": password or "",
        "database": database,
        "direct_tls": target.tls.is_direct,
        "target_session_attrs": "any",
        "krbsrvname": "postgres",
        "gsslib": "gssapi",
        "server_settings": dict(target.session_settings),
    }


def _address(host: Host) -> str:
    if host.address or host.name:
        return host.address or host.name
    for folder in _SOCKET_FOLDERS:
        if Path(folder, f".s.PGSQL.{host.port}").exists():
            return folder
    return "localhost"


def _account_name() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise Unavailable(
            "the database URL names no user, and the account of this process has no name either:"
            " write postgresql://user@host/database"
        ) from None
