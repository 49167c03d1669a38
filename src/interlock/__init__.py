"""Interlock: the coordination plane for fleets of LLM agents.

`open` a ledger in this process, or `connect` to the process that has it open; both give a `Plane`.
"""

from interlock.client.failure import BadKey, CannotConnect
from interlock.kernel.backoff import Backoff
from interlock.kernel.errors import (
    AlreadyClaimed,
    Conflict,
    ConnectionLost,
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

__all__ = [
    "AlreadyClaimed",
    "Backoff",
    "BadKey",
    "CannotConnect",
    "Conflict",
    "ConnectionLost",
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
