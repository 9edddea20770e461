"""Structured logs: one JSON object a line, from a closed set of fields, so that no person's data can slip in."""

import logging
import sys
from typing import Any

import orjson

FIELDS = (
    "service", "request_id", "method", "route", "status", "ms", "source", "position", "error", "where",
    "count", "job", "port", "state", "facility", "line",
)  # fmt: skip


class JsonLines(logging.Formatter):
    """Keeps the message template and the whitelisted extras; exceptions by type and place only.

    A server error printed raw shows row values (asyncpg's `detail`), so tracebacks carry no messages.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "event": _template(record.msg),
        }
        line.update({f: getattr(record, f) for f in FIELDS if getattr(record, f, None) is not None})
        if record.exc_info and record.exc_info[0]:
            line |= described(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


def _template(said: object) -> str:
    """The first line of a message: asyncio appends lines with the exception's own words to its messages."""
    return said.split("\n", 1)[0] if isinstance(said, str) else type(said).__name__


def described(error: BaseException | None) -> dict[str, str]:
    """An exception without its message: its type (and SQLSTATE) and the frames it passed."""
    if error is None:
        return {}
    frames, tb = [], error.__traceback__
    while tb is not None:
        code = tb.tb_frame.f_code
        frames.append(f"{code.co_filename.rsplit('/', 2)[-2]}/{code.co_filename.rsplit('/', 1)[-1]}:{tb.tb_lineno}")
        tb = tb.tb_next
    state = getattr(error, "sqlstate", None)
    return {"error": type(error).__name__ + (f" {state}" if state else ""), "where": " > ".join(frames[-6:])}


def configure(level: str = "INFO") -> None:
    """Send all logs of the process to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "uvicorn", "uvicorn.access", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
