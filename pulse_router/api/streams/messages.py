"""What is said over live streams, in types that are sent, read and described alike.

They know nothing of connections, nor of what is done about them.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from pulse_router.api.alerts import AlertAnswer
from pulse_router.api.requests.values import MAX_ID, DeviceId, EventId, Time
from pulse_router.domain.messages import MetricValue

MAX_DEVICES: Final = 1000
MAX_GROUPS: Final = 100
MAX_METRICS: Final = 200

GroupId = Annotated[int, Meta(ge=1, le=MAX_ID)]
MetricName = Annotated[str, Meta(min_length=1, max_length=128)]
Devices = Annotated[list[DeviceId], Meta(max_length=MAX_DEVICES)]


class StreamMessage(msgspec.Struct, tag_field="type"):
    """What the router sends. The tag, `type`, says which message it is."""

    def json(self) -> str:
        """Write it as it is sent."""
        return msgspec.json.encode(self).decode()


class StreamFilters(msgspec.Struct):
    """Which devices, groups and metrics are shown; an empty list lets everything pass."""

    device_ids: list[str]
    group_ids: list[int]
    metric_names: list[str]


class StreamConnected(StreamMessage, tag="connected"):
    """The first message of a stream."""

    tenant_id: str
    filters: StreamFilters


class StreamTelemetry(StreamMessage, tag="telemetry"):
    """An event, under the id of its row."""

    id: EventId
    device_id: str
    tenant_id: str
    site_id: str | None
    metrics: dict[str, MetricValue]
    timestamp: Time
    topic: str


class StreamSubscribed(StreamMessage, tag="subscribed"):
    """These devices are shown from now on; they are named in the form that the client chose."""

    device_id: str | UnsetType = UNSET
    device_ids: list[str] | UnsetType = UNSET


class StreamUnsubscribed(StreamMessage, tag="unsubscribed"):
    """These devices are no longer among those that are named."""

    device_id: str | UnsetType = UNSET
    device_ids: list[str] | UnsetType = UNSET


class StreamMetricsUpdated(StreamMessage, tag="metrics_updated"):
    """Only these metrics are shown from now on; none named is all."""

    metrics: list[str]


class StreamGroupsUpdated(StreamMessage, tag="groups_updated"):
    """Only the devices of these groups are shown from now on; none named is all."""

    group_ids: list[int]


class StreamFiltersCleared(StreamMessage, tag="filters_cleared"):
    """Everything is shown from now on."""


class StreamPing(StreamMessage, tag="ping"):
    """Nothing else has come for 30 seconds."""

    ts: Time


class StreamDropped(StreamMessage, tag="dropped"):
    """So many events were left out before the next one: the client reads too slowly."""

    count: int


class StreamGap(StreamMessage, tag="gap"):
    """Events after `from` up to `to` may be missing: they cannot be had any more."""

    after: EventId = msgspec.field(name="from")
    to: EventId


class StreamError(StreamMessage, tag="error"):
    """What is wrong with what the client has sent, or why the stream ends."""

    message: str


class Action(msgspec.Struct, tag_field="action", forbid_unknown_fields=True):
    """What a client may send. The tag, `action`, says what it asks for."""


class SubscribeAction(Action, tag="subscribe"):
    """Show these devices too; `device_id` or `device_ids` is required."""

    device_id: DeviceId | None = None
    device_ids: Devices | None = None


class UnsubscribeAction(Action, tag="unsubscribe"):
    """Name these devices no longer; `device_id` or `device_ids` is required."""

    device_id: DeviceId | None = None
    device_ids: Devices | None = None


class SetMetricsAction(Action, tag="set_metrics"):
    """Show only these metrics; an empty list is all."""

    metrics: Annotated[list[MetricName], Meta(max_length=MAX_METRICS)]


class SetGroupsAction(Action, tag="set_groups"):
    """Show only the devices of these groups; an empty list is all."""

    group_ids: Annotated[list[GroupId], Meta(max_length=MAX_GROUPS)]


class ClearFiltersAction(Action, tag="clear_filters"):
    """Show everything."""


class ChannelRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Ask for a channel, or leave it.

    A device, which must be named, the tenant's alerts, how its books move, or what is changed.
    """

    action: Annotated[str, Meta(extra_json_schema={"enum": ["subscribe", "unsubscribe"]})]
    type: Annotated[
        str, Meta(extra_json_schema={"enum": ["device", "alerts", "figures", "changes"]})
    ]
    device_id: DeviceId | None = None


ChannelName: TypeAlias = Literal["device", "alerts", "figures", "changes"]


class ChannelSubscribed(StreamMessage, tag="subscribed"):
    """A channel is open: that of a device, which is named, or another."""

    channel: ChannelName
    device_id: str | UnsetType = UNSET


class ChannelUnsubscribed(StreamMessage, tag="unsubscribed"):
    """A channel is closed."""

    channel: ChannelName
    device_id: str | UnsetType = UNSET


class ChannelReading(msgspec.Struct):
    """What a device has measured, and when."""

    timestamp: Time
    metrics: dict[str, MetricValue]


class ChannelTelemetry(StreamMessage, tag="telemetry"):
    """The latest reading of a device, at once, and then what it sends."""

    device_id: str
    data: ChannelReading


class ChannelAlerts(StreamMessage, tag="alerts"):
    """The open alerts, at most 100, newest first: at once, and again when one changes."""

    alerts: list[AlertAnswer]


class MovedRoute(msgspec.Struct):
    """What has come to a route's counts; `failed` counts attempts, the others deliveries."""

    route_id: int
    delivered: int
    failed: int
    dead_lettered: int


class ChannelFigures(StreamMessage, tag="figures"):
    """What was added to the tenant's books in the last `seconds`, of all routers together.

    `totals` are the books as they are; `books` what was added to each entry, which is less than 0
    where what is in stock has become less. `routes` has those that have moved: of more than 500
    those that moved most, and `routes_left_out` says how many are missing. Who reads slowly gets
    one message for several seconds.
    """

    at: Time
    seconds: float
    totals: dict[str, int]
    books: dict[str, int]
    routes: list[MovedRoute]
    routes_left_out: int


class ChangedThings(msgspec.Struct):
    """Which things of a kind were changed, made or removed; null where any of them may be."""

    kind: Literal["routes", "devices", "groups", "alerts"]
    ids: list[int | str] | None


class ChannelChanges(StreamMessage, tag="changes"):
    """Hints of what was changed, at most once a second: what they name is to be read again."""

    changes: list[ChangedThings]


ServerSentMessage: TypeAlias = (
    StreamConnected | StreamTelemetry | StreamDropped | StreamGap | StreamError
)
SocketMessage: TypeAlias = (
    ServerSentMessage
    | StreamPing
    | StreamSubscribed
    | StreamUnsubscribed
    | StreamMetricsUpdated
    | StreamGroupsUpdated
    | StreamFiltersCleared
)
SocketAction: TypeAlias = (
    SubscribeAction | UnsubscribeAction | SetMetricsAction | SetGroupsAction | ClearFiltersAction
)
ChannelMessage: TypeAlias = (
    ChannelSubscribed
    | ChannelUnsubscribed
    | ChannelTelemetry
    | ChannelAlerts
    | ChannelFigures
    | ChannelChanges
    | StreamDropped
    | StreamPing
    | StreamError
)
