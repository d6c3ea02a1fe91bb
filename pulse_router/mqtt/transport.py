"""Opens the byte stream to the broker. Knows nothing of MQTT."""

from __future__ import annotations

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.options import ClientOptions
from pulse_router.mqtt.problems import describe_error


async def open_transport(options: ClientOptions) -> trio.abc.Stream:
    """Connect to the broker by TCP.

    Raises:
        Unavailable: The name does not resolve, nobody answers, or the deadline has passed.
    """
    try:
        with trio.fail_after(options.connect_timeout_seconds):
            return await trio.open_tcp_stream(options.host, options.port)
    except trio.TooSlowError as error:
        seconds = f"{options.connect_timeout_seconds:g}"
        raise Unavailable(f"no connection within {seconds} s") from error
    except OSError as error:
        raise Unavailable(describe_error(error)) from error
