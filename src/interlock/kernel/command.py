"""What a command, an event, a reply and a refusal are."""

from typing import Any, ClassVar, Final, TypeAlias

import msgspec

from interlock.kernel.limits import OptionalName


class Command(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag=True,
):
    """An imperative from outside. `agent` is who sends it; the hub answers a repeated `request_id` of the
    same agent with the first answer."""

    verb: ClassVar[str]
    """The name of the method, endpoint, tool and command that carry it."""
    reply: ClassVar[str]
    """The kinds of answer besides a refusal, by name: the return type of the method."""
    grows: ClassVar[bool] = False
    """Whether it brings new work: refused first when the disk runs full."""

    repeatable: ClassVar[bool] = False
    """Whether sending it twice is harmless by nature; others are sent again only under a request id."""

    sealed: ClassVar[tuple[str, ...]] = ()
    """Fields that only a server may fill in: callers from outside cannot give them, and are not shown them."""

    agent: OptionalName = ""
    request_id: OptionalName = ""


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    omit_defaults=True,
    tag=True,
    tag_field="type",
):
    """A past fact, as the ledger keeps it. `at_us` is the hub's time in microseconds since 1970.

    A later version of an event is a new class with a new tag: what `apply` does with an old one stays.
    """

    at_us: int


class Reply(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag=True):
    """An answer to a command that was carried out. It is false when it holds nothing of what was asked for."""

    def __bool__(self) -> bool:
        return True


class Refusal(Reply, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An answer to a command that was not carried out. `code` is one of `CODES`; `details` are its facts."""

    code: str
    message: str
    details: dict[str, Any] = {}


Decision: TypeAlias = tuple[list[Event], Reply]
"""What `decide` returns: the events to be logged, perhaps none, and the answer."""

CODES: Final[dict[str, str]] = {
    "invalid": "The command is malformed or crosses a limit; the message names the field and the limit.",
    "unauthenticated": "There is no key, or one that opens nothing.",
    "forbidden": "The key does not allow this; the message says what it lacks.",
    "not_found": "Nothing has this id or name.",
    "already_claimed": "Another claim holds the task; details name the holder.",
    "not_claimable": "The task cannot be claimed in its present status.",
    "wrong_status": "The verb does not apply in the present status.",
    "stale_fence": "The lease has passed on: whoever holds it now has a greater fence.",
    "missing_capabilities": "The claim does not offer what the task requires.",
    "concurrency_busy": "Another task with the same concurrency key is running.",
    "paused": "The agent is paused or quarantined.",
    "session_closed": "The session is unknown or closed: open a new one.",
    "idempotency_conflict": "The same key came before with another body.",
    "version_conflict": "Somebody else changed it first; details give the current version.",
    "queue_full": "The queue holds as many open tasks as it may.",
    "mailbox_full": "The recipient's mailbox holds as many messages as it may.",
    "limit": "A limit was reached; the message names it and the way out.",
    "stale_receipt": "The receipt is not the latest one: the message was handed out again or is settled.",
    "disk_full": "There is no room for new work; finishing work still goes through.",
    "ledger_unavailable": "The store failed; nothing of the command was done unless the message says so.",
    "outcome_unknown": "The store lost the answer to a commit: the command may have been carried out.",
    "closing": "The hub is shutting down: send it again to its successor.",
}
"""Every reason for which a command may be refused."""


def refuse(code: str, message: str, **details: Any) -> Decision:
    """A decision that changes nothing."""
    assert code in CODES, code
    return [], Refusal(code=code, message=message, details=details)
