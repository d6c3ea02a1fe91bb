"""`/customer/rejected-messages`: what was refused, and why."""

from __future__ import annotations

import base64
from typing import Final, Literal

import msgspec
from quart import Response, request

from pulse_router.api.access import Paths
from pulse_router.api.operations import PAGE, Operation, Time, query_parameter
from pulse_router.api.ports import RejectionStore
from pulse_router.api.problems import bad_parameter
from pulse_router.api.requests import read_page
from pulse_router.api.responses import Page, json_response, utc
from pulse_router.domain.messages import Reason
from pulse_router.domain.telemetry import RejectedMessage as StoredRejection

PATH: Final = "/customer/rejected-messages"
_LONGEST_CHARACTER: Final = 4


class RejectedMessage(msgspec.Struct):
    """A refused message: `payload` is its beginning, `payload_bytes` how long it is in all."""

    id: int
    received_at: Time
    device_id: str | None
    topic: str
    reason: Reason
    detail: str
    payload: str
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
        *PAGE,
    ],
    answers={200: RejectedMessagePage},
)


class RejectedMessages:
    """Shows what was refused of a tenant's messages, newest first.

    A list shows the beginning of each payload: `payload_bytes` is its whole length.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: RejectionStore) -> None:
        self._store = store

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.list_all, writes=False, operation=_LIST)

    async def list_all(self, tenant_id: str) -> Response:
        """Give a page of the rejected messages, by reason and device."""
        page = read_page()
        rejected, total = await self._store.list_rejected(
            tenant_id,
            reason=read_reason(request.args.get("reason")),
            device_id=request.args.get("device_id"),
            limit=page.limit,
            offset=page.offset,
        )
        shown = [rejected_answer(message) for message in rejected]
        return json_response(
            RejectedMessagePage(messages=shown, total=total, limit=page.limit, offset=page.offset)
        )


def rejected_answer(message: StoredRejection) -> RejectedMessage:
    """Show a rejected message; its payload as text where it is text."""
    payload, encoding = _shown_payload(message)
    return RejectedMessage(
        id=message.id,
        received_at=utc(message.received_at),
        device_id=message.device_id,
        topic=message.topic,
        reason=Reason(message.reason),
        detail=message.detail,
        payload=payload,
        payload_encoding=encoding,
        payload_bytes=message.payload_bytes,
        payload_is_cut=message.is_cut,
    )


def _shown_payload(message: StoredRejection) -> tuple[str, Literal["utf-8", "base64"]]:
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


def read_reason(text: str | None) -> Reason | None:
    """Read a reason of the query.

    Raises:
        Problem: 400 naming those that there are.
    """
    if text is None:
        return None
    try:
        return Reason(text)
    except ValueError:
        known = ", ".join(Reason)
        raise bad_parameter("reason", f"must be one of {known}", text) from None
