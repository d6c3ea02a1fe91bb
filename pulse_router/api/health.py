"""`/health`, `/ready` and `/metrics`: how the router does, for people and machines."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, Literal, Protocol

import attrs
import msgspec
import trio
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.metrics import CONTENT_TYPE, Sample, counter, exposition, gauge
from pulse_router.api.openapi.operations import Media, Operation
from pulse_router.api.requests.problems import Problem
from pulse_router.api.requests.responses import data_response, json_response
from pulse_router.api.server.crowd import Crowd
from pulse_router.api.server.problem_body import ProblemAnswer
from pulse_router.runtime.readiness import STARTING, STOPPING, Readiness
from pulse_router.streaming.broadcaster import Broadcaster

TAG: Final = "Health"
PATHS: Final = ("/health", "/ready", "/metrics")
"""What may have a listener of its own."""

UNAVAILABLE: Final = "unavailable"
"""What strangers learn of a part that has a problem."""

_FINE: Final = frozenset({"ok", "disabled"})


@attrs.frozen
class Status:
    """How the router does, for `/health` and `/metrics`.

    `mqtt`, `database` and `nats` are "ok", "disabled", or what is wrong in a sentence without
    secrets. `oldest_snapshot_seconds` is for how long nothing that was removed from the database
    can be cleared away. `tenants_above_limits` are those with more waiting than they should;
    `sessions_lost` is how many times the broker had lost ours, since the start, `upstream` what
    was lost before it came here.
    """

    delivered: int
    failed: int
    delivery_queue_depth: int
    dead_lettered: int
    mqtt: str
    database: str
    nats: str
    ledger: Mapping[str, Any]
    samples: Sequence[Sample] = ()
    oldest_snapshot_seconds: float = 0.0
    tenants_above_limits: int = 0
    sessions_lost: int = 0
    upstream: Mapping[str, int | None] = attrs.field(factory=dict)


class StatusSource(Protocol):
    """Where the figures come from."""

    async def current(self) -> Status:
        """Give figures that are at most about a second old.

        Never raises for an outage: the last known figures are given, and what is wrong.
        """


class UpstreamAnswer(msgspec.Struct):
    """What was lost before it came here, as far as anybody tells.

    `sessions_lost` and `gaps`, those in the numbers of devices, count since the start, and so does
    `estimated_lost`: about how many messages went with the sessions, null where nobody can tell.
    `broker_dropped` are messages of any client that the broker has dropped since we connected, null
    where it does not tell.
    """

    sessions_lost: int
    estimated_lost: int | None
    broker_dropped: int | None
    gaps: int


class HealthAnswer(msgspec.Struct):
    """How the router does; `delivered`, `failed` and `dead_lettered` count since its start.

    `mqtt` and `database` are `ok`, or what is wrong: in a word, and in a sentence for operators.
    `tenants_above_limits` is how many tenants have more pending deliveries or dead letters than
    their bound, where the operator has set one.
    """

    status: Literal["ok", "degraded"]
    delivered: int
    failed: int
    delivery_queue_depth: int
    dead_lettered: int
    mqtt: str
    database: str
    nats: str
    ledger: dict[str, Any]
    oldest_snapshot_seconds: float
    tenants_above_limits: int
    upstream: UpstreamAnswer


class ReadyAnswer(msgspec.Struct):
    """Nothing is missing."""

    status: Literal["ready"]
    missing: dict[str, str]


class NotReadyAnswer(ProblemAnswer, kw_only=True):
    """Work does not flow; `missing` says what is, by part: a word, to operators a sentence."""

    missing: dict[str, str]


class StreamStatusAnswer(msgspec.Struct):
    """How many live streams are open, and how many a tenant may have."""

    total_connections: int
    max_per_tenant: int


_WORDS: Final = _FINE | {STARTING, STOPPING}
_HEALTH: Final = Operation(
    id="health",
    tag=TAG,
    summary="How the router does",
    description="Degraded is still 200: the process is alive. The figures are about a second old.",
    answers={200: HealthAnswer},
)
_READY: Final = Operation(
    id="ready",
    tag=TAG,
    summary="Whether work flows",
    answers={200: ReadyAnswer},
    problems={503: "Work does not flow; `missing` says what is, by part."},
    problem_types={503: NotReadyAnswer},
)
_METRICS: Final = Operation(
    id="metrics",
    tag=TAG,
    summary="Figures for Prometheus",
    answers={200: Media(CONTENT_TYPE, "The figures in Prometheus' text format.")},
)
_STREAM_STATUS: Final = Operation(
    id="stream_status",
    tag="Live streams",
    summary="How many live streams are open",
    answers={200: StreamStatusAnswer},
)


class Health:
    """Answers without a token, and without asking the database itself; it names no tenant.

    Sentences may name addresses, users and versions: they are for operators, by their token or the
    listener that only they reach. Everybody else gets one word.

    Args:
        status: The figures.
        readiness: Who is not ready.
        broadcaster: Whose clients are counted.
        crowd: What happens to clients when there are too many.
    """

    def __init__(
        self, status: StatusSource, readiness: Readiness, broadcaster: Broadcaster, crowd: Crowd
    ) -> None:
        self._crowd = crowd
        self._status = status
        self._readiness = readiness
        self._broadcaster = broadcaster
        self._is_operators: Callable[[], Awaitable[bool]] = _nobody

    def register(self, paths: Paths) -> None:
        """Register the handlers."""
        self._is_operators = paths.is_operators
        handlers = (self.health, _HEALTH), (self.ready, _READY), (self.metrics, _METRICS)
        for path, (handler, operation) in zip(PATHS, handlers, strict=True):
            paths.public("GET", path, handler, prefixed=False, operation=operation)
        paths.public(
            "GET",
            "/telemetry/stream/status",
            self.stream_status,
            prefixed=True,
            operation=_STREAM_STATUS,
        )

    async def health(self) -> Response:
        """Give the figures; degraded is still 200, for the process is alive."""
        status = await self._status.current()
        parts = {status.mqtt, status.database, status.nats}
        fine = parts <= _FINE and self._readiness.is_ready and status.ledger["balanced"]
        mqtt, database, nats = status.mqtt, status.database, status.nats
        if not parts <= _FINE and not await self._is_operators():
            mqtt, database, nats = map(in_a_word, (mqtt, database, nats))
        return json_response(
            HealthAnswer(
                status="ok" if fine else "degraded",
                delivered=status.delivered,
                failed=status.failed,
                delivery_queue_depth=status.delivery_queue_depth,
                dead_lettered=status.dead_lettered,
                mqtt=mqtt,
                database=database,
                nats=nats,
                ledger={name: said for name, said in status.ledger.items() if name != "tenants"},
                oldest_snapshot_seconds=round(status.oldest_snapshot_seconds, 1),
                tenants_above_limits=status.tenants_above_limits,
                upstream=UpstreamAnswer(
                    sessions_lost=status.upstream.get("sessions_lost") or 0,
                    estimated_lost=status.upstream.get("estimated_lost"),
                    broker_dropped=status.upstream.get("broker_dropped"),
                    gaps=status.upstream.get("gaps") or 0,
                ),
            )
        )

    async def ready(self) -> Response:
        """Say whether work flows, and otherwise what is missing."""
        missing = dict(self._readiness.problems)
        if missing:
            if not await self._is_operators():
                missing = {part: in_a_word(problem) for part, problem in missing.items()}
            named = "; ".join(f"{part}: {problem}" for part, problem in missing.items())
            raise Problem(
                HTTPStatus.SERVICE_UNAVAILABLE,
                f"Not ready: {named}",
                members={"missing": missing},
            )
        return json_response(ReadyAnswer("ready", {}))

    async def metrics(self) -> Response:
        """Give the figures to Prometheus."""
        status = await self._status.current()
        samples = [*self._samples(status), *status.samples]
        return data_response(exposition(samples), CONTENT_TYPE)

    async def stream_status(self) -> Response:
        """Say how many live streams are open, and how many a tenant may have."""
        return json_response(
            StreamStatusAnswer(
                self._broadcaster.total_connections, self._broadcaster.max_per_tenant
            )
        )

    def _samples(self, status: Status) -> Iterable[Sample]:
        yield counter("pulse_deliveries_delivered_total", "Deliveries made.", status.delivered)
        yield counter("pulse_delivery_attempts_failed_total", "Attempts failed.", status.failed)
        yield counter("pulse_dead_lettered_total", "Deliveries given up.", status.dead_lettered)
        yield gauge(
            "pulse_ingest_delivery_queue_depth",
            "Deliveries that are pending.",
            status.delivery_queue_depth,
        )
        yield gauge(
            "pulse_database_oldest_snapshot_seconds",
            "For how long nothing that was removed can be cleared away: a backup, a session.",
            status.oldest_snapshot_seconds,
        )
        yield gauge("pulse_ready", "1 when work flows.", self._readiness.is_ready)
        yield gauge("pulse_mqtt_up", "1 when connected to the broker.", status.mqtt == "ok")
        yield gauge("pulse_database_up", "1 when the database answers.", status.database == "ok")
        yield gauge(
            "pulse_stream_connections", "Live streams open.", self._broadcaster.total_connections
        )
        yield counter(
            "pulse_stream_dropped_total",
            "Events that slow live clients missed.",
            self._broadcaster.dropped,
        )
        for why, count in (("places", self._crowd.made_room), ("slow", self._crowd.cut_off)):
            yield counter(
                "pulse_http_connections_evicted_total",
                "Connections ended for others: their places, or what waited for slow clients.",
                count,
                why=why,
            )
        yield counter(
            "pulse_http_connections_refused_total",
            "Connections that were told to come later.",
            self._crowd.refused,
        )


async def _nobody() -> bool:
    await trio.lowlevel.checkpoint()
    return False


def in_a_word(said: str) -> str:
    """Give what a stranger may know of a part, of what is said of it."""
    return said if said in _WORDS else UNAVAILABLE
