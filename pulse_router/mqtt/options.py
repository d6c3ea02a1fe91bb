"""How the client is to connect, subscribe and bound itself. Knows nothing of tasks or sockets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal

import attrs
from attrs import validators

MAX_UINT16: Final = 0xFFFF
MAX_UINT32: Final = 0xFFFF_FFFF


@attrs.frozen(kw_only=True)
class TlsOptions:
    """How the connection is encrypted, and how both sides prove who they are.

    Attributes:
        ca_file: The authorities that may have signed the broker's certificate, as PEM; None for
            those that the system trusts.
        cert_file: Our certificate, as PEM; None to show none.
        key_file: Its private key, without a passphrase; None when it lies in `cert_file`.
    """

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None


@attrs.frozen(kw_only=True)
class ClientOptions:
    """What the client needs to know of its broker and of its own bounds.

    Attributes:
        host: Name or address of the broker.
        port: Its TCP port.
        tls: Encrypt the connection; None for a plain one.
        transport: MQTT on the stream itself, or in WebSocket messages.
        websocket_path: Where the broker serves WebSocket.
        client_id: Names the persistent session at the broker; one router, one id.
        topics: The topic filters to subscribe to, at QoS 1; none for a client that only publishes.
        former_topics: Filters that an earlier configuration may have left in the session; they
            are unsubscribed after each connect.
        share_group: Subscribe as `$share/{share_group}/{filter}`; None for plain subscriptions.
        username: User name for the broker, if it asks for one.
        password: Its password.
        keep_alive_seconds: The longest silence of ours; the broker may ask for a shorter one.
        clean_start: Give up the session that the broker may still have.
        ping_timeout_seconds: How long after the keep alive the broker may be silent.
        session_expiry_seconds: How long the broker keeps the session without us.
        resume_patience_seconds: How long a session is tried to be resumed while the broker closes
            each connection that does, before it is given up; 0 for ever.
        receive_maximum: How many unacknowledged QoS 1 messages the broker may send; reading
            pauses when that many are in hand, as not every broker keeps to it.
        max_packet_bytes: The largest packet that is taken.
        max_bytes_in_hand: Unacknowledged bytes beyond which nothing is read.
        patience_seconds: How long reading pauses when the consumer does not keep up, before it goes
            on and QoS 0 messages are dropped.
        asks_for_drops: Whether the broker is asked what it drops, of whatever client.
        connect_timeout_seconds: Deadline for the connect, and for the handshake after it.
        disconnect_timeout_seconds: Deadline for the farewell.
    """

    host: str
    port: int = attrs.field(validator=validators.and_(validators.ge(1), validators.le(MAX_UINT16)))
    tls: TlsOptions | None = None
    transport: Literal["tcp", "websocket"] = "tcp"
    websocket_path: str = "/mqtt"
    client_id: str = attrs.field(validator=validators.min_len(1))
    topics: Sequence[str]
    former_topics: Sequence[str] = ()
    share_group: str | None = None
    username: str | None = None
    password: str | None = attrs.field(default=None, repr=False)
    keep_alive_seconds: int = attrs.field(
        default=30, validator=validators.and_(validators.ge(1), validators.le(MAX_UINT16))
    )
    clean_start: bool = False
    ping_timeout_seconds: float = attrs.field(default=10, validator=validators.gt(0))
    session_expiry_seconds: int = attrs.field(
        default=7 * 86_400, validator=validators.and_(validators.ge(0), validators.le(MAX_UINT32))
    )
    resume_patience_seconds: float = attrs.field(default=300, validator=validators.ge(0))
    receive_maximum: int = attrs.field(
        default=4_000, validator=validators.and_(validators.ge(1), validators.le(MAX_UINT16))
    )
    max_packet_bytes: int = attrs.field(default=1_048_576, validator=validators.ge(128))
    max_bytes_in_hand: int = attrs.field(default=33_554_432, validator=validators.ge(1))
    patience_seconds: float = attrs.field(default=5, validator=validators.ge(0))
    asks_for_drops: bool = False
    connect_timeout_seconds: float = attrs.field(default=10, validator=validators.gt(0))
    disconnect_timeout_seconds: float = attrs.field(default=2, validator=validators.gt(0))

    def for_publishing(self, suffix: str) -> ClientOptions:
        """Give the options of another connection that only publishes.

        What it has not seen confirmed is published anew, so that it needs no session; when it is
        closed, nothing waits any more.
        """
        return attrs.evolve(
            self,
            client_id=f"{self.client_id}-{suffix}",
            topics=(),
            former_topics=(),
            share_group=None,
            clean_start=True,
            session_expiry_seconds=0,
            disconnect_timeout_seconds=min(0.5, self.disconnect_timeout_seconds),
        )

    @property
    def address(self) -> str:
        """The broker as `host:port`, for sentences."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def subscriptions(self) -> Sequence[str]:
        """The filters as they are sent, shared ones in full."""
        if self.share_group is None:
            return self.topics
        return [f"$share/{self.share_group}/{topic}" for topic in self.topics]

    @property
    def stale_subscriptions(self) -> Sequence[str]:
        """Filters that may lie in the session and must not: each would double messages."""
        stale = [*self.former_topics, *(self.topics if self.share_group is not None else ())]
        wanted = set(self.subscriptions)
        return [topic for topic in dict.fromkeys(stale) if topic not in wanted]
