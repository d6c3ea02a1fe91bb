"""Whatever a proxy says, and wherever an endpoint has moved to, costs that attempt only."""

from __future__ import annotations

import socket
from itertools import pairwise

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from pulse_router.domain.webhook_config import WebhookUrl, parse_url
from pulse_router.webhook.connecting import CannotConnect
from pulse_router.webhook.proxy import Proxy, ProxyRefused
from pulse_router.webhook.redirects import describe_move

PROXY = Proxy("proxy.example", 3128, credentials="me:hush")
HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 Connection established\r\n\r\n",
        b"HTTP/1.0 200\nX: y\n\n",
        b"HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 503 \xff\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nmore",
    ]
)
said = HEADS | st.binary(max_size=200) | st.binary(max_size=100).map(b"HTTP/1.1 200 ".__add__)


async def asked(pieces: list[bytes]) -> str:
    """What comes of an answer that arrives in pieces, and ends."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    with ours, theirs:
        async with trio.open_nursery() as nursery:

            async def answer() -> None:
                for piece in pieces:
                    theirs.send(piece)
                    await trio.lowlevel.checkpoint()
                    await trio.lowlevel.checkpoint()
                theirs.shutdown(socket.SHUT_WR)

            nursery.start_soon(answer)
            told = "a line"
            try:
                with trio.fail_after(5):
                    await PROXY.ask_for_line(ours, "plant.example", 443)
            except CannotConnect as error:
                told = f"{type(error).__name__}: {error}"
    return told


@given(said, st.data())
@settings(max_examples=200)
def test_whatever_a_proxy_says_is_a_line_or_none(answer: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)), max_size=6)))
    edges = [0, *cuts, len(answer)]
    pieces = [answer[a:b] for a, b in pairwise(edges) if b > a]
    told = trio.run(asked, [answer] if answer else [])
    assert len(told) < 200
    assert "hush" not in told
    if told == "a line":
        assert answer.startswith(b"HTTP/1.")
    in_pieces = trio.run(asked, pieces)
    # What was said beyond the head may not have come yet when there is a line.
    assert in_pieces == told or ("says more" in told and in_pieces == "a line")


@pytest.mark.parametrize("status", [100, 199, 300, 407, 500, 999])
async def test_a_refusal_has_its_status(status: int) -> None:
    answer = b"HTTP/1.1 %d Words\r\n\r\n" % status
    told = await asked([answer[:7], answer[7:]])
    assert told.startswith(f"{ProxyRefused.__name__}: the proxy answers {status}")


URLS = [parse_url("https://plant.example/hook?token=hush"), parse_url("http://[::1]:8080/a/b")]


@given(st.sampled_from(URLS), st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_wherever_an_endpoint_has_moved_to_it_is_a_short_sentence(
    url: WebhookUrl, location: bytes
) -> None:
    told = describe_move(url, location)
    assert len(told) < 300
    assert "hush" not in told
    assert told.startswith("the endpoint has moved")


@given(st.text("abc/?#@:[]%.\\ \t", max_size=40), st.sampled_from(["https://me:hush@x", "//", "/"]))
def test_what_is_said_of_it_has_no_user_password_query_or_fragment(text: str, start: str) -> None:
    told = describe_move(URLS[0], f"{start}{text}".encode()).removesuffix(
        "; write that into the route's url"
    )
    assert "hush" not in told
    assert not set(told.partition("://")[2]) & set("?#")
