"""Structured logs: every record says which agent, session, task and attempt it is about."""

import json
import logging
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any, Final

from interlock.kernel.task.claim import Claim

LOGGER: Final = logging.getLogger("interlock.worker")

FIELDS: Final = ("agent", "session", "task_id", "correlation_id", "fence", "attempt")
"""The extra attributes of a record; those about a task are there only when it is about one."""

Log = logging.LoggerAdapter[logging.Logger]


class FieldLog(Log):
    """A logger whose records carry fields; those given with a call are added."""

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        """Merges the fields."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


def worker_log(*, agent: str, session: str, about: str = "") -> FieldLog:
    """A log about a worker; `about` is the correlation id of what it works on."""
    return FieldLog(LOGGER, {"agent": agent, "session": session, "correlation_id": about})


def task_log(claim: Claim, *, agent: str, session: str) -> FieldLog:
    """A log about one attempt at a task."""
    return FieldLog(
        LOGGER,
        {
            "agent": agent,
            "session": session,
            "task_id": claim.task_id,
            "correlation_id": claim.correlation_id,
            "fence": claim.fence,
            "attempt": claim.attempt,
        },
    )


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at` (UTC), `level`, `logger`, `message`, the fields, and `exception`."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        for name in FIELDS:
            value = getattr(record, name, "")
            if value not in ("", 0):
                line[name] = value
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
