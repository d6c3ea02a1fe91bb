"""Logging: one form for our lines and those of libraries, in UTC, without secrets.

It must not know who logs what. Lines go to standard error, so that standard output stays free
for what a command prints.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import math
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, TextIO

import structlog
import trio
from structlog.typing import EventDict, Processor, WrappedLogger

from pulse_router.runtime.log_limits import WINDOW_SECONDS, Event, LogLimits
from pulse_router.runtime.redaction import MASK, is_secret_name, redact

LEVELS: Final = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}
_OURS: Final = "pulse_router"
_CHATTY: Final[Mapping[str, int]] = {
    "": logging.INFO,
    "asyncio": logging.WARNING,
    "hypercorn.access": logging.WARNING,
    "urllib3": logging.WARNING,
}
"""The least level of foreign loggers, whatever is asked for: below it they tell secrets."""
_WITH_OWN_HANDLERS: Final = ("hypercorn.access", "hypercorn.error", "quart.app", "quart.serving")


def configure(
    level: str,
    format: str,  # noqa: A002 - the setting's name
    *,
    stream: TextIO | None = None,
    each: Collection[str] = (),
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Set up logging for the whole process, ours and that of the libraries.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        format: `console` for people, `json` for machines: one object a line.
        stream: Where lines go; standard error by default.
        each: The events of which each is written in full; of all others, but for those of the
            levels debug and critical, no more than ten a minute are, and the rest is counted.
        clock: Gives the time that a minute is measured by, in seconds.

    Raises:
        ValueError: The level or format is unknown.
    """
    if level not in LEVELS or format not in {"console", "json"}:
        raise ValueError(f"unknown log level or format: {level}, {format}")
    out = stream if stream is not None else sys.stderr
    handler = LimitedHandler(out, each=each, clock=clock)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *_shared()],
            processors=_last(format, colors=out.isatty()),
        )
    )
    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    _route_library_loggers(handler, LEVELS[level])


async def tell_counted() -> None:
    """Say now and then how many lines were not written; else the next line, or the end, does."""
    while True:
        await trio.sleep(WINDOW_SECONDS)
        for handler in logging.getLogger().handlers:
            if isinstance(handler, LimitedHandler):
                handler.tell_counted()


class LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes lines; of an event that comes again and again only some, and how many there were.

    Args:
        stream: Where they go.
        each: The events of which each is written.
        clock: Gives the time, in seconds.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        each: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(stream)
        self._clock = clock
        self._each = frozenset(each)
        self._limits = LogLimits()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, or count it."""
        now = self._clock()
        self._tell_ended(now)
        if self._is_unlimited(record) or self._limits.take(_event_of(record), now):
            super().emit(record)

    def tell_counted(self) -> None:
        """Write what was counted, as far as its minute is over."""
        with self.lock or contextlib.nullcontext():
            self._tell_ended(self._clock())

    def close(self) -> None:
        """Write what was counted; nobody will ask again."""
        self._tell_ended(math.inf)
        super().close()

    def _is_unlimited(self, record: logging.LogRecord) -> bool:
        is_told = record.levelno <= logging.DEBUG or record.levelno >= logging.CRITICAL
        return is_told or _event_of(record).name in self._each

    def _tell_ended(self, now: float) -> None:
        for event, count in self._limits.ended(now):
            text = f"{event.name}: and {count} more"
            record = logging.LogRecord(event.logger, event.level, "", 0, text, (), None)
            record.more = count
            # Of no request in particular.
            contextvars.Context().run(super().emit, record)


def _event_of(record: logging.LogRecord) -> Event:
    """Tell what a line is about, without the values in it."""
    said = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
    return Event(record.name, record.levelno, str(said))


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.StackInfoRenderer(),
    ]


def _last(format: str, *, colors: bool) -> Sequence[Processor]:  # noqa: A002 - the setting's name
    """The end of the chain: tracebacks become text first, so that they are redacted too."""
    common: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.format_exc_info,
        redact_event,
    ]
    if format == "json":
        return [*common, structlog.processors.JSONRenderer(ensure_ascii=False)]
    console = structlog.dev.ConsoleRenderer(
        colors=colors,
        timestamp_key="time",
        exception_formatter=structlog.dev.plain_traceback,
    )
    return [*common, console]


def _route_library_loggers(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    root.handlers[:] = [handler]
    for name in _WITH_OWN_HANDLERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name, least in _CHATTY.items():
        logging.getLogger(name).setLevel(max(level, least))
    logging.getLogger(_OURS).setLevel(level)
    logging.captureWarnings(True)
    # A line that cannot be written (the reader of a pipe went away) must not stop the router,
    # nor make a traceback for each line.
    logging.raiseExceptions = False


def redact_event(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Mask secrets in a log line: by the names of its fields, and inside of its texts."""
    return {
        name: MASK if is_secret_name(name) else redact(value) for name, value in event_dict.items()
    }
