"""`/customer/rejected-messages`: what was refused, and why."""

from __future__ import annotations

import base64
from typing import Final, Literal, Protocol, cast

import msgspec
from quart import Response, request

from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import FIELDS, PAGE, path_parameter, query_parameter
from pulse_router.api.requests.cursors import BY_TIME_AND_ID
from pulse_router.api.requests.problems import found
from pulse_router.api.requests.reading import read_choice, read_id, read_page, read_period
from pulse_router.api.requests.responses import Page, json_response, utc
from pulse_router.api.requests.values import Id, Time
from pulse_router.domain.messages import Reason
from pulse_router.domain.telemetry import RejectedMessage as StoredRejection
from pulse_router.domain.telemetry import RejectionFilter
from pulse_router.runtime.pages import Found, Wanted

PATH: Final = "/customer/rejected-messages"
_LONGEST_CHARACTER: Final = 4


class RejectedMessage(msgspec.Struct):
    """A refused message; `payload_bytes` is how long its payload is.

    A list shows the beginning of a payload, or null where it has no room for it.
    """

    id: int
    received_at: Time
    device_id: str | None
    topic: str
    reason: Reason
    detail: str
    payload: str | None
    payload_encoding: Literal["utf-8", "base64"]
    payload_bytes: int
    payload_is_cut: bool


class RejectedMessagePage(Page):
    """A page of refused messages."""

    messages: list[RejectedMessage]


_LIST: Final = Operation(
    id="list_rejected_messages",
    tag="Rejected messages",
    summary="List what was refused, and why, newest first",
    parameters=[
        query_parameter("reason", Reason, "Only those refused for this reason."),
        query_parameter("device_id", str, "Only those of this device."),
        query_parameter("from", Time, "Not received before this time."),
        query_parameter("to", Time, "Received before this time."),
        *PAGE,
        FIELDS,
    ],
    answers={200: RejectedMessagePage},
)
_READ: Final = Operation(
    id="read_rejected_message",
    tag="Rejected messages",
    summary="Read a refused message with all that is kept of its payload",
    parameters=[path_parameter("message_id", Id, "The refused message's id.")],
    answers={200: RejectedMessage},
    problems={404: "There is no such rejected message."},
)


class RejectionStore(Protocol):
    """What was refused of a tenant's. Raises Unavailable when the database cannot be asked."""

    async def list_rejected(
        self, tenant_id: str, chosen: RejectionFilter, wanted: Wanted
    ) -> Found[StoredRejection]:
        """Give a page of the rejected messages, newest first."""

    async def load_rejected(self, tenant_id: str, message_id: int) -> StoredRejection | None:
        """Give one with its whole payload, or None when the tenant has no such one."""


class RejectedMessages:
    """Shows what was refused of a tenant's messages, newest first.

    A list shows the beginning of each payload: `payload_bytes` is its whole length.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: RejectionStore) -> None:
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        one = f"{PATH}/<message_id>"
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)
        paths.customer("GET", one, self.read, writes=False, operation=_READ)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the rejected messages, by reason, device and time of arrival."""
        page = read_page(BY_TIME_AND_ID)
        start, end = read_period()
        chosen = RejectionFilter(
            reason=read_choice("reason", Reason),
            device_id=request.args.get("device_id"),
            start=start,
            end=end,
        )
        rejected = await self._store.list_rejected(tenant_id, chosen, page.wanted)
        shown = [rejected_answer(message) for message in rejected.items]
        return json_response(RejectedMessagePage(**page.of(rejected), messages=shown))

    async def read(self, tenant_id: str, message_id: str) -> Response:
        """Give one rejected message."""
        number = read_id("message_id", message_id)
        message = await self._store.load_rejected(tenant_id, number)
        return json_response(rejected_answer(found(message, "rejected message")))


def rejected_answer(message: StoredRejection) -> RejectedMessage:
    """Show a rejected message; its payload as text where it is text."""
    payload, encoding = _shown_payload(message)
    return RejectedMessage(
        id=message.id,
        received_at=utc(message.received_at),
        device_id=message.device_id,
        topic=message.topic,
        reason=cast("Reason", message.reason),  # or another version's, as it is
        detail=message.detail,
        payload=payload,
        payload_encoding=encoding,
        payload_bytes=message.payload_bytes,
        payload_is_cut=message.is_cut,
    )


def _shown_payload(message: StoredRejection) -> tuple[str | None, Literal["utf-8", "base64"]]:
    if message.payload is None:
        return None, "utf-8"
    try:
        return _decode(message.payload, is_cut=message.is_cut), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(message.payload).decode("ascii"), "base64"


def _decode(payload: bytes, *, is_cut: bool) -> str:
    """Decode UTF-8; of a payload that is cut, without the character that the cut went through.

    Raises:
        UnicodeDecodeError: It is no UTF-8.
    """
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        if not is_cut or len(payload) - error.start >= _LONGEST_CHARACTER:
            raise
        return payload[: error.start].decode()
