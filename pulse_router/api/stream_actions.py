"""What a live client may ask for, and how its filters change: pure, without a connection."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, TypeVar

import attrs
import msgspec
from msgspec import Meta

from pulse_router.api.operations import MAX_ID
from pulse_router.api.requests import DeviceId
from pulse_router.streaming.filters import StreamFilter

T = TypeVar("T")

MAX_DEVICES: Final = 1000
MAX_GROUPS: Final = 100
MAX_METRICS: Final = 200
MAX_QUOTED: Final = 64

GroupId = Annotated[int, Meta(ge=1, le=MAX_ID)]
MetricName = Annotated[str, Meta(min_length=1, max_length=128)]


class ActionRefused(ValueError):
    """A client's message or filter is not valid; the text is for the client."""


@attrs.frozen
class Change:
    """A new filter, and what to tell the client when it is in effect."""

    wanted: StreamFilter
    answer: str


class _Named(msgspec.Struct):
    action: str


class _Devices(msgspec.Struct, forbid_unknown_fields=True):
    action: str
    device_id: DeviceId | None = None
    device_ids: Annotated[list[DeviceId], Meta(max_length=MAX_DEVICES)] | None = None

    def all(self) -> frozenset[str]:
        """Give the devices of both forms."""
        one = () if self.device_id is None else (self.device_id,)
        found = frozenset((*one, *(self.device_ids or ())))
        if not found:
            raise ActionRefused("device_id or device_ids is required")
        return found

    def echo(self) -> dict[str, Any]:
        """Give the devices in the form in which they came."""
        named = {"device_id": self.device_id, "device_ids": self.device_ids}
        return {name: value for name, value in named.items() if value is not None}


class _Metrics(msgspec.Struct, forbid_unknown_fields=True):
    action: str
    metrics: Annotated[list[MetricName], Meta(max_length=MAX_METRICS)]


class _Groups(msgspec.Struct, forbid_unknown_fields=True):
    action: str
    group_ids: Annotated[list[GroupId], Meta(max_length=MAX_GROUPS)]


def message(kind: str, **members: object) -> str:
    """Write a message to the client."""
    return msgspec.json.encode({"type": kind, **members}).decode()


def connected(tenant_id: str, wanted: StreamFilter) -> str:
    """Write the first message of a stream."""
    filters = {
        "device_ids": sorted(wanted.device_ids),
        "group_ids": sorted(wanted.group_ids),
        "metric_names": sorted(wanted.metric_names),
    }
    return message("connected", tenant_id=tenant_id, filters=filters)


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
            devices = decode(text, _Devices)
            wanted = attrs.evolve(current, device_ids=current.device_ids | devices.all())
            if len(wanted.device_ids) > MAX_DEVICES:
                raise ActionRefused(f"a filter may name at most {MAX_DEVICES} devices")
            return Change(wanted, message("subscribed", **devices.echo()))
        case "unsubscribe":
            devices = decode(text, _Devices)
            wanted = attrs.evolve(current, device_ids=current.device_ids - devices.all())
            return Change(wanted, message("unsubscribed", **devices.echo()))
        case "set_metrics":
            metrics = _distinct(decode(text, _Metrics).metrics)
            wanted = attrs.evolve(current, metric_names=frozenset(metrics))
            return Change(wanted, message("metrics_updated", metrics=metrics))
        case "set_groups":
            groups = _distinct(decode(text, _Groups).group_ids)
            wanted = attrs.evolve(current, group_ids=frozenset(groups))
            return Change(wanted, message("groups_updated", group_ids=groups))
        case "clear_filters":
            return Change(StreamFilter(), message("filters_cleared"))
    raise ActionRefused(f"Unknown action: {action[:MAX_QUOTED]}")


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
        raise ActionRefused(plain(error)) from None
    except RecursionError:
        raise ActionRefused("the message is nested too deeply") from None


def plain(error: Exception) -> str:
    """Give the text of a fault for people."""
    return str(error).replace("`", "")
