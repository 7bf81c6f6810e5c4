"""Structured logs on stderr: one JSON object a line, or plain lines where a person watches."""

from __future__ import annotations

import logging
import sys
from datetime import UTC, datetime

import msgspec


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def set_up_logs(*, verbose: bool = False) -> None:
    """Log to stderr: JSON unless it is a terminal. The libraries' own chatter (which may hold URLs) stays out."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s") if sys.stderr.isatty() else _Json())
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, handlers=[handler], force=True)
    for name in ("httpx", "httpcore", "aiohttp", "telegram", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)
