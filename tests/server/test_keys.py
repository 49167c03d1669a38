"""A key lets one agent, or one person, in: under its name, for what it was made for, until it ends."""

import asyncio
import logging
from pathlib import Path

import httpx2
import msgspec
import pytest

from interlock.server.door import Unauthenticated, first_key
from interlock.server.serve import Serving, serve
from interlock.server.settings import Settings
from interlock.server.threshold import CannotServe, is_loopback
from interlock.store.contract import StoreError

Made = dict[str, str]


def bearer(key: str) -> dict[str, str]:
    """The header that shows a key."""
    return {"Authorization": f"Bearer {key}"} if key else {}


async def call(
    http: httpx2.AsyncClient, verb: str, key: str = "", **body: object
) -> httpx2.Response:
    """Calls a verb with a key."""
    return await http.post(f"/v1/{verb}", json=body, headers=bearer(key))


async def make_key(http: httpx2.AsyncClient, key: str = "", **fields: object) -> Made:
    """Makes a key over HTTP; returns the answer."""
    answer = await call(http, "create_key", key, **fields)
    assert answer.status_code == 200, answer.text
    made: Made = answer.json()
    return made


@pytest.fixture
async def admin(http: httpx2.AsyncClient) -> str:
    """The key of an admin, the first on its server."""
    return (await make_key(http, name="ada", role="admin"))["key"]


# The door.


async def test_the_first_key_closes_the_door_at_once(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    assert server.door.is_open

    key = await make_key(http, name="ann")

    assert not server.door.is_open
    assert (await call(http, "get_queue", queue="default")).status_code == 401
    assert (await call(http, "get_queue", key["key"], queue="default")).status_code == 200


async def test_the_door_stays_closed_when_the_last_key_is_gone(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        made = await make_key(http, name="ada", role="admin")
        await call(http, "revoke_key", made["key"], key_id=made["key_id"])
        assert not serving.door.is_open
    async with serve(settings) as serving:
        assert not serving.door.is_open


async def test_the_key_of_a_first_start_is_an_admin_s_and_leaves_the_door_open(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    first = await first_key(server.door)

    assert await first_key(server.door) == ""
    assert server.door.is_open
    await make_key(http, first, name="ann")
    assert not server.door.is_open
    assert await first_key(server.door) == ""
    listed = await call(http, "get_keys", first)
    assert [(key["name"], key["is_first"]) for key in listed.json()["items"]] == [
        ("admin", True),
        ("ann", False),
    ]


async def test_where_keys_are_required_the_door_is_never_open(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0, require_keys=True)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        first = await first_key(serving.door)

        assert (await call(http, "get_queue", queue="default")).status_code == 401
        assert (await call(http, "get_queue", first, queue="default")).status_code == 200


async def test_nobody_listens_to_other_machines_before_there_is_a_key(tmp_path: Path) -> None:
    store = str(tmp_path / "fleet.db")
    everywhere = Settings(store=store, host="0.0.0.0", port=0)

    with pytest.raises(CannotServe, match="interlock keys create"):
        async with serve(everywhere):
            pass
    async with serve(Settings(store=store, port=0)) as serving:
        key = await first_key(serving.door)
    async with serve(everywhere) as serving:
        assert not serving.door.is_open
        assert serving.door.admit(key).role == "admin"


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        *((name, True) for name in ("127.0.0.1", "127.8.0.9", "::1", "[::1]", "localhost")),
        *((name, False) for name in ("0.0.0.0", "::", "192.0.2.1", "example.com", "")),
    ],
)
def test_loopback_is_this_machine_alone(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local


# The key.


async def test_a_key_is_shown_once_and_a_repeated_request_makes_no_other(
    http: httpx2.AsyncClient, admin: str
) -> None:
    first = await make_key(http, admin, name="ann", request_id="r-1")
    again = await make_key(http, admin, name="ann", request_id="r-1")

    assert first["key"].startswith(f"il_default_{first['key_id'].rpartition('-')[2]}_")
    assert (again["key_id"], again["key"], again["digest"]) == (first["key_id"], "", "")
    listed = (await call(http, "get_keys", admin, name="ann")).text
    assert first["key"] not in listed
    assert "digest" not in listed


@pytest.mark.parametrize("field", [{"digest": "a" * 64}, {"is_first": True}])
async def test_nobody_gives_what_the_server_fills_in(
    http: httpx2.AsyncClient, server: Serving, admin: str, field: dict[str, object]
) -> None:
    answer = await call(http, "create_key", admin, name="ann", **field)

    assert answer.status_code == 400
    reply = await server.door.call(server.door.admit(admin), "create_key", {"name": "ann", **field})
    assert getattr(reply, "code", "") == "forbidden"


async def test_no_schema_shows_what_the_server_fills_in(http: httpx2.AsyncClient) -> None:
    schemas = (await http.get("/openapi.json")).json()["components"]["schemas"]

    assert "name" in schemas["CreateKey"]["properties"]
    assert not {"digest", "is_first"} & schemas["CreateKey"]["properties"].keys()
    assert "digest" not in schemas["RotateKey"]["properties"]


async def test_a_rotated_key_goes_on_under_both_secrets_until_the_grace_ends(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    old = await make_key(http, admin, name="ann")
    new = (await call(http, "rotate_key", admin, key_id=old["key_id"], grace_s=60)).json()

    for key in (old["key"], new["key"]):
        assert (await call(http, "get_queue", key, queue="q")).status_code == 200
    last = (await call(http, "rotate_key", admin, key_id=old["key_id"], grace_s=0)).json()

    for key in (old["key"], new["key"]):
        assert (await call(http, "get_queue", key, queue="q")).status_code == 401
    assert server.door.admit(last["key"]).agent == "ann"


async def test_a_caller_that_was_let_in_is_out_at_its_next_call(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    made = await make_key(http, admin, name="ann")
    caller = server.door.admit(made["key"])
    assert server.door.is_alive(caller)

    await call(http, "revoke_key", admin, key_id=made["key_id"])

    assert not server.door.is_alive(caller)
    reply = await server.door.call(caller, "get_queue", {"queue": "q"})
    assert getattr(reply, "code", "") == "unauthenticated"


async def test_a_caller_of_an_open_server_is_out_once_there_is_a_key(
    http: httpx2.AsyncClient, server: Serving
) -> None:
    caller = server.door.admit("")
    await make_key(http, name="ann")

    reply = await server.door.call(caller, "get_queue", {"queue": "q"})

    assert getattr(reply, "code", "") == "unauthenticated"


async def test_a_long_poll_ends_with_its_key_and_with_no_other(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    made = [await make_key(http, admin, name=name) for name in ("ann", "bob")]
    polls = [
        asyncio.ensure_future(
            server.door.call(server.door.admit(each["key"]), "claim_task", {"wait_s": 50})
        )
        for each in made
    ]
    await asyncio.sleep(0)
    await call(http, "rotate_key", admin, key_id=made[0]["key_id"])
    assert not polls[0].done()

    await call(http, "revoke_key", admin, key_id=made[0]["key_id"])

    assert getattr(await polls[0], "code", "") == "unauthenticated"
    assert not polls[1].done()
    created = await call(http, "create_task", admin, title="t")
    assert getattr(await polls[1], "task_id", "") == created.json()["task_id"]


async def test_a_caller_that_goes_away_takes_its_long_poll_with_it(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    caller = server.door.admit((await make_key(http, admin, name="ann"))["key"])
    poll = asyncio.ensure_future(server.door.call(caller, "claim_task", {"wait_s": 50}))
    await asyncio.sleep(0)
    poll.cancel()
    await asyncio.wait([poll])

    created = (await call(http, "create_task", admin, title="t")).json()
    shown = (await call(http, "get_task", admin, task_id=created["task_id"])).json()

    assert shown["task"]["status"] == "ready"


async def test_what_left_the_memory_is_fetched_before_it_is_hidden(tmp_path: Path) -> None:
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        admin = (await make_key(http, name="ada", role="admin"))["key"]
        scoped = (await make_key(http, admin, name="ann", queues=["mail"]))["key"]
        tasks = [
            (await call(http, "create_task", admin, title="t", queue=queue)).json()["task_id"]
            for queue in ("mail", "other")
        ]
        for task in tasks:
            await call(http, "cancel_task", admin, task_id=task)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        answers = [await call(http, "get_task", scoped, task_id=task) for task in tasks]

    assert [answer.status_code for answer in answers] == [200, 404]


# Namespaces.


async def test_an_admin_of_the_home_namespace_makes_another_and_its_keys(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    made = await asyncio.gather(
        *(make_key(http, admin, name=name, role="admin", namespace="team-b") for name in "xy")
    )
    there = made[0]["key"]

    assert there.startswith("il_team-b_")
    assert sorted(server.door.namespaces) == ["default", "team-b"]
    task = (await call(http, "create_task", there, title="t")).json()["task_id"]
    assert (await call(http, "get_task", admin, task_id=task)).status_code == 404
    listed = await call(http, "get_keys", admin, namespace="team-b")
    assert {key["name"] for key in listed.json()["items"]} == {"x", "y"}
    revoked = await call(http, "revoke_key", admin, namespace="team-b", key_id=made[0]["key_id"])
    assert revoked.json()["key"]["status"] == "revoked"
    assert (await call(http, "get_keys", there)).status_code == 401


async def test_an_admin_elsewhere_handles_the_keys_of_its_own_namespace_alone(
    http: httpx2.AsyncClient, admin: str
) -> None:
    there = (await make_key(http, admin, name="eve", role="admin", namespace="team-b"))["key"]

    assert (await make_key(http, there, name="ann", namespace="team-b"))["key_id"] == "key-team-b-2"
    told = [
        (await call(http, "create_key", there, name="eve", namespace=name)).json()["error"]
        for name in ("default", "team-c")
    ]
    assert [error["code"] for error in told] == ["forbidden", "forbidden"]
    assert told[0] == told[1]


async def test_a_namespace_is_made_by_nobody_who_may_not_make_keys(
    http: httpx2.AsyncClient, server: Serving, admin: str
) -> None:
    agent = (await make_key(http, admin, name="ann"))["key"]

    refused = await call(http, "create_key", agent, name="eve", namespace="team-b")
    strange = await call(http, "create_key", admin, name="eve", namespace="../../etc")
    unknown = await call(http, "get_keys", admin, namespace="team-b")

    assert (refused.status_code, strange.status_code, unknown.status_code) == (403, 400, 404)
    assert list(server.door.namespaces) == ["default"]


# The secret.


async def test_secrets_reach_neither_files_nor_logs_nor_errors(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    texts: list[str] = []
    secrets: list[str] = []
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0, access_log=True)
    async with serve(settings) as serving, httpx2.AsyncClient(base_url=serving.url) as http:
        secrets.append(await first_key(serving.door))
        admin = await make_key(http, name="ada", role="admin", request_id="r-1")
        there = await make_key(http, admin["key"], name="eve", namespace="team-b")
        rotated = await call(
            http, "rotate_key", admin["key"], key_id=there["key_id"], namespace="team-b"
        )
        token = (await call(http, "create_token", admin["key"])).json()["token"]
        secrets += [admin["key"], there["key"], rotated.json()["key"], token]
        for key in [*secrets, secrets[1] + "0", secrets[1][:-1]]:
            for verb, body in (
                ("fly", {}),
                ("create_task", {"title": 7}),
                ("revoke_key", {"key_id": key}),
            ):
                texts.append((await call(http, verb, key, **body)).text)
        texts += [(await call(http, "read_log", admin["key"])).text]
        texts += [(await http.get("/metrics", headers=bearer(admin["key"]))).text]
    out, err = capfd.readouterr()
    texts += [caplog.text, out, err]
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".secret"]
    assert len(files) >= 2
    texts += [path.read_bytes().decode("latin-1") for path in files]

    for secret in secrets:
        found = [text for text in texts if secret.rpartition("_")[2].rpartition(".")[2] in text]
        assert [text[:200] for text in found if secret not in _echoes(text)] == []


def _echoes(text: str) -> str:
    """The id that a caller gave, where a refusal names it."""
    try:
        error = msgspec.json.decode(text)["error"]
    except (msgspec.DecodeError, KeyError, TypeError):
        return ""
    return str(error["details"].get("key_id", ""))


async def test_the_secret_stands_beside_the_ledger_for_its_owner_alone(tmp_path: Path) -> None:
    store = tmp_path / "fleet.db"
    async with serve(Settings(store=str(store), port=0)) as serving:
        key = await first_key(serving.door)
    secret = tmp_path / "fleet.db.secret"

    assert secret.stat().st_mode & 0o777 == 0o600
    async with serve(Settings(store=str(store), port=0)) as serving:
        assert serving.door.admit(key).role == "admin"
    secret.unlink()
    async with serve(Settings(store=str(store), port=0)) as serving:
        with pytest.raises(Unauthenticated):
            serving.door.admit(key)


async def test_a_secret_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    store = tmp_path / "fleet.db"
    secret = tmp_path / "fleet.db.secret"
    for content, mode, word in ((b"x" * 64, 0o644, "chmod 600"), (b"short", 0o600, "no secret")):
        secret.write_bytes(content)
        secret.chmod(mode)
        with pytest.raises(StoreError, match=word):
            async with serve(Settings(store=str(store), port=0)):
                pass


async def test_the_environment_gives_the_secret_instead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTERLOCK_SECRET", "s" * 32)
    settings = Settings(store=str(tmp_path / "fleet.db"), port=0)
    async with serve(settings) as serving:
        key = await first_key(serving.door)
    assert not (tmp_path / "fleet.db.secret").exists()
    async with serve(settings) as serving:
        assert serving.door.admit(key).role == "admin"

    monkeypatch.setenv("INTERLOCK_SECRET", "short")
    with pytest.raises(StoreError, match="at least 32"):
        async with serve(settings):
            pass
