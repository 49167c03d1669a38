"""Interlock: the coordination plane for fleets of LLM agents.

`open` a ledger in this process, or `connect` to the process that has it open; both give a `Plane`.
"""

import atexit
import gc

from interlock.client.failure import BadKey, CannotConnect
from interlock.kernel.backoff import Backoff
from interlock.kernel.errors import (
    AlreadyClaimed,
    Conflict,
    ConnectionLost,
    Forbidden,
    InterlockError,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Refused,
    StaleFence,
    Unavailable,
)
from interlock.plane import Plane, connect, open
from interlock.store.contract import LedgerInUse, StoreError

# msgspec can crash when the interpreter, at its very end, collects types of structs that name each other
# (github.com/msgspec/msgspec/issues/717): a process that has done its work would end with status 139. What is frozen
# is not collected.
atexit.register(gc.freeze)

__all__ = [
    "AlreadyClaimed",
    "Backoff",
    "BadKey",
    "CannotConnect",
    "Conflict",
    "ConnectionLost",
    "Forbidden",
    "InterlockError",
    "Invalid",
    "LedgerInUse",
    "NotFound",
    "OutcomeUnknown",
    "Plane",
    "Refused",
    "StaleFence",
    "StoreError",
    "Unavailable",
    "connect",
    "open",
]
