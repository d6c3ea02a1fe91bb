"""Logging: one form for our lines and those of libraries, in UTC, without secrets.

It must not know who logs what. Lines go to standard error, so that standard output stays free
for what a command prints.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

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


def configure(level: str, format: str, *, stream: TextIO | None = None) -> None:  # noqa: A002 - the setting's name
    """Set up logging for the whole process, ours and that of the libraries.

    Args:
        level: `debug`, `info`, `warning` or `error`.
        format: `console` for people, `json` for machines: one object a line.
        stream: Where lines go; standard error by default.

    Raises:
        ValueError: The level or format is unknown.
    """
    if level not in LEVELS or format not in {"console", "json"}:
        raise ValueError(f"unknown log level or format: {level}, {format}")
    out = stream if stream is not None else sys.stderr
    handler = logging.StreamHandler(out)
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
