"""`/console`: the page and files of the web console, and what it must know before anyone signs in.

Nothing here asks for a token, the database or anything else: all of it is in memory.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

import msgspec
import trio
from quart import Response, request

from pulse_router import __version__
from pulse_router.api.access.paths import Paths
from pulse_router.api.openapi.operations import Answer, Media, Operation
from pulse_router.api.openapi.parameters import path_parameter
from pulse_router.api.requests.problems import Problem, not_found
from pulse_router.api.requests.responses import data_response, empty_response, json_response
from pulse_router.console.console import Console, SignIn
from pulse_router.console.site import ASSETS, File, Site

PATH: Final = "/console"
TAG: Final = "Console"
NOT_BUILT: Final = (
    "The console is not built here: run `make console` where the sources are, and ask again."
)
SWITCHED_OFF: Final = "The console is switched off here (console.enabled)."

_KEPT: Final = {304: Answer(None, "Not changed since the ETag that was sent.")}
_NONE: Final = {404: "There is no console here, and why, or no such page or file of it."}
_ETAG: Final = {"ETag": "Changes with the content; send it back in `If-None-Match`."}
_IMMUTABLE: Final = "public, max-age=31536000, immutable"
_PAGE_ANSWERS: Final = {200: Answer(Media("text/html", "The page."), headers=_ETAG), **_KEPT}


class IssuerAnswer(msgspec.Struct):
    """How one signs in at the issuer: the code flow with PKCE, as a public client.

    The endpoints are null until the issuer has said where they are; `problem` then says why.
    """

    issuer: str
    client_id: str
    scopes: list[str]
    authorization_endpoint: str | None
    token_endpoint: str | None
    end_session_endpoint: str | None
    problem: str | None


class DemoAnswer(msgspec.Struct):
    """That this is a demo; `sink_url` is where its webhook sink takes requests."""

    sink_url: str | None


class ConsoleConfigAnswer(msgspec.Struct):
    """What the console must know before anybody signs in.

    `label` and `colour` tell one installation from another. A token can be pasted in any case;
    `issuer` is null where no issuer is set up for signing in, `demo` where this is none.
    """

    version: str
    label: str | None
    colour: str | None
    issuer: IssuerAnswer | None
    demo: DemoAnswer | None


_ROOT: Final = Operation(
    id="root",
    tag=TAG,
    summary="Leads to the console",
    answers={307: Answer(None, "The console.", {"Location": "Where it is."})},
    problems=_NONE,
)
_CONSOLE: Final = Operation(
    id="console",
    tag=TAG,
    summary="The web console",
    answers=_PAGE_ANSWERS,
    problems=_NONE,
)
_OVERVIEW: Final = Operation(
    id="console_overview",
    tag=TAG,
    summary="The web console's first page",
    answers=_PAGE_ANSWERS,
    problems=_NONE,
)
_PAGE: Final = Operation(
    id="console_page",
    tag=TAG,
    summary="Any page of the web console",
    description="Which page it is, the script in it finds out by its address.",
    parameters=[path_parameter("page", str, "The page, slashes included.")],
    answers=_PAGE_ANSWERS,
    problems=_NONE,
)
_FILE: Final = Operation(
    id="console_file",
    tag=TAG,
    summary="What the web console is made of",
    parameters=[path_parameter("file", str, "The file; its name changes with its content.")],
    answers={
        200: Answer(Media("*/*", "A script, a style sheet or the like."), headers=_ETAG),
        **_KEPT,
    },
    problems=_NONE,
)
_CONFIG: Final = Operation(
    id="console_config",
    tag=TAG,
    summary="What the console must know before anybody signs in",
    answers={200: ConsoleConfigAnswer},
    problems={404: "The console is switched off."},
)


class ConsolePages:
    """Serves the console.

    Args:
        console: That of this installation.
    """

    def __init__(self, console: Console) -> None:
        self._console = console

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        for path, handler, operation in (
            ("/", self.root, _ROOT),
            (PATH, self.console, _CONSOLE),
            (f"{PATH}/", self.overview, _OVERVIEW),
            (f"{PATH}/config", self.config, _CONFIG),
            (f"{PATH}/{ASSETS}/<file>", self.file, _FILE),
            (f"{PATH}/<path:page>", self.page, _PAGE),
        ):
            paths.public("GET", path, handler, prefixed=False, operation=operation)

    async def root(self) -> Response:
        """Lead to the console, wherever a proxy has put this."""
        await trio.lowlevel.checkpoint()
        self._check_enabled()
        return empty_response(HTTPStatus.TEMPORARY_REDIRECT, Location=PATH.removeprefix("/"))

    async def console(self) -> Response:
        """Give the page, asked for without the slash."""
        await trio.lowlevel.checkpoint()
        return self._answer_page(None)

    async def overview(self) -> Response:
        """Give the page, asked for with it."""
        await trio.lowlevel.checkpoint()
        return self._answer_page("")

    async def page(self, page: str) -> Response:
        """Give the page, whatever it is to show: a reload never fails."""
        await trio.lowlevel.checkpoint()
        if page.startswith(f"{ASSETS}/"):
            self._built()
            raise not_found("file")
        return self._answer_page(page)

    async def file(self, file: str) -> Response:
        """Give a file, which never changes under its name."""
        await trio.lowlevel.checkpoint()
        found = self._built().file(file)
        if found is None:
            raise not_found("file")
        return self._answer(found, _IMMUTABLE)

    async def config(self) -> Response:
        """Say what the console must know before anybody signs in."""
        await trio.lowlevel.checkpoint()
        self._check_enabled()
        console, demo = self._console, self._console.demonstration
        answer = ConsoleConfigAnswer(
            version=__version__,
            label=console.label,
            colour=console.colour,
            issuer=_shown(console.sign_in()),
            demo=None if demo is None else DemoAnswer(demo.sink_url),
        )
        return json_response(answer, HTTPStatus.OK)

    def _check_enabled(self) -> None:
        if not self._console.is_enabled:
            raise Problem(HTTPStatus.NOT_FOUND, SWITCHED_OFF)

    def _built(self) -> Site:
        self._check_enabled()
        site = self._console.site()
        if site is None:
            raise Problem(HTTPStatus.NOT_FOUND, NOT_BUILT)
        return site

    def _answer_page(self, below: str | None) -> Response:
        page = self._built().page(below)
        if page is None:
            raise not_found("page")
        return self._answer(page, "no-cache")

    def _answer(self, file: File, cache_control: str) -> Response:
        headers = {
            "Cache-Control": cache_control,
            "ETag": file.etag,
            "Vary": "Accept-Encoding",
            **self._console.headers(),
        }
        if request.if_none_match.contains_weak(file.etag.strip('"')):
            return empty_response(HTTPStatus.NOT_MODIFIED, **headers)
        if file.gzipped is not None and request.accept_encodings.quality("gzip") > 0:
            headers |= {"Content-Encoding": "gzip", "ETag": f"W/{file.etag}"}
            return data_response(file.gzipped, file.content_type, HTTPStatus.OK, **headers)
        return data_response(file.data, file.content_type, HTTPStatus.OK, **headers)


def _shown(sign_in: SignIn | None) -> IssuerAnswer | None:
    if sign_in is None:
        return None
    return IssuerAnswer(
        issuer=sign_in.issuer,
        client_id=sign_in.client_id,
        scopes=list(sign_in.scopes),
        authorization_endpoint=sign_in.authorization_endpoint,
        token_endpoint=sign_in.token_endpoint,
        end_session_endpoint=sign_in.end_session_endpoint,
        problem=sign_in.problem,
    )
