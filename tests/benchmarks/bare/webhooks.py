"""The limit of one process: a bare Trio loop that signs, sends, reads and parses, and no more.

Standard Webhooks with one signature, over so many connections; no framework, no store, no retries.
"""

from __future__ import annotations

import base64
import hmac
import socket
import sys
import time
from collections.abc import Iterable

import httptools
import trio

CONNECTIONS = 32
READ_BYTES = 65_536
KEY = b"a-secret-to-sign-webhooks-with-1"
HEAD = (
    "POST /plain HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: */*\r\nUser-Agent: bare\r\n"
    "Content-Type: application/json\r\n"
    "X-Pulse-Topic: tenant/TENANT1/device/DEV-00001/telemetry\r\nX-Pulse-Attempt: 1\r\n"
)


class Answer:
    """What llhttp tells of an answer."""

    def __init__(self) -> None:
        self.is_whole = False

    def on_message_complete(self) -> None:
        """Hear that it has come to its end."""
        self.is_whole = True


def make_request(head: bytes, number: int, body: bytes) -> bytes:
    """Sign a body and put a request around it."""
    message_id, now = b"msg_%d" % number, int(time.time())
    signed = b"%b.%d.%b" % (message_id, now, body)
    signature = base64.b64encode(hmac.digest(KEY, signed, "sha256"))
    return b"".join(
        (
            head,
            b"Content-Length: %d\r\nwebhook-id: %b\r\n" % (len(body), message_id),
            b"webhook-timestamp: %d\r\nwebhook-signature: v1,%b\r\n\r\n" % (now, signature),
            body,
        )
    )


async def post_by_stream(port: int, requests: Iterable[bytes]) -> None:
    """Send one request after the other over a connection of its own, as one does with Trio."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        for request in requests:
            await stream.send_all(request)
            answer = Answer()
            parser = httptools.HttpResponseParser(answer)
            while not answer.is_whole:
                parser.feed_data(await stream.receive_some(READ_BYTES))
            if parser.get_status_code() != 200:
                raise SystemExit("the endpoint refuses")


async def post_by_socket(port: int, requests: Iterable[bytes]) -> None:
    """The same, where only an answer is waited for."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in requests:
            if sock.send(request) != len(request):
                raise SystemExit("the endpoint takes nothing")
            answer = Answer()
            parser = httptools.HttpResponseParser(answer)
            while not answer.is_whole:
                await trio.lowlevel.wait_readable(sock)
                parser.feed_data(sock.recv(READ_BYTES))
            if parser.get_status_code() != 200:
                raise SystemExit("the endpoint refuses")


WAYS = {"stream": post_by_stream, "socket": post_by_socket}


async def post_all(way: str, port: int, count: int, body: bytes) -> None:
    """Send them all."""
    times, head = count // CONNECTIONS, HEAD.format(port=port).encode()
    async with trio.open_nursery() as nursery:
        for first in range(0, times * CONNECTIONS, times):
            requests = (make_request(head, n, body) for n in range(first, first + times))
            nursery.start_soon(WAYS[way], port, requests)


def main() -> None:
    """Post: WAY PORT COUNT BODY; tells how long it took, and how much CPU."""
    way, port, count, body = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4].encode()
    print("ready", flush=True)
    sys.stdin.readline()
    start, cpu = time.monotonic(), time.process_time()
    trio.run(post_all, way, port, count, body)
    print(time.monotonic() - start, time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    main()
