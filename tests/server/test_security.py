"""Every verb is refused to whoever has no key for it, and nobody can tell what is foreign from what is not there."""

from collections.abc import Callable
from typing import Any

import httpx2
import msgspec
import pytest

from interlock.kernel import apply as applying
from interlock.kernel.access import create as creating
from interlock.kernel.access.model import AccessKey
from interlock.kernel.access.revoke import KeyRevoked
from interlock.kernel.access.roles import ROLES
from interlock.kernel.command import Command
from interlock.kernel.decide import VERBS
from interlock.kernel.rights import admit as rights
from interlock.server import door as doors
from interlock.server.door import Door
from interlock.server.serve import Serving
from tests.server.matrix import Fleet, findings


@pytest.fixture
async def fleet(server: Serving, http: httpx2.AsyncClient) -> Fleet:
    """A server with something in every drawer."""
    made = Fleet(server, http)
    await made.settle()
    return made


async def test_no_verb_opens_to_the_wrong_key(fleet: Fleet) -> None:
    assert await findings(fleet) == []


# Planted bugs: the matrix must find each.


def _scopes_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    def admitted(state: Any, command: Command, bearer: Any, now_us: int) -> Any:
        return rights.admitted(state, command, _with(bearer, verbs=frozenset()), now_us)

    patch.setattr(doors, "admitted", admitted)


def _roles_are_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    for verb in VERBS:
        patch.setitem(ROLES, verb, frozenset(("agent", "viewer", "operator", "approver", "admin")))


def _the_name_is_taken_from_the_body(patch: pytest.MonkeyPatch) -> None:
    def admitted(state: Any, command: Command, bearer: Any, now_us: int) -> Any:
        named = _with(bearer, agent=command.agent or bearer.agent)
        return rights.admitted(state, command, named, now_us)

    patch.setattr(doors, "admitted", admitted)


def _a_revoked_key_still_works(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(applying.APPLY, KeyRevoked, lambda state, event, pos: None)


def _expiry_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(creating, "from_now_us", lambda when, now_us: 0)


def _an_old_secret_still_works(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        AccessKey,
        "is_good",
        lambda key, rotations, now_us: rotations >= 0 and not 0 < key.expires_us <= now_us,
    )


def _the_secret_is_not_looked_at(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(doors, "_rotations_shown", lambda key, digest: key.rotations)


def _a_foreign_task_is_forbidden_instead_of_unknown(patch: pytest.MonkeyPatch) -> None:
    def blunt(state: Any, command: Any, bearer: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        if task is None or task.queue in bearer.queues or not bearer.queues:
            return None
        return rights.forbidden("not in your queues")

    patch.setitem(rights.CHECKS, VERBS["get_task"], (blunt,))


def _the_mail_of_others_is_shown(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(rights.CHECKS, VERBS["get_message"], ())


def _the_fence_of_another_is_taken(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(rights.CHECKS, VERBS["complete_task"], ())


def _all_namespaces_are_one(patch: pytest.MonkeyPatch) -> None:
    submit = Door._submit_at_hand

    def home(self: Door, hub: Any, caller: Any, command: Command) -> Any:
        is_key = isinstance(command, creating.CreateKey)
        return submit(self, hub if is_key else self.namespaces.get("default"), caller, command)

    patch.setattr(Door, "_submit_at_hand", home)


def _with(bearer: Any, **changed: Any) -> Any:
    return msgspec.structs.replace(bearer, **changed)


PLANTED: tuple[tuple[Callable[[pytest.MonkeyPatch], None], str, str], ...] = (
    (_scopes_are_not_looked_at, "get_task", "a key for another verb"),
    (_roles_are_not_looked_at, "read_log", "an agent got"),
    (_the_name_is_taken_from_the_body, "create_task", "in another's name"),
    (_a_revoked_key_still_works, "get_queue", "a revoked key"),
    (_expiry_is_forgotten, "get_queue", "an expired key"),
    (_an_old_secret_still_works, "get_queue", "a rotated key"),
    (_the_secret_is_not_looked_at, "get_queue", "a key with another secret"),
    (
        _a_foreign_task_is_forbidden_instead_of_unknown,
        "get_task",
        "a key for other queues can tell",
    ),
    (_the_mail_of_others_is_shown, "get_message", "another agent can tell"),
    (_the_fence_of_another_is_taken, "complete_task", "an agent with the claim of another"),
    (_all_namespaces_are_one, "get_task", "of another namespace can tell"),
)


@pytest.mark.parametrize(
    ("plant", "verb", "telling"), PLANTED, ids=[plant.__name__ for plant, _, _ in PLANTED]
)
async def test_a_planted_bug_is_found(
    server: Serving,
    http: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
    plant: Callable[[pytest.MonkeyPatch], None],
    verb: str,
    telling: str,
) -> None:
    plant(monkeypatch)
    fleet = Fleet(server, http)
    await fleet.settle()

    assert [line for line in await findings(fleet, [verb]) if telling in line]
