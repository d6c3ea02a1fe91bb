"""Names of environment variables from before pulse-router; they keep working."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

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


def database_url(environ: Mapping[str, str]) -> tuple[str, list[str]] | None:
    """Make a URL of PG_HOST, PG_PORT, PG_DB, PG_USER and PG_PASS.

    A host that begins with a slash is the folder of a Unix socket.

    Returns:
        The URL and the names of the variables that it was made of, or None when none is set.
    """
    names = [name for name in _PG_DEFAULTS if environ.get(name)]
    if not names:
        return None
    host, port, database, user, password = (
        environ.get(name) or default for name, default in _PG_DEFAULTS.items()
    )
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    path = quote(database, safe="")
    if host.startswith("/"):
        query = urlencode({"host": host, "port": port})
        return f"postgresql://{login}@/{path}?{query}", names
    address = f"[{host}]" if ":" in host else host
    return f"postgresql://{login}@{address}:{port}/{path}", names
