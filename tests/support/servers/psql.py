"""A `psql` that stays: to start one for each database costs as much as to make the database."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import attrs

from pulse_router.embedded.postgres import HOST, SUPERUSER, PostgresServer

DONE = "-- done --"


class Gone(Exception):
    """It has ended: the statement was refused, or the server has gone."""


@attrs.define(eq=False)
class StayingPsql:
    """Runs statements of the superuser in the database `postgres`, one after the other."""

    server: PostgresServer
    _process: subprocess.Popen[str] | None = None

    def run(self, statement: str) -> None:
        """Run a statement that answers no rows.

        Raises:
            Gone: It was refused, or there is no such server any more.
        """
        if self._process is None:
            self._process = self._open()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        with suppress(BrokenPipeError):
            process.stdin.write(f"{statement};\n\\echo {DONE}\n")
            process.stdin.flush()
        if process.stdout.readline().strip() != DONE:
            self.close()
            raise Gone

    def close(self) -> None:
        """End it; the next statement opens another."""
        process, self._process = self._process, None
        if process is not None:
            with suppress(BrokenPipeError):
                process.communicate()

    def _open(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [
                *(str(self.server.programs / "psql"), "--no-psqlrc", "--quiet", "--tuples-only"),
                *("--set", "ON_ERROR_STOP=1", "--host", HOST, "--port", str(self.server.port)),
                *("--username", SUPERUSER, "--dbname", "postgres", "--file", "-"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PGPASSWORD": self.server.password},
            text=True,
        )
