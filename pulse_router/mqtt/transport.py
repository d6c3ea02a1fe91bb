"""Opens the byte stream to the broker: TCP, TLS on it, WebSocket on either. Knows no packets."""

from __future__ import annotations

import trio

from pulse_router.domain.errors import Unavailable
from pulse_router.mqtt.options import ClientOptions, TlsOptions
from pulse_router.mqtt.problems import describe_error, describe_silence
from pulse_router.mqtt.tls import make_context
from pulse_router.mqtt.websocket import WebSocketStream


async def open_transport(options: ClientOptions) -> trio.abc.Stream:
    """Connect to the broker, with all that the options ask for.

    Raises:
        Unavailable: The name does not resolve, nobody answers, the deadline has passed, or one
            side does not trust the other.
    """
    try:
        with trio.fail_after(options.connect_timeout_seconds):
            return await _open(options)
    except trio.TooSlowError as error:
        seconds = f"{options.connect_timeout_seconds:g}"
        raise Unavailable(f"no connection within {seconds} s") from error
    except trio.BrokenResourceError as error:
        raise Unavailable(describe_silence(error)) from error
    except OSError as error:
        raise Unavailable(describe_error(error)) from error


async def _open(options: ClientOptions) -> trio.abc.Stream:
    stream: trio.abc.Stream = await trio.open_tcp_stream(options.host, options.port)
    try:
        if options.tls is not None:
            stream = await _encrypt(stream, options.tls, options)
        if options.transport == "websocket":
            stream = websocket = WebSocketStream(stream)
            await websocket.shake_hands(host=options.address, path=options.websocket_path)
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return stream


async def _encrypt(
    stream: trio.abc.Stream, tls: TlsOptions, options: ClientOptions
) -> trio.abc.Stream:
    context = await trio.to_thread.run_sync(make_context, tls)
    # Few brokers say farewell in TLS; MQTT has its own.
    encrypted = trio.SSLStream(stream, context, server_hostname=options.host, https_compatible=True)
    await encrypted.do_handshake()
    return encrypted
