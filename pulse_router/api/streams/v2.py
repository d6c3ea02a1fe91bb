"""`/api/v2/ws`: chosen devices, alerts, and how all goes, over one WebSocket (contract 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import attrs
import trio
from quart import websocket

from pulse_router.api.access.paths import Paths
from pulse_router.api.alerts import alert_answer
from pulse_router.api.openapi.operations import Conversation, Operation
from pulse_router.api.server.frames import text_frame
from pulse_router.api.streams.actions import (
    MAX_QUOTED,
    ActionRefused,
    decode,
)
from pulse_router.api.streams.entrance import CLOSE_CODES, Entrance, Guest
from pulse_router.api.streams.live_socket import LiveSocket
from pulse_router.api.streams.messages import (
    MAX_DEVICES,
    ChannelAlerts,
    ChannelMessage,
    ChannelRequest,
    ChannelSubscribed,
    ChannelUnsubscribed,
    StreamDropped,
)
from pulse_router.api.streams.overview import (
    CHANNELS,
    OverviewChannels,
    OverviewFeeds,
)
from pulse_router.api.streams.readings import pushed
from pulse_router.api.streams.session import Close, StreamSession
from pulse_router.domain.alerts import Alert
from pulse_router.streaming.alerts import AlertFeed
from pulse_router.streaming.broadcaster import Broadcaster, TooManyStreams
from pulse_router.streaming.encoding import EncodedEvent, Encodings
from pulse_router.streaming.filters import StreamFilter
from pulse_router.streaming.outbox import Taken
from pulse_router.streaming.resume import Feed, Missed
from pulse_router.streaming.subscription import Subscription

PATH: Final = "/api/v2/ws"
DEVICE_ID_REQUIRED: Final = "device_id required for device subscription"

_ALERTS: Final = "alerts"
"""Stands in the outbox for the newest alerts: older ones need not be sent any more."""

_SOCKET: Final = Operation(
    id="stream_devices_and_alerts",
    tag="Live streams",
    summary="Chosen devices, alerts and how all goes over a WebSocket",
    description=(
        'Send `{"action":"subscribe","type":"device","device_id":…}` or'
        ' `{"action":"subscribe","type":"alerts"}`, `"figures"` or `"changes"`, and `unsubscribe`'
        " in the same form. As long as no device is subscribed to, it is none of the tenant's live"
        " streams. Each is answered with `subscribed` or `unsubscribed` and its `channel`. The"
        " token may also come as the subprotocols `bearer, <token>`. Every refusal is a close"
        " code, sent after accepting."
    ),
    answers={101: None},
    conversation=Conversation(sent=ChannelMessage, taken=ChannelRequest, close_codes=CLOSE_CODES),
)


@attrs.frozen(kw_only=True)
class StreamV2:
    """Serves live clients that choose devices and alerts.

    Args:
        broadcaster: The feed of telemetry.
        missed: Where the newest event of a device is found.
        alerts: The feed of alerts.
        overview: The feeds of what goes on.
        entrance: Lets clients in.
        stopping: Set when streams are to close.
        keepalive_seconds: After how much silence a client is pinged.
    """

    broadcaster: Broadcaster
    missed: Missed
    alerts: AlertFeed
    overview: OverviewFeeds
    entrance: Entrance
    stopping: trio.Event
    keepalive_seconds: float

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.websocket(PATH, self.stream, _SOCKET, prefixed=False)

    async def stream(self) -> None:
        """Serve one client."""
        await self.entrance.serve(self._serve)

    async def _serve(self, guest: Guest) -> Close:
        with self.broadcaster.open_silent(guest.tenant_id) as subscription:
            channels = OverviewChannels(self.overview, guest.tenant_id, subscription.outbox)
            choosing = Choosing(self.broadcaster, subscription, self.missed, self.alerts, channels)
            session = StreamSession(
                LiveSocket(websocket),
                subscription,
                Feed(subscription, self.missed, None),
                choosing,
                stopping=self.stopping,
                expires_after_seconds=guest.expires_after_seconds,
                keepalive_seconds=self.keepalive_seconds,
            )
            try:
                return await session.run()
            finally:
                choosing.leave()


class Choosing:
    """The conversation of a client that is sent nothing before it has asked for it.

    Args:
        broadcaster: The feed of telemetry.
        subscription: The client's place in it.
        missed: Where the newest event of a device is found.
        alerts: The feed of alerts.
        overview: What it is shown of its tenant as a whole.
    """

    def __init__(
        self,
        broadcaster: Broadcaster,
        subscription: Subscription,
        missed: Missed,
        alerts: AlertFeed,
        overview: OverviewChannels,
    ) -> None:
        self._broadcaster = broadcaster
        self._subscription = subscription
        self._outbox = subscription.outbox
        self._missed = missed
        self._alerts = alerts
        self._overview = overview
        self._watches_alerts = False
        self._newest_alerts: Sequence[Alert] = ()
        self._shown_alerts = ""
        self._alerts_waiting = 0
        broadcaster.hold(subscription)

    async def answer(self, text: str | bytes) -> None:
        """Subscribe to a channel, or unsubscribe.

        Raises:
            ActionRefused: The message makes no sense, or there is no place for telemetry.
            TooManyStreams: There is none, and the client has nothing else open.
            Unavailable: The database cannot be asked now; nothing has changed.
        """
        wish = decode(text, ChannelRequest)
        match wish.action, wish.type:
            case "subscribe", "device":
                await self._subscribe(_device(wish))
            case "unsubscribe", "device":
                await self._unsubscribe(_device(wish))
            case "subscribe", "alerts":
                await self._watch_alerts()
            case "unsubscribe", "alerts":
                self.leave_alerts()
                self._outbox.put_answer_nowait(ChannelUnsubscribed("alerts").json())
            case "subscribe", ("figures" | "changes") as channel:
                self._overview.leave(channel)
                self._outbox.put_answer_nowait(ChannelSubscribed(channel).json())
                self._overview.enter(channel)
            case "unsubscribe", ("figures" | "changes") as channel:
                self._overview.leave(channel)
                self._outbox.put_answer_nowait(ChannelUnsubscribed(channel).json())
            case "subscribe" | "unsubscribe", _:
                raise ActionRefused(f"Unknown type: {wish.type[:MAX_QUOTED]}")
            case _:
                raise ActionRefused(f"Unknown action: {wish.action[:MAX_QUOTED]}")

    def frames(self, taken: Taken) -> bytes:
        """Frame all that was waiting; of several states of the alerts only the newest."""
        texts = [StreamDropped(taken.dropped).json()] if taken.dropped else []
        for item in taken.items:
            if isinstance(item, EncodedEvent):
                texts.append(pushed(item))
            elif item == _ALERTS:
                texts += self._due_alerts()
            else:
                texts += self._overview.take(item)
        return b"".join(map(text_frame, texts))

    def _due_alerts(self) -> Sequence[str]:
        self._alerts_waiting -= 1
        if self._alerts_waiting:
            return ()
        newest = _written(self._newest_alerts)
        if newest == self._shown_alerts:
            return ()
        self._shown_alerts = newest
        return (newest,)

    def leave(self) -> None:
        """Watch nothing any more."""
        self.leave_alerts()
        for channel in CHANNELS:
            self._overview.leave(channel)

    def leave_alerts(self) -> None:
        """Watch no alerts any more."""
        self._watches_alerts = False
        self._alerts.leave(self._subscription.tenant_id, self._show_alerts)

    async def _subscribe(self, device_id: str) -> None:
        """Give what comes from now on, and the latest before it."""
        subscription, recent = self._subscription, self._missed.recent
        tenant_id = subscription.tenant_id
        wanted = StreamFilter(subscription.filter.device_ids | {device_id})
        if len(wanted.device_ids) > MAX_DEVICES:
            raise ActionRefused(f"at most {MAX_DEVICES} devices may be subscribed to")
        self._take_place()
        try:
            latest = recent.latest(tenant_id, device_id)
            if latest is None:
                latest = await self._missed.store.load_latest(tenant_id, device_id)
            subscribed = ChannelSubscribed("device", device_id).json()
            await self._broadcaster.set_filter(subscription, wanted, subscribed)
        finally:
            if not subscription.filter.device_ids:
                self._broadcaster.take_voice(subscription)
        # What came while we asked is newer, and no more comes between this and the feed.
        latest = recent.latest(tenant_id, device_id) or latest
        if latest is not None and (encoded := Encodings(latest).under(frozenset())) is not None:
            self._outbox.put_answer_nowait(pushed(encoded))
        self._broadcaster.release(subscription)

    def _take_place(self) -> None:
        try:
            self._broadcaster.give_voice(self._subscription)
        except TooManyStreams as full:
            if self._watches_alerts or self._overview.open:
                raise ActionRefused(str(full)) from None
            raise

    async def _unsubscribe(self, device_id: str) -> None:
        subscription = self._subscription
        wanted = StreamFilter(subscription.filter.device_ids - {device_id})
        if not wanted.device_ids:
            self._broadcaster.hold(subscription)  # no filter would let everything pass
        unsubscribed = ChannelUnsubscribed("device", device_id).json()
        await self._broadcaster.set_filter(subscription, wanted, unsubscribed)
        if not wanted.device_ids:
            self._broadcaster.take_voice(subscription)

    async def _watch_alerts(self) -> None:
        alerts = await self._alerts.watch(self._subscription.tenant_id, self._show_alerts)
        self._watches_alerts = True
        self._outbox.put_answer_nowait(ChannelSubscribed("alerts").json())
        self._shown_alerts = ""
        self._put_alerts(alerts)  # behind the answer, whatever waits before it

    def _show_alerts(self, alerts: Sequence[Alert]) -> None:
        if self._alerts_waiting:
            self._newest_alerts = alerts
        else:
            self._put_alerts(alerts)

    def _put_alerts(self, alerts: Sequence[Alert]) -> None:
        self._newest_alerts = alerts
        self._alerts_waiting += 1
        self._outbox.put_answer_nowait(_ALERTS)


def _written(alerts: Sequence[Alert]) -> str:
    return ChannelAlerts([alert_answer(alert) for alert in alerts]).json()


def _device(wish: ChannelRequest) -> str:
    if wish.device_id is None:
        raise ActionRefused(DEVICE_ID_REQUIRED)
    return wish.device_id
