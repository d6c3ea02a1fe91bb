"""`/openapi.json` and `/docs`: the API's description, and a page to read and try it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import Final, Literal, Protocol

import attrs
import msgspec
import trio
from quart import Response, request

from pulse_router import __version__
from pulse_router.api.openapi.document import describe
from pulse_router.api.openapi.operations import Answer, Media, Operation, Registered
from pulse_router.api.openapi.parameters import path_parameter
from pulse_router.api.requests.problems import not_found
from pulse_router.api.requests.responses import data_response, empty_response

TAG: Final = "Description"
_ETAG: Final = {"ETag": "Changes with the content; send it back in `If-None-Match`."}
_PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE: Final = "index.html"
_FILES: Final = {
    "docs.css": "text/css",
    "docs.js": "text/javascript",
    "elements.js": "text/javascript",
    "requests.js": "text/javascript",
    "schemas.js": "text/javascript",
}
_KEPT: Final = {
    304: Answer(None, "Not changed since the ETag that was sent.", {"ETag": "As it was."}),
}
_OPENAPI: Final = Operation(
    id="openapi",
    tag=TAG,
    summary="This description",
    answers={
        200: Answer(
            Media("application/json", "OpenAPI 3.1.", schema={"type": "object"}), headers=_ETAG
        ),
        **_KEPT,
    },
)
_DOCS: Final = Operation(
    id="docs",
    tag=TAG,
    summary="A page to read and try the API",
    answers={200: Answer(Media("text/html", "The page."), headers=_ETAG), **_KEPT},
)
_DOCS_FILE: Final = Operation(
    id="docs_file",
    tag=TAG,
    summary="What the page is made of",
    parameters=[path_parameter("file", Literal[tuple(_FILES)], "The file.")],
    answers={
        200: Answer(Media("text/*", "A script or a style sheet."), headers=_ETAG),
        **_KEPT,
    },
    problems={404: "There is no such file."},
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


class PublicPaths(Protocol):
    """Where handlers are registered that need no token."""

    def public(
        self,
        method: str,
        path: str,
        handler: Callable[..., Awaitable[Response]],
        *,
        prefixed: bool,
        operation: Operation,
    ) -> None:
        """Register a handler for a method and a path, which may have the version's prefix too."""
        ...


class Description:
    """Serves the description of everything that is registered.

    Args:
        registered: The operations; they are read at the first request.
    """

    def __init__(self, registered: Sequence[Registered]) -> None:
        self._registered = registered
        self._openapi: Document | None = None
        self._page = _page_file(_PAGE, "text/html")
        self._files = {name: _page_file(name, kind) for name, kind in _FILES.items()}

    def register(self, paths: PublicPaths) -> None:
        """Register the handlers."""
        for path, handler, operation in (
            ("/openapi.json", self.openapi, _OPENAPI),
            ("/docs", self.docs, _DOCS),
            ("/docs/<file>", self.docs_file, _DOCS_FILE),
        ):
            paths.public("GET", path, handler, prefixed=False, operation=operation)

    async def docs(self) -> Response:
        """Give the page."""
        await trio.lowlevel.checkpoint()
        return self._page.answer()

    async def docs_file(self, file: str) -> Response:
        """Give a file of the page."""
        await trio.lowlevel.checkpoint()
        if file not in self._files:
            raise not_found("file")
        return self._files[file].answer()

    async def openapi(self) -> Response:
        """Give the description in OpenAPI 3.1."""
        await trio.lowlevel.checkpoint()
        if self._openapi is None:
            text = msgspec.json.encode(describe(self._registered, version=__version__))
            self._openapi = Document(text, "application/json")
        return self._openapi.answer()


def _page_file(name: str, content_type: str) -> Document:
    data = (files("pulse_router.api.openapi") / "docs" / name).read_bytes()
    headers = {"Content-Security-Policy": _PAGE_POLICY}
    return Document(data, f"{content_type}; charset=utf-8", headers)
