"""Requests for every operation that is registered, so that no path is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from pulse_router.api.openapi.operations import Registered

MADE_UP: Mapping[str, str] = {"device_id": "NO-SUCH-DEVICE"}
MADE_UP_ID = "999999999"


@attrs.frozen
class Call:
    """A request that an operation can be asked by."""

    method: str
    path: str
    json: Any
    name: str


def call_of(
    each: Registered, ids: Mapping[str, str] = MADE_UP, body: Any = None, *, versioned: bool = True
) -> Call:
    """Make a request for an operation.

    Args:
        each: The operation.
        ids: What stands for the parameters of its path; made up where it is not given.
        body: What it is sent.
        versioned: Whether the path has the version's prefix, where it may.
    """
    path = each.path
    for parameter in each.operation.parameters:
        if parameter.place == "path":
            path = path.replace(f"<{parameter.name}>", ids.get(parameter.name, MADE_UP_ID))
    prefix = "/api/v1" if versioned and each.is_prefixed else ""
    return Call(each.method, prefix + path, body, f"{each.method} {each.path}")
