"""Wall clocks of processes that a test sets while they run (libfaketime); time itself goes on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import attrs

LIBRARY = "faketime/libfaketimeMT.so.1"
FOLDERS = ("/usr/lib", "/usr/lib64", "/usr/local/lib")


@attrs.define
class WallClock:
    """A clock that is off by as much as its file says.

    Args:
        file: Read by each process at each look at its clock.
    """

    file: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What makes a process go by it; its monotonic clock stays as it is."""
        return {
            "LD_PRELOAD": str(find_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_NO_CACHE": "1",
            # Its own semaphore of processes that share a start; ours share nothing but the file.
            "FAKETIME_DISABLE_SHM": "1",
        }

    def set_right(self) -> None:
        """Set it to the machine's."""
        self._write(0)

    def set_to(self, moment: datetime) -> None:
        """Set it to a moment, from which it goes on."""
        self._write(round((moment - datetime.now(UTC)).total_seconds()))

    def _write(self, seconds: int) -> None:
        # Renamed, for it is read at any time.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}\n")
        fresh.chmod(0o644)
        fresh.replace(self.file)


def find_library() -> Path:
    """Find the library, as Debian has it."""
    for folder in FOLDERS:
        found = [*Path(folder).glob(LIBRARY), *Path(folder).glob(f"*/{LIBRARY}")]
        if found:
            return found[0]
    raise AssertionError("libfaketime is not installed: apt install libfaketime")
