"""What the query of a live stream may say: the filters that it begins with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta

from pulse_router.api.operations import query_parameter
from pulse_router.api.requests import DeviceId
from pulse_router.api.stream_actions import (
    MAX_DEVICES,
    MAX_GROUPS,
    MAX_METRICS,
    ActionRefused,
    GroupId,
    MetricName,
    plain,
)
from pulse_router.streaming.filters import StreamFilter

T = TypeVar("T")

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
        raise ActionRefused(f"{name}: {plain(error)}") from None
