"""`/customer/devices/{device_id}/metrics`: which metrics a device has, and what they have been."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType
from quart import Response

from pulse_router.api.access.paths import Paths
from pulse_router.api.devices.operations import DEVICE_ID, TAG
from pulse_router.api.devices.ports import MetricStore
from pulse_router.api.openapi.operations import Operation
from pulse_router.api.openapi.parameters import query_parameter
from pulse_router.api.requests.problems import bad_parameter, found, not_found
from pulse_router.api.requests.reading import read_number, read_period, read_text
from pulse_router.api.requests.responses import json_response, utc, utc_or_none
from pulse_router.api.requests.values import Time
from pulse_router.domain.telemetry import Stretch
from pulse_router.domain.topics import ID_PATTERN

PATH: Final = "/customer/devices/<device_id>/metrics"
MAX_BUCKETS: Final = 2_000
DEFAULT_BUCKETS: Final = 300
DEFAULT_PERIOD: Final = timedelta(hours=24)
MAX_NAME_LENGTH: Final = 128
_SHORTEST_SECONDS: Final = 0.001


class MetricAnswer(msgspec.Struct):
    """A metric: how many of the device's newest 1,000 messages of that time have it.

    In `numbers` of them it is a number. `last_at` is the newest time that it was sent with.
    """

    name: str
    messages: int
    numbers: int
    last_at: Time


class BucketAnswer(msgspec.Struct):
    """What the numbers of a metric were from `at` on, for as long as a bucket lasts."""

    at: Time
    numbers: int
    min: float
    mean: float
    max: float


class MetricsAnswer(msgspec.Struct):
    """The metrics of a device from `from` to `to`, or what the numbers of one of them were.

    With `metric` there are `buckets`, each `bucket_seconds` long; those without a number are left
    out. At most the newest 200,000 messages are looked at: where there are more, `complete_from`
    says since when the buckets are complete.
    """

    start: Time = msgspec.field(name="from")
    end: Time = msgspec.field(name="to")
    metrics: list[MetricAnswer] | UnsetType = UNSET
    metric: str | UnsetType = UNSET
    bucket_seconds: float | UnsetType = UNSET
    buckets: list[BucketAnswer] | UnsetType = UNSET
    complete_from: Time | UnsetType | None = UNSET


_READ: Final = Operation(
    id="read_metrics",
    tag=TAG,
    summary="See which metrics a device has, or what one of them has been",
    description="Times are the device's own. Without `from`, it is the last day before `to`.",
    parameters=[
        DEVICE_ID,
        query_parameter("from", Time, "Not before this time of the device."),
        query_parameter("to", Time, "Before this time of the device; now, where it is not given."),
        query_parameter(
            "metric",
            Annotated[str, Meta(min_length=1, max_length=MAX_NAME_LENGTH)],
            "Which metric to show the numbers of; without it, the metrics are listed.",
        ),
        query_parameter(
            "buckets",
            Annotated[int, Meta(ge=1, le=MAX_BUCKETS)],
            "Into how many buckets the time is parted.",
            default=DEFAULT_BUCKETS,
        ),
    ],
    answers={200: MetricsAnswer},
    problems={404: "There is no such device, nor anything that it has sent."},
)


class DeviceMetrics:
    """Shows a device's metrics.

    Args:
        store: Where they are kept.
        utc_now: Gives the time.
    """

    def __init__(
        self,
        store: MetricStore,
        *,
        utc_now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._utc_now = utc_now

    def register(self, paths: Paths) -> None:
        """Register the handler."""
        paths.customer("GET", PATH, self.read, writes=False, operation=_READ)

    async def read(self, tenant_id: str, device_id: str) -> Response:
        """List the metrics, or show the numbers of one."""
        start, end = self._read_period()
        metric = read_text("metric", MAX_NAME_LENGTH)
        if metric == "":
            raise bad_parameter("metric", "must not be empty", metric)
        buckets = read_number("buckets", DEFAULT_BUCKETS, least=1, most=MAX_BUCKETS)
        if not ID_PATTERN.fullmatch(device_id):
            raise not_found("device")
        answer = MetricsAnswer(start=utc(start), end=utc(end))
        if metric is None:
            names = found(
                await self._store.list_metrics(tenant_id, device_id, start, end), "device"
            )
            answer.metrics = [
                MetricAnswer(each.name, each.messages, each.numbers, utc(each.last_at))
                for each in names
            ]
            return json_response(answer)
        seconds = max(_SHORTEST_SECONDS, (end - start).total_seconds() / buckets)
        told = await self._store.load_stretches(
            tenant_id, device_id, metric, start=start, end=end, seconds=seconds
        )
        stretches = found(told, "device")
        answer.metric = metric
        answer.bucket_seconds = seconds
        answer.buckets = [_bucket(each, start, seconds) for each in stretches.stretches]
        answer.complete_from = utc_or_none(stretches.since)
        return json_response(answer)

    def _read_period(self) -> tuple[datetime, datetime]:
        given_start, given_end = read_period()
        end = self._utc_now() if given_end is None else given_end
        try:
            start = end - DEFAULT_PERIOD if given_start is None else given_start
        except OverflowError:
            raise bad_parameter("to", "must be a day after the first", str(end)) from None
        if start >= end:
            raise bad_parameter("from", "must not be in the future", str(start))
        return start, end


def _bucket(stretch: Stretch, start: datetime, seconds: float) -> BucketAnswer:
    return BucketAnswer(
        at=utc(start + timedelta(seconds=stretch.number * seconds)),
        numbers=stretch.numbers,
        min=stretch.least,
        mean=stretch.mean,
        max=stretch.greatest,
    )
