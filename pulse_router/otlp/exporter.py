"""Sends spans to a collector by OTLP over HTTP, in one task that nobody waits for.

A collector that fails costs the spans that it does not take, and these are counted. It must not
know what the spans are of.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx2
import structlog
import trio

from pulse_router.domain.spans import Span
from pulse_router.otlp.queue import SpanQueue
from pulse_router.runtime.tls import client_context

PATH: Final = "/v1/traces"
AT_ONCE: Final = 128
"""How many go out in one request: to write so many takes about a millisecond."""
LINGER_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 10.0
TRIES: Final = 4
MOST_ANSWER_BYTES: Final = 65_536
_TRY_AGAIN: Final = frozenset({429, 502, 503, 504})
"""What a collector says that may take them another time (OTLP, section on retries)."""

_log = structlog.get_logger()


class NotTaken(Exception):
    """A collector has not taken spans; the message says why.

    Args:
        problem: Why, in a few words without what a URL may hide.
        may_take_them_later: Whether it is worth another try.
    """

    def __init__(self, problem: str, *, may_take_them_later: bool = True) -> None:
        super().__init__(problem)
        self.may_take_them_later = may_take_them_later


class OtlpExporter:
    """The exporter.

    Args:
        url: The collector; without a path, spans go to `/v1/traces` of it.
        queue: What is to be exported.
        write: Writes spans as the body of a request.
        read_rejected: Reads from the answer how many of them were refused.
        jitter: Gives random numbers from 0 up to 1.
    """

    def __init__(
        self,
        url: str,
        queue: SpanQueue,
        *,
        write: Callable[[Sequence[Span]], bytes],
        read_rejected: Callable[[bytes], int],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        parts = urlsplit(url)
        self._url = url
        if parts.path in {"", "/"}:
            self._url = urlunsplit(parts._replace(path=PATH))
        self._origin = f"{parts.scheme}://{parts.hostname}:{parts.port or '(default)'}"
        self._queue = queue
        self._write = write
        self._read_rejected = read_rejected
        self._jitter = jitter
        self._problem: str | None = None

    async def run(self) -> None:
        """Export until cancelled."""
        async with self._open_client() as client:
            while True:
                await self._queue.wait()
                await trio.sleep(LINGER_SECONDS)
                await self._export(client, self._queue.take(AT_ONCE), tries=TRIES)

    async def flush(self) -> None:
        """Export what waits, once: the router stops. Cancelled, what is left is gone."""
        if self._queue:
            async with self._open_client() as client:
                while spans := self._queue.take(AT_ONCE):
                    await self._export(client, spans, tries=1)

    async def _export(
        self, client: httpx2.AsyncClient, spans: Sequence[Span], *, tries: int
    ) -> None:
        """Send spans, or count them as dropped."""
        refused = len(spans)
        try:
            refused = await self._try(client, self._write(spans), tries)
            self._tell(None)
        except NotTaken as error:
            self._tell(str(error))
        except Exception as error:  # noqa: BLE001 - whatever a collector does costs its spans
            if self._problem != (problem := type(error).__name__):
                _log.exception("spans cannot be exported", collector=self._origin)
            self._problem = problem
        finally:
            self._queue.dropped += min(refused, len(spans))
            self._queue.exported += max(0, len(spans) - refused)

    async def _try(self, client: httpx2.AsyncClient, body: bytes, tries: int) -> int:
        """Send a body, more than once if need be; give how many spans were refused.

        Raises:
            NotTaken: The collector does not take them.
        """
        for number in range(1, tries + 1):
            try:
                return await self._post(client, body)
            except NotTaken as error:
                if number == tries or not error.may_take_them_later:
                    raise
                self._tell(str(error))
            await trio.sleep(2 ** (number - 1) * (0.5 + self._jitter()))
        raise AssertionError("it is tried at least once")

    async def _post(self, client: httpx2.AsyncClient, body: bytes) -> int:
        answer = bytearray()
        try:
            with trio.fail_after(ANSWER_SECONDS):
                async with client.stream("POST", self._url, content=body) as response:
                    status = response.status_code
                    with trio.CancelScope() as enough:
                        async for chunk in response.aiter_raw():
                            answer += chunk
                            if len(answer) > MOST_ANSWER_BYTES:
                                enough.cancel()
        except trio.TooSlowError:
            raise NotTaken(f"no answer within {ANSWER_SECONDS:g} s") from None
        except httpx2.RequestError as error:
            raise NotTaken(type(error).__name__) from None
        if not response.is_success:
            raise NotTaken(f"it answers {status}", may_take_them_later=status in _TRY_AGAIN)
        return self._read_rejected(bytes(answer))

    def _tell(self, problem: str | None) -> None:
        """Log what keeps spans from being exported, and that it is over, once each."""
        if problem == self._problem:
            return
        if problem is None:
            _log.info("spans are exported again", collector=self._origin)
        elif self._problem is None:
            _log.warning("spans cannot be exported", collector=self._origin, problem=problem)
        self._problem = problem

    def _open_client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(
            verify=client_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=ANSWER_SECONDS,
            headers={"Content-Type": "application/x-protobuf", "Accept-Encoding": "identity"},
        )
