"""Bugs of idempotency keys and request ids."""

from contextlib import AbstractContextManager
from typing import Any

from msgspec.structs import replace

from interlock.kernel import decide as decide_module
from interlock.kernel import idempotency, rows, wants
from interlock.kernel.mail import send
from interlock.kernel.task import create
from tests.sim.bugs.bug import Bug, entry, replaced, together

Plant = AbstractContextManager[object]


def _nothing(state: Any, id: str, stored: Any) -> None:
    """Does not take the row."""


def _keys_forgotten_on_restart() -> Plant:
    return entry(rows._PUT, "key", _nothing)


def _keys_without_scope() -> Plant:
    def unscoped(noun: str, *, sender: str, key: str) -> str:
        del sender
        return idempotency.key_name(noun, sender="", key=key)

    return together(*(replaced(module, "key_name", unscoped) for module in (create, send, wants)))


def _body_not_compared() -> Plant:
    find = idempotency.find_key

    def lenient(state: Any, name: str, digest: str) -> Any:
        known = state.keys.get(name)
        return find(state, name, digest if known is None else known.digest)

    return replaced(create, "find_key", lenient)


def _keys_dropped_early() -> Plant:
    return replaced(idempotency, "KEY_WINDOW_US", 60_000_000)


def _requests_forgotten_on_restart() -> Plant:
    return entry(rows._PUT, "request", _nothing)


def _request_ids_ignored() -> Plant:
    decide = decide_module.decide

    def forgetful(state: Any, command: Any, now_us: int) -> Any:
        return decide(state, replace(command, request_id=""), now_us)

    import interlock.hub.hub as hub_module

    return replaced(hub_module, "decide", forgetful)


BUGS = (
    Bug("keys forgotten on restart", _keys_forgotten_on_restart, ("one_key_one_task",), "crashes"),
    Bug(
        "keys without scope",
        _keys_without_scope,
        ("keys_belong_to_their_sender", "one_key_one_task"),
    ),
    Bug("body not compared", _body_not_compared, ("one_key_one_task",)),
    Bug("keys dropped early", _keys_dropped_early, ("keys_are_kept_for_their_window",)),
    Bug(
        "requests forgotten on restart",
        _requests_forgotten_on_restart,
        ("a_request_id_acts_once", "rows_are_the_fold_of_the_log"),
        "crashes",
    ),
    Bug("request ids ignored", _request_ids_ignored, ("a_request_id_acts_once",), "network"),
)
