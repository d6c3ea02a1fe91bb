"""Knows the variables that Kubernetes and Docker set for other services; nothing of settings."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(
    r".+_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_.+)?|ENV_.+)"
)
_PORT: Final = re.compile(r"(tcp|udp|sctp)://.*", re.IGNORECASE)
_ALIAS: Final = re.compile(r"/[^\s/]+/[^\s/]+")


def is_service_link(name: str, value: str) -> bool:
    """Tell whether a variable says where some service is, whatever that service is called.

    A service `pulse-mqtt` sets `PULSE_MQTT_PORT=tcp://10.0.0.1:1883`, and one that is called
    `mqtt` sets `MQTT_PORT`: neither means ours of that name.
    """
    if _NAME.fullmatch(name):
        return True
    if name.endswith("_PORT"):
        return _PORT.fullmatch(value.strip()) is not None
    return name.endswith("_NAME") and _ALIAS.fullmatch(value) is not None
