from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog

from pulse_router.runtime import logs

FOREIGN = ["", "hypercorn.error", "hypercorn.access", "quart.app", "pulse_router", "asyncio"]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging belongs to the process: give it back as it was."""
    root = logging.getLogger()
    handlers, raising = list(root.handlers), logging.raiseExceptions
    levels = {name: logging.getLogger(name).level for name in FOREIGN}
    yield
    structlog.reset_defaults()
    logging.captureWarnings(False)
    logging.raiseExceptions = raising
    root.handlers[:] = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


def fail() -> None:
    raise ExceptionGroup("g", [ValueError("password='hunter2'")])


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_json_line_has_time_in_utc_level_event_and_fields(out: io.StringIO) -> None:
    logs.configure("info", "json", stream=out)
    structlog.get_logger().info("stored", rows=3, where="tëlemetry")
    (line,) = lines(out)
    assert (line["event"], line["level"], line["rows"]) == ("stored", "info", 3)
    assert line["logger"] == __name__
    assert datetime.fromisoformat(str(line["time"])).utcoffset() == timedelta(0)
    assert "tëlemetry" in out.getvalue()


def test_libraries_speak_in_the_same_form(out: io.StringIO) -> None:
    hypercorn = logging.getLogger("hypercorn.error")
    hypercorn.addHandler(logging.StreamHandler(io.StringIO()))
    hypercorn.propagate = False
    logs.configure("info", "json", stream=out)
    hypercorn.info("Running on %s", "http://0.0.0.0:8080")
    assert [line["event"] for line in lines(out)] == ["Running on http://0.0.0.0:8080"]


def test_warnings_are_logged(out: io.StringIO) -> None:
    logs.configure("info", "json", stream=out)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(False)
        logging.captureWarnings(True)
        warnings.warn("old", UserWarning, stacklevel=1)
    (line,) = lines(out)
    assert line["level"] == "warning"
    assert "old" in str(line["event"])


def test_the_level_is_a_floor_and_debug_of_libraries_stays_out(out: io.StringIO) -> None:
    logs.configure("warning", "json", stream=out)
    structlog.get_logger().info("ours")
    logging.getLogger("theirs").info("theirs")
    assert lines(out) == []
    logs.configure("debug", "json", stream=out)
    structlog.get_logger("pulse_router.x").debug("ours")
    logging.getLogger("theirs").debug("theirs: Authorization header")
    assert [line["event"] for line in lines(out)] == ["ours"]


@pytest.mark.parametrize("form", ["console", "json"])
def test_no_secret_passes_by_field_by_text_or_by_traceback(out: io.StringIO, form: str) -> None:
    logs.configure("info", form, stream=out)
    log = structlog.get_logger()
    log.info("a", token="hunter2", config={"secret": ["hunter2"]}, n=1)
    log.info("GET /stream?token=hunter2", url="postgresql://iot:hunter2@db/x")
    logging.getLogger("x").warning("Bearer %s", "hunter2hunter2", extra={"password": "hunter2"})
    try:
        fail()
    except ExceptionGroup:
        log.exception("failed", error=OSError("https://h/?k=hunter2"))
    assert "hunter2" not in out.getvalue()
    assert "ValueError" in out.getvalue()
    assert "Traceback" in out.getvalue()


def test_a_console_line_is_one_line_with_its_fields(out: io.StringIO) -> None:
    logs.configure("info", "console", stream=out)
    structlog.get_logger().warning("a part is not ready", part="mqtt")
    (line,) = out.getvalue().splitlines()
    assert "warning" in line
    assert "a part is not ready" in line
    assert "part=mqtt" in line


def test_a_newline_in_a_value_does_not_forge_a_line(out: io.StringIO) -> None:
    logs.configure("info", "console", stream=out)
    structlog.get_logger().info("x", topic="a\n2026-01-01 [info] forged")
    assert len(out.getvalue().splitlines()) == 1


def test_a_reader_that_went_away_does_not_stop_us() -> None:
    class Gone(io.StringIO):
        def write(self, _text: str, /) -> int:
            raise BrokenPipeError

    logs.configure("info", "json", stream=Gone())
    structlog.get_logger().error("nobody hears this")


@pytest.mark.parametrize(("level", "form"), [("loud", "json"), ("info", "xml")])
def test_an_unknown_level_or_form_is_refused(level: str, form: str) -> None:
    with pytest.raises(ValueError, match="unknown log level or format"):
        logs.configure(level, form)
