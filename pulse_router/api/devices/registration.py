"""`/customer/devices/bulk`: many devices at once, one a line (NDJSON).

The lines are worked on while they arrive, in transactions of a few hundred: what is committed stays
when the client goes or the database fails, and the same lines may be sent again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

import attrs
import msgspec
import trio
from msgspec import UNSET
from quart import Response, request
from quart_trio.wrappers import TrioResponse
from werkzeug.exceptions import RequestEntityTooLarge

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.bodies import DeviceBody, draft_device, make_token
from pulse_router.api.devices.held_answers import HeldAnswers
from pulse_router.api.devices.lines import DeviceLine, RegistrationSummary, read_line, whole_line
from pulse_router.api.devices.operations import TAG
from pulse_router.api.devices.ports import DeviceStore
from pulse_router.api.openapi.operations import Answer, Media, Operation
from pulse_router.api.requests.lines import MAX_LINE_BYTES, Line, LineCutter
from pulse_router.api.requests.problems import Problem
from pulse_router.api.server.exchange import keep_to_the_end
from pulse_router.api.server.problem_body import FaultAnswer
from pulse_router.api.server.streamed_body import StreamedBody
from pulse_router.domain.devices import Registered
from pulse_router.domain.errors import Unavailable
from pulse_router.domain.messages import DeviceKey
from pulse_router.runtime.stride import STRIDE_SECONDS, Stride

PATH: Final = "/customer/devices/bulk"
CONTENT_TYPE: Final = "application/x-ndjson"
MAX_BYTES: Final = 16 * 1024 * 1024
MAX_LINES: Final = 100_000
MAX_TOLD_FAULTS: Final = 20_000
"""How many faults an answer tells; the lines that follow are REFUSED without saying why."""

MAX_AT_ONCE: Final = 4
"""How many tenants may register at once; each may once."""

_CHUNK: Final = 250
"""How many lines go into one transaction."""

_WORKING_SECONDS: Final = 300.0
_TOO_LONG: Final = f"It took more than {_WORKING_SECONDS:g} seconds."
_SENDING_SECONDS: Final = 300.0
_TAKEN: Final = frozenset(
    {
        CONTENT_TYPE,
        "application/ndjson",
        "application/jsonl",
        "application/x-jsonlines",
        "",  # says nothing of itself
        "application/x-www-form-urlencoded",  # what `curl --data-binary` says of everything
    }
)
_encode: Final = msgspec.json.Encoder().encode

_REGISTER: Final = Operation(
    id="register_devices",
    tag=TAG,
    summary="Register many devices, one a line",
    description=(
        f"At most {MAX_LINES} lines of {MAX_LINE_BYTES} bytes and {MAX_BYTES // 2**20} MiB in all."
        " A bad line does not stop the rest. The answer has a line for each that is not blank, in"
        " order, and a last one that sums them up: `lines`, `created`, `existing`, `refused`,"
        " `is_complete`, `problem`. What is committed stays when the connection breaks; send the"
        " same again, and give the devices their tokens yourself where none may be lost with the"
        " answer."
    ),
    body=Media(CONTENT_TYPE, "One device a line.", line=DeviceBody),
    example='{"device_id": "DEV-001", "site_id": "SITE-1"}\n{"device_id": "DEV-002"}\n',
    answers={200: Answer(Media(CONTENT_TYPE, "What has become of each line.", line=DeviceLine))},
    problems={429: "Another bulk registration is under way."},
    answer_seconds=_WORKING_SECONDS + 60,
)


@attrs.define
class _Registration:
    """A bulk registration that is under way; `answers` holds lines that are written already."""

    tenant_id: str
    answers: HeldAnswers = attrs.field(factory=HeldAnswers)
    created: int = 0
    existing: int = 0
    refused: int = 0
    told_faults: int = 0

    @property
    def lines(self) -> int:
        """How many lines have been worked on."""
        return self.created + self.existing + self.refused

    def add(self, answers: Sequence[DeviceLine]) -> None:
        """Note what has become of some lines."""
        for answer in answers:
            self.created += answer.result == "CREATED"
            self.existing += answer.result == "EXISTS"
            self.refused += answer.result == "REFUSED"
        self.answers.add(b"".join(_encode(self._bounded(each)) + b"\n" for each in answers))

    def _bounded(self, answer: DeviceLine) -> DeviceLine:
        """Leave out what is wrong with a line where enough was told of others."""
        if answer.errors is UNSET or self.told_faults < MAX_TOLD_FAULTS:
            self.told_faults += 0 if answer.errors is UNSET else len(answer.errors)
            return answer
        return msgspec.structs.replace(answer, errors=UNSET)

    def finish(self, problem: str | None) -> Response:
        """Answer, in pieces that are not too large to be sent."""
        summary = RegistrationSummary(
            lines=self.lines,
            created=self.created,
            existing=self.existing,
            refused=self.refused,
            is_complete=problem is None,
            problem=problem,
        )
        self.answers.add(_encode(summary) + b"\n")
        response = TrioResponse(self.answers.take_all(), content_type=CONTENT_TYPE)
        response.timeout = _SENDING_SECONDS
        return response


class DeviceRegistration:
    """Registers many devices at once.

    Args:
        store: Where they are kept.
        devices_changed: Awaited after each write.
        body_seconds: How long the client may be silent.
    """

    def __init__(
        self,
        store: DeviceStore,
        devices_changed: Callable[[Collection[DeviceKey]], Awaitable[None]],
        *,
        body_seconds: float,
    ) -> None:
        self._store = store
        self._devices_changed = devices_changed
        self._body_seconds = body_seconds
        self._under_way: set[str] = set()
        self._reading = trio.Lock()

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("POST", PATH, self.register_many, writes=True, operation=_REGISTER)

    async def register_many(self, tenant_id: str) -> Response:
        """Register the device of each line, and say what has become of it."""
        _check_content_type()
        keep_to_the_end(self._turn(tenant_id))
        response = await self.register_lines(tenant_id, aiter(request.body))
        if isinstance(request.body, StreamedBody):  # some of it may not have been wanted
            request.body.discard_rest()
        return response

    async def register_lines(self, tenant_id: str, pieces: AsyncIterator[bytes]) -> Response:
        """Register the device of each line of a body that arrives in pieces.

        Raises:
            Unavailable: The database cannot be reached, and nothing was done.
            RequestEntityTooLarge: The body is too large, and nothing was done.
            Problem: The body has stopped arriving, and nothing was done.
        """
        registration = _Registration(tenant_id)
        try:
            problem = await self._work(registration, pieces)
        except (Unavailable, RequestEntityTooLarge, Problem) as error:
            if not registration.lines:
                raise
            problem = _ending(error)
        return registration.finish(problem)

    @contextmanager
    def _turn(self, tenant_id: str) -> Iterator[None]:
        """Bound what all of them need: memory for answers, and the database."""
        if tenant_id in self._under_way or len(self._under_way) >= MAX_AT_ONCE:
            raise Problem(
                HTTPStatus.TOO_MANY_REQUESTS,
                "Another bulk registration is under way; try again when it is done.",
                headers={"Retry-After": "5"},
            )
        self._under_way.add(tenant_id)
        try:
            yield
        finally:
            self._under_way.discard(tenant_id)

    async def _work(self, registration: _Registration, pieces: AsyncIterator[bytes]) -> str | None:
        """Work on all lines, or say what has ended it before."""
        # Looked at between transactions: to cut one off would lose the tokens that it has given.
        deadline = trio.current_time() + _WORKING_SECONDS
        cutter = LineCutter()
        while True:
            piece = await self._next_piece(pieces)
            lines = cutter.finish() if piece is None else cutter.feed(piece)
            for start in range(0, len(lines), _CHUNK):
                await trio.lowlevel.checkpoint()  # what is all refused waits for nothing
                room = MAX_LINES - registration.lines
                chunk = lines[start : start + _CHUNK]
                registration.add(await self._store_chunk(registration.tenant_id, chunk[:room]))
                if len(chunk) > room:
                    return f"There are more than {MAX_LINES} lines."
                if trio.current_time() > deadline:
                    return _TOO_LONG
            if piece is None:
                return None
            if trio.current_time() > deadline:
                return _TOO_LONG

    async def _next_piece(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        with trio.move_on_after(self._body_seconds):
            return await anext(pieces, None)
        raise Problem(HTTPStatus.REQUEST_TIMEOUT, "The body has stopped arriving.")

    async def _read_lines(self, lines: Sequence[Line]) -> Sequence[DeviceBody | list[FaultAnswer]]:
        """Read lines, one registration at a time, and no longer than half of the time."""
        read: list[DeviceBody | list[FaultAnswer]] = []
        async with self._reading:
            stride = Stride()
            for line in lines:
                read.append(read_line(line))
                if stride.is_over():
                    await trio.sleep(STRIDE_SECONDS)
                    stride.begin()
        return read

    async def _store_chunk(self, tenant_id: str, lines: Sequence[Line]) -> Sequence[DeviceLine]:
        """Register the devices of some lines in one transaction, and answer for each line."""
        read = await self._read_lines(lines)
        bodies: dict[str, DeviceBody] = {}
        for each in read:
            if isinstance(each, DeviceBody):
                bodies.setdefault(each.device_id, each)
        tokens = {body.device_id: body.provision_token or make_token() for body in bodies.values()}
        drafts = [draft_device(body, tokens[body.device_id]) for body in bodies.values()]
        registered = await self._store.create_devices(tenant_id, drafts) if drafts else Registered()
        ids = {device.device_id for device in registered.created}
        left_out, full = set(registered.left_out), whole_line(str(registered.full))
        await self._devices_changed([(tenant_id, device_id) for device_id in ids])
        answers = []
        for line, each in zip(lines, read, strict=True):
            if not isinstance(each, DeviceBody):
                answers.append(DeviceLine(line.number, "REFUSED", errors=each))
            elif each.device_id in ids and bodies[each.device_id] is each:
                shown = tokens[each.device_id] if each.provision_token is None else UNSET
                answers.append(DeviceLine(line.number, "CREATED", each.device_id, shown))
            elif each.device_id in left_out:
                answers.append(DeviceLine(line.number, "REFUSED", each.device_id, errors=full))
            else:
                answers.append(DeviceLine(line.number, "EXISTS", each.device_id))
        return answers


def _ending(error: Exception) -> str:
    match error:
        case Problem():
            return error.detail
        case RequestEntityTooLarge():
            return f"The body is larger than {MAX_BYTES} bytes."
        case _:
            return "The database cannot be reached now."


def _check_content_type() -> None:
    if request.mimetype not in _TAKEN:
        raise Problem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            f"The body must be one JSON object a line; send 'Content-Type: {CONTENT_TYPE}'.",
            headers={"Accept": CONTENT_TYPE},
        )
