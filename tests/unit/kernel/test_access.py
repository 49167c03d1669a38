"""Keys as the ledger keeps them: a digest and what it opens, never a secret."""

from datetime import UTC, datetime
from typing import Any

import pytest

from interlock.kernel.access.model import ACCESS_KEYS_MAX, AccessKey
from tests.unit.kernel.shard import START_US, Shard, refused

FIRST, SECOND, THIRD = "a" * 64, "b" * 64, "c" * 64
HOUR_US = 3_600 * 1_000_000


def make(shard: Shard, **fields: Any) -> Any:
    """Makes a key for ann, unless the fields say otherwise."""
    return shard.do("create_key", **{"name": "ann", "digest": FIRST, **fields})


def test_a_key_is_what_it_was_made_as_also_after_a_restart(shard: Shard) -> None:
    made = make(
        shard,
        agent="ada",
        role="operator",
        verbs=["cancel_task"],
        queues=["mail"],
        profile="operator",
        expires=3_600,
    )
    shard.restart()

    (found,) = shard.do("get_keys").items

    assert (found.key_id, found.name, found.role) == (made.key_id, "ann", "operator")
    assert (found.verbs, found.queues, found.profile) == (("cancel_task",), ("mail",), "operator")
    assert (found.created_by, found.expires_us) == ("ada", START_US + HOUR_US)
    assert (found.status, found.rotations) == ("active", 0)


def test_nothing_of_a_secret_is_shown(shard: Shard) -> None:
    key = make(shard)
    shown = [shard.do("get_keys"), shard.do("revoke_key", key_id=key.key_id)]

    assert FIRST not in repr(shown)


def test_a_key_without_the_digest_of_a_secret_is_refused(shard: Shard) -> None:
    for digest in ("", "a" * 63, "g" * 64):
        refused(make(shard, digest=digest), "invalid")
        key = make(shard)
        refused(shard.do("rotate_key", key_id=key.key_id, digest=digest), "invalid")


@pytest.mark.parametrize("name", ["all", "group:red", "schedule:nightly"])
def test_a_key_is_for_one_name(shard: Shard, name: str) -> None:
    refused(make(shard, name=name), "invalid")


def test_a_key_for_a_verb_that_is_none_is_refused(shard: Shard) -> None:
    refused(make(shard, verbs=["get_task", "fly"]), "invalid")


def test_a_key_that_has_expired_before_it_is_made_is_refused(shard: Shard) -> None:
    refused(make(shard, expires=datetime(2020, 1, 1, tzinfo=UTC)), "invalid")


def test_a_ledger_takes_a_limited_number_of_keys(shard: Shard) -> None:
    key = AccessKey(id="key-0-1", name="ann", role="agent", digest=FIRST, created_us=1)
    shard.state.access = dict.fromkeys(map(str, range(ACCESS_KEYS_MAX)), key)
    try:
        refused(make(shard), "limit")
    finally:
        shard.state.access = {}


def test_a_command_for_another_namespace_is_refused_here(shard: Shard) -> None:
    key = make(shard, namespace="default")

    for verb, fields in {
        "create_key": {"name": "ann", "digest": FIRST},
        "rotate_key": {"key_id": key.key_id, "digest": SECOND},
        "revoke_key": {"key_id": key.key_id},
        "get_keys": {},
    }.items():
        refused(shard.do(verb, namespace="team-b", **fields), "not_found")


def test_in_a_namespace_of_its_own_a_key_bears_its_name(shard: Shard) -> None:
    shard.state.shard = "team-b"

    assert make(shard, namespace="team-b").key_id == "key-team-b-1"
    refused(make(shard, namespace="default"), "not_found")


def test_a_rotated_key_is_opened_by_two_secrets_until_the_grace_ends(shard: Shard) -> None:
    id = make(shard).key_id
    rotated = shard.do("rotate_key", key_id=id, digest=SECOND, grace_s=60.0)
    shard.restart()
    key = shard.state.access[id]

    assert rotated.grace_until_us == START_US + 60_000_000
    assert (key.digest, key.digest_before) == (SECOND, FIRST)
    assert key.is_good(1, START_US + HOUR_US)
    assert key.is_good(0, START_US + 59_000_000)
    assert not key.is_good(0, START_US + 60_000_000)


def test_rotated_twice_the_first_secret_is_over_at_once(shard: Shard) -> None:
    id = make(shard).key_id
    shard.do("rotate_key", key_id=id, digest=SECOND)
    shard.do("rotate_key", key_id=id, digest=THIRD)
    key = shard.state.access[id]

    assert [key.is_good(rotations, shard.now_us) for rotations in (0, 1, 2)] == [False, True, True]


def test_an_expired_key_opens_nothing(shard: Shard) -> None:
    key = shard.state.access[make(shard, expires=10).key_id]

    assert key.is_good(0, START_US + 9_999_999)
    assert not key.is_good(0, START_US + 10_000_000)


def test_a_revoked_key_has_left_the_memory_and_is_not_rotated(shard: Shard) -> None:
    id = make(shard).key_id
    revoked = shard.do("revoke_key", key_id=id, reason="lost")
    shard.restart()

    assert (revoked.key.status, revoked.is_duplicate) == ("revoked", False)
    assert shard.state.access == {}
    assert shard.do("get_keys").items == ()
    refused(shard.do("rotate_key", key_id=id, digest=SECOND), "wrong_status")


def test_revoked_again_a_key_gets_the_same_answer(shard: Shard) -> None:
    id = make(shard).key_id
    first = shard.do("revoke_key", key_id=id).key
    shard.restart()

    again = shard.do("revoke_key", key_id=id)

    assert (again.key, again.is_duplicate) == (first, True)
    assert len(shard.events("KeyRevoked")) == 1


def test_a_key_that_nobody_made_is_neither_rotated_nor_revoked(shard: Shard) -> None:
    refused(shard.do("rotate_key", key_id="key-0-9", digest=SECOND), "not_found")
    refused(shard.do("revoke_key", key_id="key-0-9"), "not_found")


def test_keys_are_listed_page_by_page_in_the_order_in_which_they_were_made(shard: Shard) -> None:
    made = [make(shard, name=name).key_id for name in ("ann", "bob", "ann", "ann")]

    first = shard.do("get_keys", name="ann", limit=2)
    second = shard.do("get_keys", name="ann", limit=2, cursor=first.cursor)

    assert [key.key_id for key in first.items] == [made[0], made[2]]
    assert ([key.key_id for key in second.items], second.cursor) == ([made[3]], "")
    refused(shard.do("get_keys", cursor="x"), "invalid")


def test_that_keys_were_made_is_known_after_the_last_one_is_gone(shard: Shard) -> None:
    shard.do("revoke_key", key_id=make(shard).key_id)
    shard.restart()

    assert shard.state.ring.made == 1


def test_the_key_that_a_server_makes_for_itself_counts_for_none(shard: Shard) -> None:
    make(shard, role="admin", is_first=True)

    assert shard.state.ring.made == 0
    assert shard.do("get_keys").items[0].is_first


def test_a_repeated_request_gets_the_first_answer_whatever_secret_was_drawn(shard: Shard) -> None:
    first = make(shard, request_id="r-1", digest=FIRST)
    again = make(shard, request_id="r-1", digest=SECOND)
    refused(make(shard, request_id="r-1", name="bob"), "idempotency_conflict")

    assert (again.key_id, again.digest) == (first.key_id, FIRST)
    assert len(shard.events("KeyCreated")) == 1


def test_who_waits_under_a_key_hears_of_its_end(shard: Shard) -> None:
    id = make(shard).key_id
    shard.state.woken.clear()

    shard.do("rotate_key", key_id=id, digest=SECOND)
    assert f"key:{id}" in shard.state.woken

    shard.state.woken.clear()
    shard.do("revoke_key", key_id=id)
    assert f"key:{id}" in shard.state.woken
