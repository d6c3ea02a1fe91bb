"""`pulse-router serve`: the router in production."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pulse_router.cli.options import config_option, load
from pulse_router.runtime.garbage import collect_nothing
from pulse_router.settings import Settings, SettingsError, serve_problems, warnings

if TYPE_CHECKING:
    from pulse_router.settings.live import LiveSettings


@click.command
@config_option
def serve(config: Path | None) -> None:
    """Run the router until SIGTERM or SIGINT; both stop it in good order.

    SIGHUP reads the settings again, and the log says which of them need a restart.
    """
    # From here to the end of the process: whoever has changed the settings does not know how far
    # we are, and would kill us.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    settings = load(config)
    if problems := serve_problems(settings):
        raise SettingsError(problems)
    _run(settings, partial(load, config))


def _run(settings: Settings, load_again: Callable[[], Settings]) -> None:
    import trio  # noqa: PLC0415 - wrong settings are told before the heavy parts are loaded

    _configure_log(settings)
    trio.run(_serve, settings, load_again)


def _configure_log(settings: Settings) -> None:
    with collect_nothing():
        from pulse_router.api.server.envelope import REQUEST  # noqa: PLC0415
        from pulse_router.runtime import logs  # noqa: PLC0415

    logs.configure(settings.log.level, settings.log.format, each={REQUEST})


async def _serve(settings: Settings, load_again: Callable[[], Settings]) -> None:
    with collect_nothing():
        import structlog  # noqa: PLC0415
        import trio  # noqa: PLC0415

        from pulse_router import __version__, router  # noqa: PLC0415
        from pulse_router.runtime.signals import open_signal_event  # noqa: PLC0415
        from pulse_router.settings.live import LiveSettings  # noqa: PLC0415

    log = structlog.get_logger()

    class Announcement(trio.TaskStatus[list[str]]):
        def started(self, value: list[str] | None = None) -> None:
            log.info("serving", http=value)

    notes = warnings(settings)
    live = LiveSettings(settings, load_again, notes)
    live.follow(_configure_log, "log.level", "log.format")
    with open_signal_event() as stop, trio.open_signal_receiver(signal.SIGHUP) as hangups:
        log.info("starting", version=__version__)
        for warning in notes:
            log.warning(warning)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_reload, live, hangups)
            await router.run(settings, stop=stop, live=live, task_status=Announcement())
            nursery.cancel_scope.cancel()
        log.info("stopped")


async def _reload(live: LiveSettings, hangups: AsyncIterator[int]) -> None:
    async for _ in hangups:
        await live.reload()
