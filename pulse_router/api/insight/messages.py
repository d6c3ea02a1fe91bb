"""`/customer/messages`: what is stored of all of a tenant's devices, newest first."""

from __future__ import annotations

from typing import Annotated, Final

from msgspec import Meta, structs
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.history import MessageAnswer, message_answer
from pulse_router.api.insight.ports import MessageStore
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import FIELDS, PAGE, path_parameter, query_parameter
from pulse_router.api.requests.cursors import BY_ID
from pulse_router.api.requests.problems import bad_parameter, found
from pulse_router.api.requests.reading import read_id, read_page, read_period, read_text
from pulse_router.api.requests.responses import Page, json_response
from pulse_router.api.requests.values import EventId, Time
from pulse_router.domain.insight.messages import MessageFilter, topic_of
from pulse_router.domain.telemetry import StoredMessage
from pulse_router.domain.topics import check_topic_filter
from pulse_router.runtime.pages import Found

PATH: Final = "/customer/messages"
TAG: Final = "Messages"
MAX_METRIC_NAME: Final = 128
MAX_TOPIC_FILTER: Final = 200
EVENT_ID: Final = path_parameter("event_id", EventId, "The message's id.")


class StoredMessageAnswer(MessageAnswer, kw_only=True):
    """A message as it was stored, with the topic that it came by.

    A page that weighs too much shows no `metrics` and `extra` any more, nor does one with
    `fields=summary`; `payload_bytes` is how long they are.
    """

    topic: str
    payload_bytes: int


class MessagePage(Page):
    """A page of stored messages.

    It looks through 20,000 of them at the most: where few are meant, it may be short, or empty, and
    `next` leads on all the same.
    """

    messages: list[StoredMessageAnswer]


_LIST: Final = Operation(
    id="list_messages",
    tag=TAG,
    summary="List what is stored of all devices, newest first",
    description=(
        "In the order in which it came in. `total` counts among the newest 10,000 that `from` and"
        " `to` leave."
    ),
    parameters=[
        query_parameter("device_id", str, "Only those of this device."),
        query_parameter("site_id", str, "Only those of this site."),
        query_parameter("msg_type", str, "Only those of this type."),
        query_parameter(
            "topic",
            Annotated[str, Meta(max_length=MAX_TOPIC_FILTER)],
            "Only those whose topic this topic filter fits.",
        ),
        query_parameter(
            "metric",
            Annotated[str, Meta(max_length=MAX_METRIC_NAME)],
            "Only those that have this metric.",
        ),
        query_parameter("from", Time, "Not before this time of arrival, as the ids tell it."),
        query_parameter("to", Time, "Before this time of arrival, as the ids tell it."),
        *PAGE,
        FIELDS,
    ],
    answers={200: MessagePage},
)
_READ: Final = Operation(
    id="read_message",
    tag=TAG,
    summary="Read a stored message",
    parameters=[EVENT_ID],
    answers={200: StoredMessageAnswer},
    problems={404: "There is no such message, or it is no longer kept."},
)


class Messages:
    """Shows stored messages.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: MessageStore) -> None:
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        paths.customer("GET", f"{PATH}/<event_id>", self.read, writes=False, operation=_READ)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the messages that are chosen."""
        page = read_page(BY_ID)
        chosen = _read_filter(tenant_id)
        messages: Found[StoredMessage] = Found([], 0)
        if chosen is not None:
            messages = await self._store.list_messages(tenant_id, chosen, page.wanted)
        shown = [stored_message(tenant_id, message) for message in messages.items]
        return json_response(MessagePage(**page.of(messages), messages=shown))

    async def read(self, tenant_id: str, event_id: str) -> Response:
        """Give one message."""
        number = read_id("event_id", event_id)
        message = found(await self._store.load_message(tenant_id, number), "message")
        return json_response(stored_message(tenant_id, message))


def stored_message(tenant_id: str, message: StoredMessage) -> StoredMessageAnswer:
    """Show a stored message with its topic."""
    return StoredMessageAnswer(
        **structs.asdict(message_answer(message)),
        topic=topic_of(tenant_id, message),
        payload_bytes=message.payload_bytes,
    )


def _read_filter(tenant_id: str) -> MessageFilter | None:
    """Read which messages are wanted; None where there can be none."""
    start, end = read_period()
    chosen = MessageFilter(
        device_id=request.args.get("device_id"),
        site_id=request.args.get("site_id"),
        msg_type=request.args.get("msg_type"),
        metric=read_text("metric", MAX_METRIC_NAME),
    ).between(
        None if start is None else start.timestamp(), None if end is None else end.timestamp()
    )
    topic_filter = read_text("topic", MAX_TOPIC_FILTER)
    if topic_filter is None:
        return chosen
    try:
        check_topic_filter(topic_filter)
    except ValueError as error:
        raise bad_parameter("topic", str(error), topic_filter) from None
    return chosen.on_topic(topic_filter, tenant_id)
