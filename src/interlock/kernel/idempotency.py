"""Idempotency: keys that make a repeated creation harmless, and request ids that repeat an answer.

A key is scoped to the noun and the sender, and bound to a digest of the body: the same key with another body
is refused. Both are remembered in the same commit as what they protect.
"""

from functools import cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import msgspec

from interlock.kernel.command import Command, Decision, Event, refuse
from interlock.kernel.limits import KEY_WINDOW_US, KEYS_MAX, REQUESTS_MAX

if TYPE_CHECKING:
    from interlock.kernel.state import State

_DIGEST_BYTES: Final = 16
_ALARM_STRIDE_US: Final = 60 * 1_000_000
"""Keys are forgotten in steps of a minute: finer would only cost alarms."""


class KeyRecord(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What an idempotency key stands for: the digest of the body and the id that was created."""

    digest: str
    ref: str
    until_us: int
    pos: int

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1


class KeyForgotten(Event, frozen=True, kw_only=True):
    """The window of an idempotency key has passed."""

    key: str


class RequestAnswered(Event, frozen=True, kw_only=True):
    """A command with a request id was answered; `reply_json` is that answer."""

    request: str
    digest: str
    reply_json: str


class RequestRecord(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A remembered answer. It stands in slot `number` modulo `REQUESTS_MAX`, so that memory stays bounded."""

    request: str
    digest: str
    reply_json: str
    number: int
    pos: int

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1


def digest_of(command: Command) -> str:
    """A digest of all that a caller says with a command but its request id and its trace: sent again, it has another
    trace, and what a server fills in differs each time.

    Fields left at their defaults are not in it, so that it stays the same when a verb gets a new field.
    """
    bare = msgspec.structs.replace(command, **_unsaid(type(command)))
    return blake2b(msgspec.msgpack.encode(bare), digest_size=_DIGEST_BYTES).hexdigest()


@cache
def _unsaid(kind: type[Command]) -> dict[str, Any]:
    """What does not count, as it is when nobody said it."""
    left_out = {"request_id", "traceparent", *kind.sealed}
    found = msgspec.structs.fields(kind)
    return {field.name: field.default for field in found if field.name in left_out}


def key_name(noun: str, *, sender: str, key: str) -> str:
    """The scoped name of an idempotency key; the length makes it unambiguous."""
    return f"key-{noun}/{len(sender)}/{sender}/{key}"


def find_key(state: "State", name: str, digest: str) -> KeyRecord | Decision | None:
    """What the key stands for, a refusal when the body differs or the table is full, or None when new."""
    record = state.keys.get(name)
    if record is None:
        if len(state.keys) >= KEYS_MAX:
            return refuse(
                "limit", f"{KEYS_MAX} idempotency keys are remembered: wait until some have expired"
            )
        return None
    if record.digest != digest:
        return refuse(
            "idempotency_conflict",
            f"this idempotency key came before with another body, for {record.ref}: use a new key",
            ref=record.ref,
        )
    return record


def remember_key(state: "State", name: str, *, digest: str, ref: str, at_us: int, pos: int) -> None:
    """Applies: the key stands for `ref` until its window has passed."""
    until_us = (at_us + KEY_WINDOW_US) // _ALARM_STRIDE_US * _ALARM_STRIDE_US
    record = KeyRecord(digest=digest, ref=ref, until_us=until_us, pos=pos)
    state.keys[name] = record
    state.alarms.set(name, until_us)
    state.touch("key", name, record)


def decide_forget(state: "State", name: str, now_us: int) -> list[Event]:
    """What a key's alarm means."""
    return [KeyForgotten(at_us=now_us, key=name)] if name in state.keys else []


def apply_key_forgotten(state: "State", event: KeyForgotten, pos: int) -> None:
    """Applies: the key is free again."""
    del pos
    state.keys.pop(event.key, None)
    state.alarms.clear(event.key)
    state.touch("key", event.key, None)


def request_name(command: Command) -> str:
    """The scoped name of a request id."""
    return f"{len(command.agent)}/{command.agent}/{command.request_id}"


def apply_request_answered(state: "State", event: RequestAnswered, pos: int) -> None:
    """Applies: the answer is remembered, and the oldest one makes room."""
    number = state.request_count
    state.request_count = number + 1
    slot = str(number % REQUESTS_MAX)
    record = RequestRecord(
        request=event.request,
        digest=event.digest,
        reply_json=event.reply_json,
        number=number,
        pos=pos,
    )
    evicted = state.request_slots.get(slot)
    if evicted is not None:
        state.requests.pop(evicted, None)
    state.request_slots[slot] = event.request
    state.requests[event.request] = record
    state.touch("request", slot, record)
