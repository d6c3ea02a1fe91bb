"""`pulse-router serve`: the router in production."""

from __future__ import annotations

from pathlib import Path

import click

from pulse_router.cli.options import config_option, load
from pulse_router.settings import Settings, SettingsError, serve_problems, warnings


@click.command
@config_option
def serve(config: Path | None) -> None:
    """Run the router until SIGTERM or SIGINT; both stop it in good order."""
    settings = load(config)
    if problems := serve_problems(settings):
        raise SettingsError(problems)

    import trio  # noqa: PLC0415 - wrong settings are told before the heavy parts are loaded

    from pulse_router.runtime import logs  # noqa: PLC0415

    logs.configure(settings.log.level, settings.log.format)
    trio.run(_serve, settings)


async def _serve(settings: Settings) -> None:
    import structlog  # noqa: PLC0415
    import trio  # noqa: PLC0415

    from pulse_router import __version__, router  # noqa: PLC0415
    from pulse_router.runtime.signals import open_signal_event  # noqa: PLC0415

    log = structlog.get_logger()

    class Announcement(trio.TaskStatus[list[str]]):
        def started(self, value: list[str] | None = None) -> None:
            log.info("serving", http=value)

    with open_signal_event() as stop:
        log.info("starting", version=__version__)
        for warning in warnings(settings):
            log.warning(warning)
        await router.run(settings, stop=stop, task_status=Announcement())
        log.info("stopped")
