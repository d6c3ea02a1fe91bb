"""Names of environment variables from before pulse-router; they keep working."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from pulse_router.postgres.url import read_url
from pulse_router.settings.links import is_service_link
from pulse_router.settings.sources import Gathered, Given, variable

LEGACY_VARIABLES: Final = {
    "DATABASE_URL": "database.url",
    "MQTT_HOST": "mqtt.host",
    "MQTT_PORT": "mqtt.port",
    "MQTT_USERNAME": "mqtt.username",
    "MQTT_PASSWORD": "mqtt.password",
    "NATS_URL": "nats.url",
    "DELIVERY_WORKER_COUNT": "delivery.workers",
    "WEBHOOK_TIMEOUT_SECONDS": "delivery.timeout_seconds",
    "MAX_STREAM_CONNECTIONS_PER_TENANT": "stream.max_connections_per_tenant",
    "STREAM_QUEUE_SIZE": "stream.queue_size",
    "WS_POLL_SECONDS": "database.poll_seconds",
}
"""Each name, and the setting that it stands for. `PG_*` together make `database.url`."""

_PG_DEFAULTS: Final = {
    "PG_HOST": "localhost",
    "PG_PORT": "5432",
    "PG_DB": "iotcloud",
    "PG_USER": "iot",
    "PG_PASS": "",
}


_NO_HOST: Final = re.compile(r"[/?@%\s]")
_WHOLE_URL: Final = re.compile(r"\s*[\"']?postgres(ql)?://.*", re.DOTALL)


def read_legacy(environ: Mapping[str, str]) -> Gathered:
    """Gather what the old names set, by dotted key.

    Other programs use them too, so each counts only where it has the form of what it means; the
    caller judges the rest of it.
    """
    given: Gathered = {}
    for name, dotted in LEGACY_VARIABLES.items():
        value = environ.get(name)
        if not value or is_service_link(name, value):
            continue
        if name != "DATABASE_URL" or _WHOLE_URL.fullmatch(value):
            given[dotted] = _given(value, name)
    composed = None if "database.url" in given else _compose_url(environ)
    if composed is not None:
        given["database.url"] = composed
    return given


def _given(value: str, *names: str) -> Given:
    return variable(value, *names, is_old_name=True)


def _compose_url(environ: Mapping[str, str]) -> Given | None:
    """Make a URL of PG_HOST, PG_PORT, PG_DB, PG_USER and PG_PASS; None where none is set.

    A host that begins with a slash is the folder of a Unix socket.
    """
    found = {
        name: value
        for name in _PG_DEFAULTS
        if (value := environ.get(name, "").rstrip("\r\n")) and _has_its_form(name, value)
    }
    if not found:
        return None
    host, port, database, user, password = (_PG_DEFAULTS | found).values()
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    return _given(_url(login, host, port, quote(database, safe="")), *found)


def _url(login: str, host: str, port: str, path: str) -> str:
    if host.startswith("/"):
        return f"postgresql://{login}@/{path}?{urlencode({'host': host, 'port': port})}"
    address = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"postgresql://{login}@{address}:{port}/{path}"


def _has_its_form(name: str, value: str) -> bool:
    if is_service_link(name, value):
        return False
    if name == "PG_HOST" and not value.startswith("/") and _NO_HOST.search(value):
        return False
    host = value if name == "PG_HOST" else _PG_DEFAULTS["PG_HOST"]
    port = value if name == "PG_PORT" else _PG_DEFAULTS["PG_PORT"]
    try:
        value.encode()
        read_url(_url("iot", host, port, "iotcloud"))
    except ValueError:
        return False
    return True
