"""A session token: what a key lends for some minutes. It allows less than its key, and ends with it."""

from typing import Any

import httpx2
import msgspec
import pytest

from interlock.kernel.command import Refusal
from interlock.server import token as tokens
from interlock.server.door import Door, Unauthenticated
from interlock.server.namespaces import Namespaces
from interlock.server.serve import Serving
from interlock.server.token import PREFIX, TOKEN_S_MAX, TokenMade, TokenWish
from tests.server.test_keys import admin, call, make_key

__all__ = ["admin"]


def lend(door: Door, key: str, **wish: Any) -> Any:
    """A token of this key or token, or the refusal."""
    return door.make_token(door.admit(key), msgspec.convert(wish, TokenWish))


async def test_a_token_works_like_its_key(http: httpx2.AsyncClient, admin: str) -> None:
    agent = (await make_key(http, admin, name="ann"))["key"]
    token = (await call(http, "create_token", agent)).json()["token"]

    created = await call(http, "create_task", token, title="t")
    shown = await call(http, "get_task", token, task_id=created.json()["task_id"])

    assert shown.json()["task"]["created_by"] == "ann"


async def test_a_token_ends_after_ten_minutes_at_the_latest(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    now_us = server.door.hub(server.door.admit(admin)).now_us()
    longest = lend(server.door, admin)
    short = lend(server.door, admin, ttl_s=1e-6)

    assert longest.expires_us - now_us < (TOKEN_S_MAX + 60) * 1_000_000
    assert (await call(http, "create_token", admin, ttl_s=601)).status_code == 400
    with pytest.raises(Unauthenticated):
        server.door.admit(short.token)


async def test_a_token_ends_before_its_key_does(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    made = await make_key(http, admin, name="ann", expires=60)

    token = lend(server.door, made["key"])
    narrower = lend(server.door, token.token, ttl_s=600)

    assert token.expires_us == narrower.expires_us == int(made["expires_us"])


@pytest.mark.parametrize("verb", ["revoke_key", "rotate_key"])
async def test_a_token_dies_with_its_key_and_with_the_secret_that_lent_it(
    http: httpx2.AsyncClient, server: Serving, admin: str, verb: str
) -> None:
    made = await make_key(http, admin, name="ann")
    token = lend(server.door, made["key"]).token
    second = lend(server.door, token).token
    caller = server.door.admit(second)

    grace = {"grace_s": 0} if verb == "rotate_key" else {}
    await call(http, verb, admin, key_id=made["key_id"], **grace)

    for each in (token, second):
        with pytest.raises(Unauthenticated):
            server.door.admit(each)
    assert not server.door.is_alive(caller)
    assert server.door.make_token(caller, TokenWish()).code == "unauthenticated"  # type: ignore[union-attr]


async def test_a_token_lends_less_and_never_more(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    fields = {"verbs": ["get_task", "get_queue"], "queues": ["mail", "post"]}
    key = (await make_key(http, admin, name="ann", **fields))["key"]
    token = lend(server.door, key, verbs=["get_queue"], queues=["mail"]).token

    caller = server.door.admit(token)
    assert (caller.verbs, caller.queues, caller.agent) == ({"get_queue"}, ("mail",), "ann")
    assert (await call(http, "get_task", token, task_id="task-0-1")).status_code == 403
    assert (await call(http, "get_queue", token, queue="post")).status_code == 403
    assert (await call(http, "get_queue", token, queue="mail")).status_code == 200
    for wider in (
        {"verbs": ["get_task"]},
        {"verbs": ["get_queue", "create_key"]},
        {"queues": ["mail", "post"]},
        {"role": "admin"},
        {"role": "viewer"},
    ):
        refusal = lend(server.door, token, **wider)
        assert isinstance(refusal, Refusal), wider
        assert refusal.code == "forbidden"
    assert lend(server.door, token, verbs=["fly"]).code == "invalid"
    same = server.door.admit(lend(server.door, token).token)
    assert (same.verbs, same.queues) == (caller.verbs, caller.queues)


@pytest.mark.parametrize(
    ("role", "lent"),
    [
        ("admin", {"admin", "operator", "approver", "viewer"}),
        ("operator", {"operator", "viewer"}),
        ("approver", {"approver", "viewer"}),
        ("viewer", {"viewer"}),
        ("agent", {"agent"}),
    ],
)
async def test_people_lend_their_role_or_a_lower_one(
    http: httpx2.AsyncClient, server: Serving, admin: str, role: str, lent: set[str]
) -> None:
    key = (await make_key(http, admin, name="pat", role=role))["key"]

    made = {
        wanted: isinstance(lend(server.door, key, role=wanted), TokenMade)
        for wanted in ("admin", "operator", "approver", "viewer", "agent")
    }

    assert {wanted for wanted, is_made in made.items() if is_made} == lent


async def test_a_lent_admin_makes_no_key_that_outlives_the_token(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    token = lend(server.door, admin, ttl_s=60).token
    victim = await make_key(http, admin, name="root", role="admin")

    lasting = await call(http, "create_key", token, name="eve", role="admin")
    taken = await call(http, "rotate_key", token, key_id=victim["key_id"])
    brief = await call(http, "create_key", token, name="eve", expires=10)

    assert (lasting.status_code, taken.status_code, brief.status_code) == (403, 403, 200)


async def test_without_a_key_there_is_nothing_to_lend(http: httpx2.AsyncClient) -> None:
    answer = await call(http, "create_token")

    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")


async def test_what_was_not_signed_here_is_no_token(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    token = lend(server.door, admin).token
    body, _, signature = token.removeprefix(PREFIX).partition(".")
    async with Namespaces(":memory:") as elsewhere:
        other = Door(elsewhere)
        reply: Any = await other.call(other.admit(""), "create_key", {"name": "x", "role": "admin"})
        foreign = lend(other, reply.key).token
    forged = [
        PREFIX,
        f"{PREFIX}.",
        f"{PREFIX}{body}",
        f"{PREFIX}{body}.{signature[:-4]}",
        f"{PREFIX}{body[:-2]}.{signature}",
        f"{PREFIX}{body}.{signature}=",
        f"{PREFIX}{body}.{signature}\n",
        f"{PREFIX}{body}é.{signature}",
        f"{PREFIX}{'x' * 20_000}.{signature}",
        foreign,
    ]

    for each in forged:
        with pytest.raises(Unauthenticated):
            server.door.admit(each)
    assert server.door.admit(token).is_token
    answers = {(await call(http, "create_token", each.strip())).text for each in forged[:4]}
    assert len(answers) == 1


async def test_a_wish_that_is_none_is_refused(http: httpx2.AsyncClient, admin: str) -> None:
    for body in (b"{", b"\xff", b"[]", b'{"fly": 1}', b"[" * 100_000):
        headers = {"Authorization": f"Bearer {admin}"}
        answer = await http.post("/v1/create_token", content=body, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid")


async def test_as_many_verified_tokens_are_remembered_as_there_is_room_for(
    http: httpx2.AsyncClient, server: Serving, admin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "VERIFIED_MAX", 2)
    lent = [lend(server.door, admin, ttl_s=ttl_s).token for ttl_s in (100, 200, 300)]

    for _ in range(2):
        assert all(server.door.admit(each).is_token for each in lent)
    assert len(server.door._tokens._verified) == 2
