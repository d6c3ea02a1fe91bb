"""Opens the byte stream to the broker. Knows nothing of MQTT."""

from __future__ import annotations

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.options import ClientOptions


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
        raise Unavailable(_describe(error)) from error


def _describe(error: OSError) -> str:
    """Put an error of the network into words; Trio hides those of each address in a group."""
    causes = error.__cause__.exceptions if isinstance(error.__cause__, ExceptionGroup) else ()
    reasons = [str(cause.strerror or cause) for cause in causes if isinstance(cause, OSError)]
    if isinstance(error.__cause__, OSError):
        reasons.append(str(error.__cause__.strerror or error.__cause__))
    text = ", ".join(dict.fromkeys(reasons)) or str(error.strerror or error)
    return text[:1].lower() + text[1:]
