"""Errors that a caller sees. One root; a class exists only where a caller would act differently on it."""

from typing import Any, Final

from interlock.kernel.command import Refusal


class InterlockError(Exception):
    """The root of all errors that Interlock raises on purpose."""


class Refused(InterlockError):
    """A command was refused and changed nothing. `code` is one of `CODES`; `details` are its facts."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.message}")
        self.code = refusal.code
        self.message = refusal.message
        self.details: dict[str, Any] = refusal.details


class Invalid(Refused):
    """The command is malformed or crosses a limit: sending it again will not help."""


class NotFound(Refused):
    """Nothing has this id or name."""


class Forbidden(Refused):
    """The key opens nothing, or does not allow this: sending it again needs another key."""


class AlreadyClaimed(Refused):
    """Another claim holds the task: take another one."""


class StaleFence(Refused):
    """The lease has passed on: stop working on the task, its result will not be taken."""


class Conflict(Refused):
    """Somebody else was first: read again, then decide again."""


class Unavailable(Refused):
    """The plane cannot take the command now: send it again later."""


class OutcomeUnknown(Unavailable):
    """The command may have been carried out: look, or send it again under the same request id."""


class ConnectionLost(InterlockError):
    """The connection broke and could not be made again in time; the command may have been carried out."""


_CLASSES: Final[dict[str, type[Refused]]] = {
    "invalid": Invalid,
    "unauthenticated": Forbidden,
    "forbidden": Forbidden,
    "not_found": NotFound,
    "already_claimed": AlreadyClaimed,
    "stale_fence": StaleFence,
    "idempotency_conflict": Conflict,
    "version_conflict": Conflict,
    "queue_full": Unavailable,
    "mailbox_full": Unavailable,
    "limit": Unavailable,
    "disk_full": Unavailable,
    "ledger_unavailable": Unavailable,
    "outcome_unknown": OutcomeUnknown,
    "closing": Unavailable,
}


def error_of(refusal: Refusal) -> Refused:
    """The error to raise for a refusal."""
    return _CLASSES.get(refusal.code, Refused)(refusal)
