"""The server's log: lines for people or JSON for programs, on standard error. No key is ever written."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

SECRET_NAMES: Final = (
    "authorization",
    "key",
    "secret",
    "token",
    "password",
    "credential",
    "cookie",
)
"""A value is not written if its name ends in one of these."""

HIDDEN: Final = "(hidden)"

Entry = MutableMapping[str, Any]


def start_logging(*, as_json: bool, level: int = logging.INFO) -> None:
    """Sends every log of this process to standard error in one form."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    ending: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        ending += [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        ending.append(structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()))
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=ending)
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # They tell each step of their own start and end; what matters of that the banner says.
    for name in ("uvicorn", "mcp", "httpx2"):
        logging.getLogger(name).setLevel(logging.WARNING)


def hide_secrets(logger: Any, method: str, entry: Entry) -> Mapping[str, Any]:
    """Puts a word in the place of every value that its name gives away as a secret."""
    del logger, method
    for name in entry:
        if name.lower().endswith(SECRET_NAMES):
            entry[name] = HIDDEN
    return entry
