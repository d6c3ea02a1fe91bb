"""What the query of a live stream may say: the filters that it begins with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta
from werkzeug.datastructures import MultiDict

from pulse_router.api.openapi.parameters import query_parameter
from pulse_router.api.requests.json_bodies import plain
from pulse_router.api.requests.values import DeviceId
from pulse_router.api.streams.actions import MAX_QUOTED, ActionRefused
from pulse_router.api.streams.messages import (
    MAX_DEVICES,
    MAX_GROUPS,
    MAX_METRICS,
    GroupId,
    MetricName,
)
from pulse_router.domain.live import MAX_EVENT_ID
from pulse_router.streaming.filters import StreamFilter

T = TypeVar("T")

_EVENT_ID: Final = re.compile(r"[0-9]{1,19}")

FILTERS: Final = (
    query_parameter(
        "device_id",
        Annotated[list[DeviceId], Meta(max_length=MAX_DEVICES)],
        "Only these devices.",
        listed=True,
    ),
    query_parameter(
        "group_id",
        Annotated[list[GroupId], Meta(max_length=MAX_GROUPS)],
        "Only the devices of these groups.",
        listed=True,
    ),
    query_parameter(
        "metric",
        Annotated[list[MetricName], Meta(max_length=MAX_METRICS)],
        "Only these metrics, and events that have one of them.",
        listed=True,
    ),
)
AFTER: Final = query_parameter(
    "after",
    Annotated[str, Meta(pattern="^[0-9]{1,19}$")],
    "The id of the last event that was seen: what was missed since then comes first.",
)


_KNOWN: Final = frozenset({*(each.name for each in FILTERS), AFTER.name, "token", "tenant_id"})


def check_names(query: MultiDict[str, str]) -> None:
    """Refuse what a stream does not know, and what is given twice: it would show too much.

    Raises:
        ActionRefused: Which parameter it is.
    """
    for name, values in query.lists():
        if name not in _KNOWN:
            raise ActionRefused(f"{name[:MAX_QUOTED]}: is not a known parameter")
        if len(values) > 1:
            raise ActionRefused(f"{name}: is given more than once; separate values by commas")


def read_after(text: str | None) -> int | None:
    """Read the id of the last event that a client has seen.

    Raises:
        ActionRefused: It is none.
    """
    if not text:
        return None
    if not _EVENT_ID.fullmatch(text) or int(text) > MAX_EVENT_ID:
        raise ActionRefused("after: must be the id of an event, a whole number")
    return int(text)


def read_filter(query: Mapping[str, str]) -> StreamFilter:
    """Read `device_id`, `group_id` and `metric` of a query, each a list with commas.

    Raises:
        ActionRefused: Which of them is wrong, and how.
    """
    return StreamFilter(
        frozenset(_listed(query, "device_id", list[DeviceId], MAX_DEVICES)),
        frozenset(_listed(query, "group_id", list[GroupId], MAX_GROUPS)),
        frozenset(_listed(query, "metric", list[MetricName], MAX_METRICS)),
    )


def _listed(query: Mapping[str, str], name: str, kind: type[list[T]], most: int) -> list[T]:
    items = [item for item in map(str.strip, query.get(name, "").split(",")) if item]
    if len(items) > most:
        raise ActionRefused(f"{name}: at most {most} may be named")
    try:
        return msgspec.convert(items, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ActionRefused(f"{name}: {plain(str(error))}") from None
