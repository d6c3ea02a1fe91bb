"""What the demo keeps between runs, in one folder: ports, secrets, and the settings it runs with.

Knows files; does not know who uses them.
"""

from __future__ import annotations

import base64
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import attrs
import msgspec

from pulse_router.domain.errors import PulseError
from pulse_router.domain.secrets.sealing import KEY_BYTES
from pulse_router.embedded.accounts import write_private

STATE_NAME = "state.json"
SETTINGS_NAME = "pulse-router.toml"
COMMANDS_NAME = "commands.txt"
LOCK_NAME = "lock"


class FolderBusy(PulseError):
    """Another demo runs on the folder."""


class FolderBroken(PulseError):
    """What lies in the folder cannot be read."""


def _new_secret() -> str:
    return secrets.token_urlsafe(36)


def _new_key() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


@attrs.define
class DemoState:
    """What has to be the same at the next start.

    Args:
        http_port: The port of the API, once it was chosen.
        sink_port: The port of the webhook sink, once it was chosen.
        mqtt_port: The port of the broker, once it was chosen.
        database_password: The login role's.
        auth_secret: What tokens are signed with.
        secrets_key: What the secrets of routes are encrypted with.
        provision_tokens: By device id.
    """

    http_port: int | None = None
    sink_port: int | None = None
    mqtt_port: int | None = None
    database_password: str = attrs.field(factory=_new_secret, repr=False)
    auth_secret: str = attrs.field(factory=_new_secret, repr=False)
    secrets_key: str = attrs.field(factory=_new_key, repr=False)
    provision_tokens: dict[str, str] = attrs.field(factory=dict, repr=False)

    def provision_token(self, device_id: str) -> str:
        """The token of a device, made at the first call."""
        return self.provision_tokens.setdefault(device_id, secrets.token_urlsafe(18))


@attrs.frozen
class DemoFolder:
    """The demo's folder; everything in it that holds a secret is ours alone to read."""

    path: Path

    @property
    def settings_path(self) -> Path:
        """The settings in effect; `pulse-router token --data` reads them too."""
        return self.path / SETTINGS_NAME

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other demos out of the folder.

        Raises:
            FolderBusy: One is in there.
        """
        handle = os.open(self.path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
        with os.fdopen(handle, "r+") as file:
            try:
                # Held by the open file: it frees itself however this process ends.
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                owner = file.read().strip() or "unknown"
                raise FolderBusy(
                    f"another demo runs on {self.path} (process {owner}): stop it, or choose"
                    " another folder with --data"
                ) from None
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def load(self) -> DemoState:
        """Read the state; a new one when there is none.

        Raises:
            FolderBroken: It is not what we wrote.
        """
        path = self.path / STATE_NAME
        try:
            content = path.read_text()
        except FileNotFoundError:
            return DemoState()
        try:
            return msgspec.json.decode(content, type=DemoState)
        except msgspec.MsgspecError as error:
            raise FolderBroken(
                f"{path} cannot be read: remove it to start with new ports and secrets"
            ) from error

    def save(self, state: DemoState) -> None:
        """Keep the state for the next run."""
        self._write(STATE_NAME, json.dumps(attrs.asdict(state), indent=1) + "\n")

    def write_settings(self, sections: Mapping[str, Mapping[str, object]]) -> None:
        """Write the settings in effect."""
        lines = ["# Written by `pulse-router demo` at every start: what is changed here is lost."]
        for section, values in sections.items():
            lines += ["", f"[{section}]"]
            # JSON's texts, numbers, booleans and lists of texts are TOML's too.
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self._write(SETTINGS_NAME, "\n".join(lines) + "\n")

    def write_commands(self, text: str) -> Path:
        """Write what was printed at the start, to be found when it has scrolled away."""
        self._write(COMMANDS_NAME, text)
        return self.path / COMMANDS_NAME

    def _write(self, name: str, content: str) -> None:
        write_private(self.path / name, content)


def default_folder(environ: Mapping[str, str]) -> Path:
    """Where a demo keeps its data when nobody says so."""
    if os.geteuid() == 0:
        # Not root's home: servers that run as another user could not get there.
        return Path("/var/lib/pulse-router/demo")
    home = environ.get("XDG_DATA_HOME") or ""
    base = Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "share"
    return base / "pulse-router" / "demo"
