"""The command `pulse-router`: finds the command that is asked for, and tells how it ended.

The exit status is 0 when it is done or was stopped in good order, 1 when it failed while running,
2 for wrong usage or settings. Each command is imported when it is asked for, so that a small one
starts fast.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import click

from pulse_router import __version__
from pulse_router.cli.failures import FAILED, explain
from pulse_router.cli.terminal import drop_output, prepare_streams, tell
from pulse_router.runtime.garbage import collect_nothing

_COMMANDS: Final = {
    "demo": "Run everything here: router, PostgreSQL, mosquitto, devices and a webhook sink.",
    "serve": "Run the router.",
    "token": "Print a token for the API.",
    "console": "Print a link that signs in to the web console.",
    "tail": "Show telemetry as it arrives.",
    "routes": "Show and change routes.",
    "devices": "Show and change registered devices.",
    "dead-letters": "Show and clear what could not be delivered.",
    "replay": "Deliver dead letters once more.",
    "trace": "Tell what became of a message, and why.",
    "jobs": "Replay, discard, restore or purge many dead letters.",
    "check": "Check the settings and, with --connect, what they name.",
    "migrate": "Bring the database up to date.",
}
"""Each is the command of the same name in the module of the same name, but for hyphens."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as click calls it
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        try:
            with collect_nothing():
                module = importlib.import_module(f"pulse_router.cli.{name}")
        except ModuleNotFoundError as error:
            if error.name is None or error.name.startswith("pulse_router"):
                raise
            raise click.ClickException(
                f"'{cmd_name}' needs the package {error.name}, which is not installed; "
                "run: pip install '.[demo]' in the checkout"
            ) from error
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as click calls it
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def pulse_router() -> None:
    """An event router for IoT edge boxes: MQTT in, PostgreSQL, webhooks and live streams out."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line.

    Returns:
        The exit status.
    """
    try:
        status = pulse_router.main(list(arguments), prog_name="pulse-router", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        drop_output()
        return FAILED
    except (Exception, KeyboardInterrupt, BaseExceptionGroup) as error:  # noqa: BLE001 - the process ends here, and says why
        text, status = explain(error)
        tell(text)
    return status if isinstance(status, int) else 0


def main() -> None:
    """Run the command line of this process, and end it."""
    prepare_streams()
    sys.exit(run(sys.argv[1:]))
