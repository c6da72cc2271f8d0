"""Logs: one JSON object a line on stderr. No bodies, no credentials, nothing about persons but their opaque user id."""

import json
import logging
import os
import sys
import time
from contextvars import ContextVar
from typing import Any

# What every line of the current invocation carries. The publisher's thread has a context of its own and logs without.
_invocation: ContextVar[dict[str, Any] | None] = ContextVar("invocation", default=None)


class _Json(logging.Formatter):
    def __init__(self, function: str | None) -> None:
        super().__init__()
        self._function = function

    def format(self, record: logging.LogRecord) -> str:
        when = time.gmtime(record.created)
        line: dict[str, Any] = {
            "ts": f"{time.strftime('%Y-%m-%dT%H:%M:%S', when)}.{int(record.msecs):03d}Z",
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if self._function:
            line["function"] = self._function
        line.update(_invocation.get() or {})
        line.update(getattr(record, "fields", {}))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def configure() -> None:
    """Take over the root logger, at LOG_LEVEL (INFO): the runtime client's own handler prints plain text."""
    output = logging.StreamHandler(sys.stderr)
    output.setFormatter(_Json(os.environ.get("AWS_LAMBDA_FUNCTION_NAME")))
    root = logging.getLogger()
    root.handlers[:] = [output]
    root.setLevel(os.environ.get("LOG_LEVEL", "INFO").upper())
    # pika reports every lost connection several times over at ERROR; the publisher says it once. botocore and pymongo
    # speak at DEBUG, of requests and their contents.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
    for name in ("botocore", "urllib3", "pymongo"):
        logging.getLogger(name).setLevel(logging.WARNING)


def begin(aws_request_id: str, traceparent: str | None = None) -> None:
    """A new invocation: its lines carry these ids."""
    fields = {"aws_request_id": aws_request_id}
    if traceparent:
        fields["traceparent"] = traceparent
    _invocation.set(fields)


def add(**values: Any) -> None:
    """The lines of this invocation carry these, too, from here on."""
    _invocation.set({**(_invocation.get() or {}), **values})


def fields(**values: Any) -> dict[str, Any]:
    """`logger.info("…", extra=fields(order_id=…))` adds members to the line."""
    return {"fields": values}
