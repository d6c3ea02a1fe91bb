"""Opening the byte stream: deadlines and errors of the network in words."""

from __future__ import annotations

import errno
import socket
from typing import Any

import pytest
import trio
from trio.testing import MockClock

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.problems import describe_error
from pulse_router.mqtt.transport import open_transport
from tests.support.mqtt.peer import make_options


class HangingResolver(trio.abc.HostnameResolver):
    async def getaddrinfo(self, *_args: Any, **_keywords: Any) -> Any:
        await trio.sleep_forever()

    async def getnameinfo(self, *_args: Any, **_keywords: Any) -> Any:
        await trio.sleep_forever()


async def test_a_connect_that_hangs_has_a_deadline(autojump_clock: MockClock) -> None:
    trio.socket.set_custom_hostname_resolver(HangingResolver())
    with pytest.raises(Unavailable, match="no connection within 7 s"):
        await open_transport(make_options(connect_timeout_seconds=7))
    assert trio.current_time() == pytest.approx(7)


def caused_by(*causes: Exception) -> OSError:
    error = OSError("all attempts to connect failed")
    error.__cause__ = ExceptionGroup("several", causes) if len(causes) > 1 else causes[0]
    return error


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ECONNREFUSED, "Error connecting to 127.0.0.1"), "connection refused"),
        (
            caused_by(OSError(errno.ECONNREFUSED, "v4"), OSError(errno.ENETUNREACH, "v6")),
            "connection refused, network is unreachable",
        ),
        (
            caused_by(OSError(errno.ECONNREFUSED, "v4"), OSError(errno.ECONNREFUSED, "v6")),
            "connection refused",
        ),
        (socket.gaierror(-2, "Name or service not known"), "name or service not known"),
        (caused_by(trio.BrokenResourceError("gone")), "gone"),
    ],
)
def test_an_error_of_the_network_is_told_in_the_words_of_the_system(
    error: Exception, words: str
) -> None:
    assert describe_error(error) == words
