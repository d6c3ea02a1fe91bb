"""`/openapi.json` and `/docs`: the API's description, and a page to read and try it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import Final

import attrs
import msgspec
import trio
from quart import Response, request

from pulse_router import __version__
from pulse_router.api.access import Paths
from pulse_router.api.openapi import describe
from pulse_router.api.operations import Answer, Media, Operation, Registered
from pulse_router.api.responses import data_response, empty_response

TAG: Final = "Description"
_ETAG: Final = {"ETag": "Changes with the content; send it back in `If-None-Match`."}
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE_FILES: Final = (
    ("/docs", "index.html", "text/html", "docs", "A page to read and try the API"),
    ("/docs/docs.js", "docs.js", "text/javascript", "docs_script", "The page's script"),
    ("/docs/docs.css", "docs.css", "text/css", "docs_style", "The page's style"),
)


@attrs.frozen
class Document:
    """Something that stays the same while the process lives, under an ETag of its content."""

    data: bytes
    content_type: str
    headers: Mapping[str, str] = attrs.field(factory=dict)
    etag: str = attrs.field(init=False)

    @etag.default
    def _digest(self) -> str:
        return f'"{hashlib.sha256(self.data).hexdigest()[:32]}"'

    def answer(self) -> Response:
        """Answer with it, or that the client has it already."""
        headers = {"ETag": self.etag, "Cache-Control": "no-cache", **self.headers}
        if request.if_none_match.contains_weak(self.etag.strip('"')):
            return empty_response(HTTPStatus.NOT_MODIFIED, **headers)
        return data_response(self.data, self.content_type, HTTPStatus.OK, **headers)


class Description:
    """Serves the description of everything that is registered.

    Args:
        registered: The operations; they are read at the first request.
    """

    def __init__(self, registered: Sequence[Registered]) -> None:
        self._registered = registered
        self._openapi: Document | None = None

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        paths.public("GET", "/openapi.json", self.openapi, prefixed=False, operation=_OPENAPI)
        folder = files("pulse_router.api") / "docs"
        for path, name, content_type, operation_id, summary in _PAGE_FILES:
            document = Document(
                (folder / name).read_bytes(),
                f"{content_type}; charset=utf-8",
                {"Content-Security-Policy": _PAGE_POLICY},
            )
            paths.public(
                "GET",
                path,
                _handler(document),
                prefixed=False,
                operation=Operation(
                    id=operation_id,
                    tag=TAG,
                    summary=summary,
                    answers={
                        200: Answer(Media(content_type, "The file."), headers=_ETAG),
                        304: Answer(None, headers=_ETAG),
                    },
                ),
            )

    async def openapi(self) -> Response:
        """Give the description in OpenAPI 3.1."""
        await trio.lowlevel.checkpoint()
        if self._openapi is None:
            text = msgspec.json.encode(describe(self._registered, version=__version__))
            self._openapi = Document(text, "application/json")
        return self._openapi.answer()


def _handler(document: Document) -> Callable[[], Awaitable[Response]]:
    async def answer() -> Response:
        await trio.lowlevel.checkpoint()
        return document.answer()

    return answer


_OPENAPI: Final = Operation(
    id="openapi",
    tag=TAG,
    summary="This description",
    answers={
        200: Answer(
            Media("application/json", "OpenAPI 3.1.", schema={"type": "object"}), headers=_ETAG
        ),
        304: Answer(None, headers=_ETAG),
    },
)
