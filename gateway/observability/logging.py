"""Structured logs: JSON for machines or coloured lines for people, with the request's id in every line.

Bodies, headers and query strings are never logged: they may hold prompts and keys.
"""

from __future__ import annotations

import logging
import sys
from typing import Any, Literal

import structlog

from gateway.observability.tracing import add_trace_id

SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    add_trace_id,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
]


def configure_logging(form: Literal["json", "console"], level: str) -> None:
    """Send structlog's and the standard library's records (uvicorn, SQLAlchemy …) through one renderer to stderr."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    renderer: Any
    if form == "json":
        plain = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # locals hold prompts and secrets
        renderer = [
            structlog.processors.ExceptionRenderer(plain),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        frames = structlog.dev.plain_traceback
        renderer = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=frames)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name in ("uvicorn.access", "alembic", "httpx"):  # the gateway writes its own line per request
        logging.getLogger(name).setLevel(logging.WARNING)
