"""Reads the URL of a database as libpq reads it; the environment and files have no say in it.

It makes no connection. No error holds anything of the URL that might be a piece of a password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import quote, unquote

from pulse_router.postgres.target import DEFAULT_PORT, SYSTEM, VERIFYING, Host, Target, Tls
from pulse_router.postgres.url_parameters import (
    UrlProblem,
    check_parameters,
    read_choice,
    read_seconds,
)

__all__ = ["Target", "UrlProblem", "read_url", "url_as", "with_authority"]

_URL: Final = re.compile(
    r"postgres(?:ql)?://(?:(?P<login>[^@/]*)@)?(?P<hosts>[^/?]*)"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<query>.*))?",
    re.DOTALL,
)
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST: Final = re.compile(r"[^\s,:/@?#\[\]\x00-\x1f\"']+|/[^\x00]*")
_IN_BRACKETS: Final = re.compile(r"\[([0-9A-Za-z:.%_-]+)\](?::(\d*))?")

_AT_SIGN_LEFT: Final = (
    "cannot be read: an @ stands behind the host, so the password probably holds @ or /;"
    " write @ as %40, / as %2F and % as %25 in it"
)
_TLS_MODES: Final = ("disable", "allow", "prefer", "require", *VERIFYING)
_SESSIONS: Final = ("any", "read-write", "read-only", "primary", "standby", "prefer-standby")
_TLS_VERSIONS: Final = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


def read_url(url: str) -> Target:
    """Read a URL like `postgresql://user:password@host:5432/database?sslmode=verify-full`.

    Raises:
        UrlProblem: It cannot be used; the text says why, with the way out.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise UrlProblem("must be a URL that begins with postgresql:// or postgres://")
    if "@" in (match["database"] or ""):  # said first: nothing of it may be told as a host's name
        raise UrlProblem(_AT_SIGN_LEFT)
    try:
        return _read(match)
    except UrlProblem:
        rest = url[match.start("hosts") :]
        # What looks like a host, a port or a parameter would be a piece of the password then.
        if "@" in (rest if match["login"] is None else rest.partition("?")[0]):
            raise UrlProblem(_AT_SIGN_LEFT) from None
        raise


def with_authority(url: str, ca_file: str | None) -> str:
    """Give a URL that trusts the authorities in a file, and only them, unless it names others.

    Args:
        url: A URL that can be read.
        ca_file: The file; None leaves the URL as it is.

    Raises:
        UrlProblem: The URL asks for connections that nobody verifies, or for an authority.
    """
    tls = read_url(url).tls
    if ca_file is None or tls.ca_file not in {None, SYSTEM}:
        if tls.mode == "verify-ca" and tls.ca_file is None:
            raise UrlProblem(
                "asks for sslmode=verify-ca, which needs to know whose certificates are good: set"
                " database.ca_file or sslrootcert, or use sslmode=verify-full"
            )
        return url
    match = _URL.fullmatch(url)
    parameters = _parameters(match["query"] if match else None)
    if parameters.get("sslrootcert"):
        return url
    if parameters.get("sslmode") in {"disable", "allow", "prefer"}:
        raise UrlProblem(
            f"verifies nobody's certificate (sslmode={tls.mode}), though database.ca_file says"
            " whose are good: leave sslmode out"
        )
    mode = "verify-ca" if tls.mode == "verify-ca" else "verify-full"
    separator = "&" if "?" in url else "?"
    return f"{url}{separator}sslrootcert={quote(ca_file, safe='/')}&sslmode={mode}"


def url_as(user: str, url: str) -> str:
    """Give the URL of the same database for somebody else, without any password or parameter.

    Raises:
        UrlProblem: It cannot be read.
    """
    target = read_url(url)
    hosts = ",".join(map(str, target.hosts))
    database = quote(target.database or target.user or "", safe="")
    if all(host.name and not host.name.startswith("/") for host in target.hosts):
        return f"postgresql://{quote(user, safe='')}@{hosts}/{database}"
    folders = ",".join(host.name for host in target.hosts)
    place = f"?host={quote(folders, safe='/')}" if folders.strip(",") else ""
    return f"postgresql://{quote(user, safe='')}@/{database}{place}"


def _read(match: re.Match[str]) -> Target:
    parameters = _parameters(match["query"])
    check_parameters(parameters)
    login, colon, password = (match["login"] or "").partition(":")
    hosts = _read_hosts(match["hosts"], parameters)
    database = _decode(match["database"] or "")
    names = ("application_name", "options")
    return Target(
        hosts=hosts,
        user=parameters.get("user") or _decode(login) or None,
        password=parameters.get("password") or (_decode(password) if colon else None) or None,
        passfile=parameters.get("passfile") or None,
        database=parameters.get("dbname") or parameters.get("database") or database or None,
        tls=_read_tls(parameters),
        # Whoever names several wants the one that can be written to: nothing else is of use here.
        session=read_choice(parameters, "target_session_attrs", _SESSIONS)
        or ("any" if len(hosts) == 1 else "read-write"),
        shuffles=read_choice(parameters, "load_balance_hosts", ("disable", "random")) == "random",
        session_settings={name: parameters[name] for name in names if parameters.get(name)},
        connect_seconds=read_seconds(parameters, "connect_timeout") or None,
        socket={
            name: read_seconds(parameters, name)
            for name in (
                *("keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count"),
                "tcp_user_timeout",
            )
            if name in parameters
        },
    )


def _parameters(query: str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for piece in (query or "").split("&"):
        name, equals, value = piece.partition("=")
        if equals:
            found[_decode(name)] = _decode(value)
        elif piece:
            raise UrlProblem("has a parameter behind the ? that has no =")
    return found


def _decode(text: str) -> str:
    if _LONE_PERCENT.search(text):
        raise UrlProblem(
            "has a % that no two hexadecimal digits follow: write % itself as %25, also in a"
            " password"
        )
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise UrlProblem("has percent-encoded bytes that are not UTF-8") from None
    if "\0" in decoded:
        raise UrlProblem("holds a NUL")
    return decoded


def _read_hosts(authority: str, parameters: Mapping[str, str]) -> Sequence[Host]:
    names, ports = [], []
    for one in authority.split(","):
        name, port = _split_host(one)
        names.append(name)
        ports.append(port)
    if parameters.get("host"):
        names, ports = parameters["host"].split(","), [""]
    addresses = parameters["hostaddr"].split(",") if parameters.get("hostaddr") else []
    if addresses and names == [""]:
        names = [""] * len(addresses)
    if parameters.get("port"):
        ports = parameters["port"].split(",")
    if len(ports) not in {1, len(names)} or len(addresses) not in {0, len(names)}:
        raise UrlProblem("names more or fewer ports or hostaddr than hosts")
    ports = ports * len(names) if len(ports) == 1 else ports
    addresses = addresses or [""] * len(names)
    return [_read_host(*each) for each in zip(names, ports, addresses, strict=True)]


def _split_host(text: str) -> tuple[str, str]:
    bracketed = _IN_BRACKETS.fullmatch(text)
    if bracketed is not None:
        return _decode(bracketed[1]) if "%25" in bracketed[1] else bracketed[1], bracketed[2] or ""
    name, _, port = text.partition(":")
    return _decode(name), _decode(port)


def _read_host(name: str, port: str, address: str) -> Host:
    bare = name.strip("[]")
    if address:
        try:
            ip_address(address)
        except ValueError:
            raise UrlProblem("hostaddr must be an IP address") from None
    is_address = ":" in bare and _is_address(bare)
    if bare and not is_address and _HOST.fullmatch(bare) is None:
        raise UrlProblem("has a host that is neither a name nor an address")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65_535):
        raise UrlProblem("has a port that is no number from 1 to 65535")
    return Host(bare or address, int(port) if port else DEFAULT_PORT, address or None)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _read_tls(parameters: Mapping[str, str]) -> Tls:
    ca_file = parameters.get("sslrootcert") or None
    mode = read_choice(parameters, "sslmode", _TLS_MODES)
    if mode is None:
        by_default = "verify-full" if ca_file == SYSTEM else "prefer"
        mode = "require" if parameters.get("ssl") in {"true", "on", "1"} else by_default
    if ca_file == SYSTEM and mode != "verify-full":
        raise UrlProblem("sslrootcert=system needs sslmode=verify-full")
    if ca_file is not None and mode == "require":
        mode = "verify-ca"  # as libpq has it
    is_direct = read_choice(parameters, "sslnegotiation", ("postgres", "direct")) == "direct"
    if is_direct and mode in {"disable", "allow", "prefer"}:
        raise UrlProblem("sslnegotiation=direct needs sslmode=require or stricter")
    return Tls(
        mode=mode,
        ca_file=ca_file or (SYSTEM if mode == "verify-full" else None),
        cert_file=parameters.get("sslcert") or None,
        key_file=parameters.get("sslkey") or None,
        key_password=parameters.get("sslpassword") or None,
        crl_file=parameters.get("sslcrl") or None,
        least=read_choice(parameters, "ssl_min_protocol_version", _TLS_VERSIONS) or "TLSv1.2",
        most=read_choice(parameters, "ssl_max_protocol_version", _TLS_VERSIONS),
        is_direct=is_direct,
    )
