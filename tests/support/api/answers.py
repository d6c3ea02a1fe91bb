"""Reads answers as they come over the line."""

from __future__ import annotations

import h11


def answered(data: bytes, method: str = "GET") -> tuple[h11.Response, bytes]:
    """Read an answer as a client does."""
    http = h11.Connection(h11.CLIENT)
    http.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    http.send(h11.EndOfMessage())
    http.receive_data(data)
    response = http.next_event()
    assert isinstance(response, h11.Response)
    body = b""
    while isinstance(event := http.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert http.trailing_data[0] == b""
    return response, body
