"""Talks to a router's HTTP API, and puts what goes wrong into a sentence with the remedy.

It knows no command, and prints nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any, Final, TypeVar

import httpx2
import msgspec
import trio

from pulse_router import __version__
from pulse_router.cli.options import Server
from pulse_router.cli.tables import printable
from pulse_router.domain.errors import PulseError
from pulse_router.runtime.tls import client_context

T = TypeVar("T")

CONNECT_SECONDS: Final = 10.0
ANSWER_SECONDS: Final = 120.0
WORKING_SECONDS: Final = 600.0
"""How long an answer may take that waits for webhooks."""
_MAX_DETAIL: Final = 2000

_REMEDIES: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "make a new token with 'pulse-router token'",
    HTTPStatus.FORBIDDEN: "use a token with a tenant and a role that may do it",
    HTTPStatus.PRECONDITION_FAILED: "somebody else has changed it: look again",
    HTTPStatus.TOO_MANY_REQUESTS: "try again later",
    HTTPStatus.SERVICE_UNAVAILABLE: "try again in a while",
}


class ApiError(PulseError):
    """The router cannot be reached, or has said no.

    Args:
        message: Why, in a sentence with the remedy, without secrets.
        status: The HTTP status, when there was an answer.
    """

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One router's API, as one tenant sees it; made by `run_with_api`.

    Args:
        client: The HTTP client, with base URL and token.
        url: The router's address, for sentences.
    """

    def __init__(self, client: httpx2.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url

    async def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 - a JSON value
        """Read something.

        Args:
            path: The path behind `/api/v1/customer`.
            query: Its parameters; those that are None are left out.

        Raises:
            ApiError: It cannot be had.
        """
        return await self.send("GET", path, query=query)

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, object] | None = None,
        seconds: float = ANSWER_SECONDS,
    ) -> Any:  # noqa: ANN401 - a JSON value
        """Send a request.

        Args:
            method: The HTTP method.
            path: The path behind `/api/v1/customer`.
            body: The JSON body; None for none.
            query: Parameters; those that are None are left out.
            seconds: How long the answer may take.

        Returns:
            The decoded answer; None when it is empty.

        Raises:
            ApiError: The router cannot be reached, or says no.
        """
        parameters = {
            name: str(value) for name, value in (query or {}).items() if value is not None
        }
        try:
            answer = await self._client.request(
                method,
                f"/api/v1/customer{path}",
                params=parameters,
                content=None if body is None else msgspec.json.encode(body),
                timeout=httpx2.Timeout(seconds, connect=CONNECT_SECONDS),
            )
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error
        return self._read(answer)

    def _read(self, answer: httpx2.Response) -> Any:  # noqa: ANN401 - a JSON value
        try:
            content = msgspec.json.decode(answer.content) if answer.content else None
        except msgspec.DecodeError as error:
            raise self._foreign(answer) from error
        if answer.is_success:
            return content
        if not isinstance(content, dict) or not isinstance(content.get("detail"), str):
            raise self._foreign(answer)
        raise ApiError(_explain(answer.status_code, content), status=answer.status_code)

    def _unreachable(self, error: httpx2.TransportError) -> ApiError:
        if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError):
            why = "" if isinstance(error, httpx2.ConnectTimeout) else f" ({_words(error)})"
            return ApiError(
                f"the router at {self._url} cannot be reached{why}; is it running there? "
                "Name another with --url"
            )
        if isinstance(error, httpx2.TimeoutException):
            return ApiError(f"the router at {self._url} has not answered in time; try again")
        return ApiError(f"the connection to the router at {self._url} broke: {_words(error)}")

    def _foreign(self, answer: httpx2.Response) -> ApiError:
        return ApiError(
            f"what answers at {self._url} is no pulse-router (HTTP {answer.status_code}); "
            "check --url",
            status=answer.status_code,
        )


def run_with_api(server: Server, work: Callable[[Api], Awaitable[T]]) -> T:
    """Run something that talks to a router, to its end.

    Args:
        server: Which router, and by whose token.
        work: What to do.

    Raises:
        ApiError: The router cannot be reached, or says no.
    """

    async def run() -> T:
        async with _open_api(server) as api:
            return await work(api)

    return trio.run(run)


@asynccontextmanager
async def _open_api(server: Server) -> AsyncIterator[Api]:
    headers = {
        "Authorization": f"Bearer {server.token}",
        "User-Agent": f"pulse-router-cli/{__version__}",
        "Content-Type": "application/json",
    }
    context = client_context() if server.url.startswith("https") else False
    # The token goes to the address that was named and nowhere else: no proxies, no redirects.
    async with httpx2.AsyncClient(
        base_url=server.url, headers=headers, verify=context, trust_env=False
    ) as client:
        yield Api(client, server.url)


def _explain(status: int, problem: Mapping[str, Any]) -> str:
    """Put a problem (RFC 9457) into a sentence: what, which fields, and what helps."""
    sentence = str(problem["detail"]).rstrip(".")
    faults = problem.get("errors") or ()
    fields = [f"{fault.get('field')} {fault.get('message')}" for fault in faults]
    if fields:
        sentence += f": {'; '.join(fields)}"
    sentence = printable(f"{sentence[:1].lower()}{sentence[1:]}")[:_MAX_DETAIL]
    remedy = _REMEDIES.get(status)
    return f"{sentence}; {remedy}" if remedy else sentence


def _words(error: Exception) -> str:
    return printable(str(error)) or type(error).__name__
