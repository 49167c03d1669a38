"""Who bears a key, and the two answers to what it does not open: `forbidden`, or what an unknown thing gets."""

from collections.abc import Callable
from copy import copy
from typing import TYPE_CHECKING, Any, Protocol

from msgspec.structs import replace

from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.decide import decide

if TYPE_CHECKING:
    from interlock.kernel.state import State


class Bearer(Protocol):
    """Whoever a key lets in. Nothing here comes from a command."""

    @property
    def agent(self) -> str:
        """The name that its commands bear; empty where the command itself may say it."""
        ...

    @property
    def role(self) -> str:
        """One of `Role`."""
        ...

    @property
    def verbs(self) -> frozenset[str]:
        """The only verbs allowed, if any are named."""
        ...

    @property
    def queues(self) -> tuple[str, ...]:
        """The only queues allowed, if any are named."""
        ...

    @property
    def expires_us(self) -> int:
        """When it ends by the hub's clock; 0 for never."""
        ...


Check = Callable[["State", Any, Bearer, int], Command | Reply | None]
"""Nothing, if the command may pass; another command in its place; or the answer."""


def is_narrow(bearer: Bearer) -> bool:
    """Whether anything but the role has to be looked at: an admin without limits may do all."""
    return bool(bearer.role != "admin" or bearer.queues or bearer.verbs or bearer.expires_us)


def sees(bearer: Bearer, queue: str) -> bool:
    """Whether the queue is one of the key's."""
    return not bearer.queues or queue in bearer.queues


def forbidden(message: str, **details: Any) -> Refusal:
    """The refusal of what a key does not allow."""
    return Refusal(code="forbidden", message=message, details=details)


def without(state: "State", **replaced: Any) -> "State":
    """The same state with other tables: nothing is copied but the names."""
    blind = copy(state)
    blind.requests = {}
    for name, table in replaced.items():
        setattr(blind, name, table)
    return blind


def as_unknown(blind: "State", command: Command, now_us: int) -> Reply:
    """What this command is answered where the thing is not there."""
    events, reply = decide(blind, replace(command, request_id=""), now_us)
    return forbidden(f"{command.verb}: the key does not allow it") if events else reply
