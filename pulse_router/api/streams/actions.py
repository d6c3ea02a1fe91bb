"""What a live client may ask for, and how its filters change: pure, without a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

import attrs
import msgspec
from msgspec import UNSET, UnsetType

from pulse_router.api.requests.json_bodies import plain
from pulse_router.api.streams.messages import (
    MAX_DEVICES,
    SetGroupsAction,
    SetMetricsAction,
    StreamConnected,
    StreamFilters,
    StreamFiltersCleared,
    StreamGroupsUpdated,
    StreamMetricsUpdated,
    StreamSubscribed,
    StreamUnsubscribed,
    SubscribeAction,
    UnsubscribeAction,
)
from pulse_router.streaming.filters import StreamFilter

T = TypeVar("T")

MAX_QUOTED: Final = 64


class ActionRefused(ValueError):
    """A client's message or filter is not valid; the text is for the client."""


@attrs.frozen
class Change:
    """A new filter, and what to tell the client when it is in effect."""

    wanted: StreamFilter
    answer: str


class _Named(msgspec.Struct):
    action: str


def connected(tenant_id: str, wanted: StreamFilter) -> str:
    """Write the first message of a stream."""
    filters = StreamFilters(
        device_ids=sorted(wanted.device_ids),
        group_ids=sorted(wanted.group_ids),
        metric_names=sorted(wanted.metric_names),
    )
    return StreamConnected(tenant_id, filters).json()


def act(text: str | bytes, current: StreamFilter) -> Change:
    """Work out what a client's message changes.

    Args:
        text: The message as it came.
        current: The filter in effect.

    Raises:
        ActionRefused: What is wrong with it.
    """
    action = decode(text, _Named).action
    match action:
        case "subscribe":
            more = decode(text, SubscribeAction)
            wanted = attrs.evolve(current, device_ids=current.device_ids | _devices(more))
            if len(wanted.device_ids) > MAX_DEVICES:
                raise ActionRefused(f"a filter may name at most {MAX_DEVICES} devices")
            subscribed = StreamSubscribed(_or_unset(more.device_id), _or_unset(more.device_ids))
            return Change(wanted, subscribed.json())
        case "unsubscribe":
            less = decode(text, UnsubscribeAction)
            wanted = attrs.evolve(current, device_ids=current.device_ids - _devices(less))
            gone = StreamUnsubscribed(_or_unset(less.device_id), _or_unset(less.device_ids))
            return Change(wanted, gone.json())
        case "set_metrics":
            metrics = _distinct(decode(text, SetMetricsAction).metrics)
            wanted = attrs.evolve(current, metric_names=frozenset(metrics))
            return Change(wanted, StreamMetricsUpdated(metrics).json())
        case "set_groups":
            groups = _distinct(decode(text, SetGroupsAction).group_ids)
            wanted = attrs.evolve(current, group_ids=frozenset(groups))
            return Change(wanted, StreamGroupsUpdated(groups).json())
        case "clear_filters":
            return Change(StreamFilter(), StreamFiltersCleared().json())
    raise ActionRefused(f"Unknown action: {action[:MAX_QUOTED]}")


def _devices(action: SubscribeAction | UnsubscribeAction) -> frozenset[str]:
    """Give the devices of both forms."""
    one = () if action.device_id is None else (action.device_id,)
    found = frozenset((*one, *(action.device_ids or ())))
    if not found:
        raise ActionRefused("device_id or device_ids is required")
    return found


def _or_unset(value: T | None) -> T | UnsetType:
    return UNSET if value is None else value


def _distinct(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))


def decode(text: str | bytes, kind: type[T]) -> T:
    """Read a client's message.

    Raises:
        ActionRefused: What is wrong with it.
    """
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ActionRefused(plain(str(error))) from None
    except RecursionError:
        raise ActionRefused("the message is nested too deeply") from None
