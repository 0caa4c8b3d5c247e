"""Logs as JSON lines, one event a request; values are cut, and no line names a party."""

import logging
import sys
from typing import Any

import structlog

MAX_VALUE = 500  # characters of one logged value


def configure_logging(level: str) -> None:
    """Log JSON lines of `level` or worse to standard error; other libraries' warnings too."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        cap_values,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    renderer = structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processor=renderer)
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    for name in ("uvicorn", "uvicorn.error"):  # its own lines are no JSON
        server = logging.getLogger(name)
        server.handlers, server.propagate = [], True
    logging.getLogger("uvicorn.access").disabled = True  # raw paths; telemetry counts templates


def cap_values(_logger: Any, _name: str, event: Any) -> Any:
    """Cut long values: a log line is for people and machines that pay by the byte.

    Of a trace that the server logs as its event the end is kept, which says what happened.
    """
    for key, value in event.items():
        if isinstance(value, str) and len(value) > MAX_VALUE and key != "exception":
            is_trace = value.startswith("Traceback ")
            event[key] = "..." + value[-MAX_VALUE:] if is_trace else value[:MAX_VALUE] + "..."
    return event
