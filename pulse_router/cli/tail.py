"""`pulse-router tail`: shows a tenant's telemetry as it arrives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import click
import msgspec

from pulse_router.cli.options import Server, json_option, read_duration, server_options
from pulse_router.cli.tables import printable
from pulse_router.domain.live import MAX_EVENT_ID

_TIME_WIDTH: Final = 27
_DEVICE_WIDTH: Final = 20


def _read_forever_or_duration(
    context: click.Context, option: click.Parameter, value: str | None
) -> float | None:
    return None if value is None else read_duration(context, option, value)


@click.command
@server_options
@click.option("--device", "devices", multiple=True, help="Only this device; repeatable.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=click.IntRange(min=1),
    help="Only the devices of this group, by its id; repeatable.",
)
@click.option("--metric", "metrics", multiple=True, help="Only this metric; repeatable.")
@click.option(
    "--after",
    type=click.IntRange(0, MAX_EVENT_ID),
    help="Begin with what came after this event, by its id; 0 for all that is kept.",
)
@click.option("--count", type=click.IntRange(min=1), help="End after so many events.")
@click.option(
    "--for",
    "seconds",
    callback=_read_forever_or_duration,
    help="End after this time, like 30s, 5m or 1h30m.",
)
@json_option
def tail(
    server: Server,
    devices: Sequence[str],
    groups: Sequence[int],
    metrics: Sequence[str],
    after: int | None,
    count: int | None,
    seconds: float | None,
    *,
    as_json: bool,
) -> None:
    """Show telemetry as it arrives, until Ctrl-C.

    When the line breaks it is made again, and what was missed comes first. With --json each line
    is a message as the router sends it: `telemetry`, `dropped` and `gap`. Without, what was missed
    for good is told on standard error.
    """
    import trio  # noqa: PLC0415 - wrong usage is told before the heavy parts are loaded

    query = {
        name: ",".join(map(str, values))
        for name, values in (("device_id", devices), ("group_id", groups), ("metric", metrics))
        if values
    }
    printer = _Printer(as_json=as_json, events_left=count)
    trio.run(_tail, server, query, after, seconds, printer)
    if printer.has_no_reader:
        raise BrokenPipeError


async def _tail(
    server: Server,
    query: Mapping[str, str],
    after: int | None,
    seconds: float | None,
    printer: _Printer,
) -> None:
    import trio  # noqa: PLC0415

    from pulse_router.cli.live import LiveFollower, StreamRefused  # noqa: PLC0415
    from pulse_router.runtime.signals import open_signal_event  # noqa: PLC0415

    refused: StreamRefused | None = None
    with open_signal_event() as stop, trio.move_on_after(seconds or float("inf")):
        async with trio.open_nursery() as nursery:

            async def follow() -> None:
                nonlocal refused

                async def show(data: bytes, message: Mapping[str, Any]) -> None:
                    printer.show(data, message)
                    if printer.is_done:
                        stop.set()
                        await trio.sleep_forever()

                follower = LiveFollower(server, query, after, show, _tell_trouble)
                try:
                    await follower.follow()
                except StreamRefused as error:
                    refused = error
                    stop.set()

            nursery.start_soon(follow)
            await stop.wait()
            nursery.cancel_scope.cancel()
    if refused is not None:
        raise refused


def _tell_trouble(why: str, seconds: float) -> None:
    _tell(f"{why}; trying again in {seconds:.1f} s")


@attrs.define
class _Printer:
    """Writes messages to standard output until there were enough, or nobody reads them."""

    as_json: bool
    events_left: int | None
    has_no_reader: bool = False
    has_header: bool = False

    @property
    def is_done(self) -> bool:
        """Whether nothing more is to be written."""
        return self.has_no_reader or self.events_left == 0

    def show(self, data: bytes, message: Mapping[str, Any]) -> None:
        """Write one message."""
        kind = message["type"]
        if kind not in {"telemetry", "dropped", "gap"}:
            return
        if self.as_json:
            self._write(data.decode())
        elif kind == "telemetry":
            self._write_row(message)
        elif kind == "dropped":
            _tell(f"{message['count']} events were dropped: what reads this output is too slow")
        else:
            _tell(f"events after {message['from']} up to {message['to']} may be missing")
        if kind == "telemetry" and self.events_left is not None:
            self.events_left -= 1

    def _write_row(self, message: Mapping[str, Any]) -> None:
        if not self.has_header:
            self.has_header = True
            self._write(f"{'TIME':{_TIME_WIDTH}} {'DEVICE':{_DEVICE_WIDTH}} METRICS")
        metrics = " ".join(
            f"{printable(name)}={printable(msgspec.json.encode(value).decode())}"
            for name, value in message["metrics"].items()
        )
        time, device = message["timestamp"], message["device_id"]
        self._write(f"{time:{_TIME_WIDTH}} {device:{_DEVICE_WIDTH}} {metrics}")

    def _write(self, line: str) -> None:
        try:
            click.echo(line)
        except BrokenPipeError:
            self.has_no_reader = True


def _tell(sentence: str) -> None:
    click.echo(f"pulse-router: {sentence}", err=True)
