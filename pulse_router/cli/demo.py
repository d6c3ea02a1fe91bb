"""`pulse-router demo`: the router and all it needs, embedded, in the foreground."""

from __future__ import annotations

import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random

import attrs
import click
import trio

from pulse_router import router
from pulse_router.api.access.tokens import issue_token
from pulse_router.cli.demo_folder import DemoFolder, DemoState, default_folder
from pulse_router.cli.demo_setup import BIND_HOST, TENANT, prepare_database, settle
from pulse_router.cli.demo_text import Console, Welcome, hook_of
from pulse_router.console.console import Demonstration
from pulse_router.console.site import SiteFolder
from pulse_router.embedded import ports
from pulse_router.embedded.accounts import account_for_children, prepare_folder
from pulse_router.embedded.mosquitto import open_mosquitto
from pulse_router.embedded.postgres import open_postgres
from pulse_router.embedded.processes import ChildFailed
from pulse_router.embedded.servers import EmbeddedServer
from pulse_router.embedded.simulator import SimulatedDevice, run_simulator
from pulse_router.embedded.sink import SinkRequest, run_sink
from pulse_router.runtime import logs
from pulse_router.settings import Settings

HTTP_PORT, MQTT_PORT, SINK_PORT = 8080, 1883, 9999
TOKEN_SECONDS = 7 * 86_400.0
# The router is given this long to stop by itself; the children take the rest of ten seconds.
STOP_WITHIN_SECONDS = 6.5
SECOND_SIGNAL_AFTER_SECONDS = 1.0
REVIVE_AFTER_SECONDS = 1.0
READY_POLL_SECONDS = 0.05
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

_PORT = click.IntRange(1, 65_535)


@attrs.frozen
class Options:
    """What was asked for; a port of None is the one of the last run, or the usual one."""

    folder: DemoFolder
    http_port: int | None
    mqtt_port: int | None
    sink_port: int | None
    devices: int
    rate: float
    simulator: bool
    sink: bool


@click.command
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    help=(
        "Where everything is kept between runs.  [default: /var/lib/pulse-router/demo for root, "
        "else ~/.local/share/pulse-router/demo]"
    ),
)
@click.option("--http-port", type=_PORT, help=f"The API's port.  [default: {HTTP_PORT}]")
@click.option("--mqtt-port", type=_PORT, help=f"The broker's port.  [default: {MQTT_PORT}]")
@click.option("--sink-port", type=_PORT, help=f"The webhook sink's port.  [default: {SINK_PORT}]")
@click.option(
    "--devices",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="How many devices are registered, and simulated.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0, min_open=True),
    default=20.0,
    show_default=True,
    help="How many messages a second they publish together.",
)
@click.option("--no-simulator", is_flag=True, help="Simulate no devices.")
@click.option("--no-sink", is_flag=True, help="Run no webhook sink.")
def demo(
    data: Path | None,
    http_port: int | None,
    mqtt_port: int | None,
    sink_port: int | None,
    devices: int,
    rate: float,
    no_simulator: bool,
    no_sink: bool,
) -> None:
    """Run everything here: router, PostgreSQL, mosquitto, devices and a webhook sink.

    Ctrl-C, or closing the terminal (SIGHUP), stops all of it; the data stays for the next run.
    """
    options = Options(
        folder=DemoFolder((data or default_folder(os.environ)).resolve()),
        http_port=http_port,
        mqtt_port=mqtt_port,
        sink_port=sink_port,
        devices=devices,
        rate=rate,
        simulator=not no_simulator,
        sink=not no_sink,
    )
    logs.configure("warning", "console")
    prepare_folder(options.folder.path, account_for_children())
    with options.folder.locked():
        trio.run(_Demo(options).run)


@attrs.define(eq=False)
class _Demo:
    options: Options
    console: Console = attrs.field(factory=lambda: Console(click.echo, time.monotonic))
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    stop: trio.Event = attrs.field(factory=trio.Event)
    is_serving: bool = False

    async def run(self) -> None:
        # Opened before anything else: without it SIGTERM would end us on the spot.
        with trio.open_signal_receiver(*STOP_SIGNALS) as signals:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._watch_signals, signals)
                with self.scope:
                    await self._open_children()
                nursery.cancel_scope.cancel()
        self.console.say("stopped")

    async def _watch_signals(self, signals: AsyncIterator[int]) -> None:
        await anext(signals)
        first_at = trio.current_time()
        if self.is_serving:
            self.console.say("stopping …")
            self.scope.deadline = first_at + STOP_WITHIN_SECONDS
            self.stop.set()
        else:
            # Nothing is in hand yet; the children stop in good order all the same.
            self.scope.cancel()
        async for _ in signals:
            # Wrappers often send the same signal twice; only a later one is a person's impatience.
            if trio.current_time() > first_at + SECOND_SIGNAL_AFTER_SECONDS:
                self.scope.cancel()

    async def _open_children(self) -> None:
        options, folder = self.options, self.options.folder
        state = folder.load()
        wanted = options.mqtt_port or state.mqtt_port or MQTT_PORT
        _allow_many_connections()
        async with (
            open_postgres(folder.path / "postgres") as postgres,
            open_mosquitto(folder.path / "mosquitto", port=wanted, or_another_port=True) as broker,
        ):
            self._tell_moved("MQTT", wanted, broker.port)
            # The router knows these ports: a child that is started again has to keep its own.
            postgres.wanted_port, broker.or_another_port = postgres.port, False
            state.mqtt_port = broker.port
            state.http_port = self._choose_port(
                "HTTP", options.http_port or state.http_port or HTTP_PORT, (BIND_HOST, "::1")
            )
            devices = await prepare_database(postgres, folder, state, options.devices)
            settings = settle(folder, state, postgres)
            await self._serve(settings, state, devices, [postgres, broker])

    async def _serve(
        self,
        settings: Settings,
        state: DemoState,
        devices: Sequence[SimulatedDevice],
        children: Sequence[EmbeddedServer],
    ) -> None:
        options = self.options
        async with trio.open_nursery() as nursery:
            for child in children:
                nursery.start_soon(self._revive, child)
            if options.sink:
                hosts = ports.loopback_hosts()
                wanted = options.sink_port or state.sink_port or SINK_PORT
                state.sink_port = self._choose_port("webhook sink", wanted, hosts)
                await nursery.start(run_sink, hosts, state.sink_port, self._show_request)
            options.folder.save(state)

            begin = partial(self._begin, nursery, settings, state, devices)
            self.is_serving = True
            started = _Started(partial(nursery.start_soon, begin))
            await router.run(
                settings,
                stop=self.stop,
                demonstration=self._demonstration(state),
                task_status=started,
            )
            nursery.cancel_scope.cancel()

    async def _begin(
        self,
        nursery: trio.Nursery,
        settings: Settings,
        state: DemoState,
        devices: Sequence[SimulatedDevice],
    ) -> None:
        # Until the router has subscribed, the broker would throw away what somebody publishes.
        while not await _is_ready(settings.http.bind.port):  # noqa: ASYNC110 - asked by HTTP
            await trio.sleep(READY_POLL_SECONDS)
        self._announce(state, devices)
        if self.options.simulator:
            simulate = partial(run_simulator, random=Random())  # noqa: S311 - no secrets
            mqtt = settings.mqtt
            nursery.start_soon(simulate, devices, mqtt.host, mqtt.port, self.options.rate)

    async def _revive(self, child: EmbeddedServer) -> None:
        while True:
            await child.wait_exited()
            self.console.say(f"{child.name} ended and is started again; see {child.log}")
            await self._start_again(child)

    async def _start_again(self, child: EmbeddedServer) -> None:
        while child.process is None or not child.process.is_running():
            await trio.sleep(REVIVE_AFTER_SECONDS)
            try:
                await child.start()
            except ChildFailed as failure:
                self.console.say(f"{child.name} cannot be started; next try follows: {failure}")

    def _choose_port(self, purpose: str, wanted: int, hosts: tuple[str, ...]) -> int:
        port = ports.choose(wanted, hosts)
        self._tell_moved(purpose, wanted, port)
        return port

    def _tell_moved(self, purpose: str, wanted: int, port: int) -> None:
        if port != wanted:
            self.console.say(f"{purpose}: port {wanted} is taken, so it is port {port}")

    def _demonstration(self, state: DemoState) -> Demonstration:
        return Demonstration(hook_of(state.sink_port) if self.options.sink else None)

    def _show_request(self, request: SinkRequest) -> None:
        self.console.tell(f"sink  {request.describe()}")

    def _announce(self, state: DemoState, devices: Sequence[SimulatedDevice]) -> None:
        options = self.options
        issue = partial(
            issue_token, state.auth_secret, expires_seconds=TOKEN_SECONDS, now=time.time()
        )
        rate = f"{options.rate:g} messages/s in all" if options.simulator else "not simulated"
        welcome = Welcome(
            has_console=SiteFolder().current() is not None,
            data=options.folder.path,
            http_port=state.http_port or HTTP_PORT,
            mqtt_port=state.mqtt_port or MQTT_PORT,
            sink_port=state.sink_port if options.sink else None,
            customer_token=issue(tenant=TENANT, roles=["customer_admin"]),
            operator_token=issue(tenant=None, roles=["operator-admin"]),
            device=devices[0],
            simulation=f"{len(devices)} of {TENANT}, {devices[0].device_id} and up, {rate}",
        )
        text = welcome.text()
        kept = options.folder.write_commands(text)
        self.console.say(f"{text}\nThese lines are kept in {kept}. Ctrl-C stops the demo.")
        self.console.say(f"ready: {welcome.http_url}")
        self.console.begin()


class _Started(trio.TaskStatus[object]):
    """Calls a function when the router says that it is there."""

    def __init__(self, on_started: Callable[[], None]) -> None:
        self._on_started = on_started

    def started(self, _value: object = None) -> None:
        self._on_started()


async def _is_ready(http_port: int) -> bool:
    try:
        stream = await trio.open_tcp_stream(ports.IPV4_LOOPBACK, http_port)
        async with stream:
            await stream.send_all(
                b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            return (await stream.receive_some()).startswith(b"HTTP/1.1 200 ")
    except (OSError, trio.BrokenResourceError):
        return False


def _allow_many_connections() -> None:
    # Each device is a connection here, and one of mosquitto, which inherits the limit.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
