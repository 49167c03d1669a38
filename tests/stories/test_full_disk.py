"""When there is no room for new work, work in hand is still brought to its end, and nothing acknowledged is lost."""

import asyncio
from pathlib import Path

import pytest

import interlock
from interlock import Plane, Unavailable
from interlock.kernel.task.claim import Claim
from interlock.observe.verify import verify_ledger
from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore

MIB = 1024 * 1024
SMALL = SqliteOptions(ledger_bytes_max=4 * MIB, headroom_bytes=2 * MIB)
LARGE = SqliteOptions(ledger_bytes_max=64 * MIB, headroom_bytes=2 * MIB)
PAYLOAD = {"text": "x" * 30_000}
TRIES_MAX = 200


async def fill(plane: Plane) -> list[str]:
    """Brings tasks until one is refused; the ids of those that were acknowledged."""
    ids: list[str] = []

    async def bring_without_end() -> None:
        while len(ids) < TRIES_MAX:
            ids.append((await plane.create_task("large", payload=PAYLOAD)).task_id)

    with pytest.raises(Unavailable, match=r"disk_full.*make room"):
        await bring_without_end()
    return ids


async def test_a_full_disk_refuses_new_work_and_lets_the_fleet_finish(tmp_path: Path) -> None:
    path = tmp_path / "small.ledger"
    async with interlock.open(path, options=SMALL) as plane:
        sent = await plane.send_message("bob", message_type="STATUS", message="hi", agent="ann")
        ids = await fill(plane)
        assert len(ids) > 10
        assert (path.stat().st_size) <= SMALL.ledger_bytes_max

        done = []
        while claim := await plane.claim_task(agent="worker"):
            assert isinstance(claim, Claim)
            await plane.extend_lease(claim.task_id, fence=claim.fence, progress={"step": 1})
            await plane.complete_task(claim.task_id, fence=claim.fence, result={"ok": True})
            done.append(claim.task_id)
        assert sorted(done) == sorted(ids)

        (mail,) = (await plane.get_messages(agent="bob")).items
        assert mail.id == sent.message_id
        await plane.ack_message(mail.receipt, agent="bob")

        for refused in (
            plane.create_task("more"),
            plane.send_message("bob", message_type="STATUS", agent="ann"),
            plane.publish_event("news", agent="ann"),
            plane.put_blob(b"bytes"),
        ):
            with pytest.raises(Unavailable, match="disk_full"):
                await refused
        assert (await plane.get_queue("default")).counts.get("ready", 0) == 0


async def test_a_client_on_the_socket_is_told_the_same(tmp_path: Path) -> None:
    path = tmp_path / "small.ledger"
    async with interlock.open(path, options=SMALL), interlock.connect(path) as client:
        ids = await fill(client)
        claim = await client.claim_task()
        assert claim.task_id == ids[0]
        await client.complete_task(claim.task_id, fence=claim.fence)


async def test_after_room_was_made_work_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "small.ledger"
    async with interlock.open(path, options=SMALL) as plane:
        ids = await fill(plane)
        claim = await plane.claim_task()
        await plane.complete_task(claim.task_id, fence=claim.fence, result=1)
    async with interlock.open(path, options=SMALL) as plane:
        little = await fill(plane)
        assert len(little) <= 2
        ids += little
    async with interlock.open(path, options=LARGE) as plane:
        assert (await plane.get_task(ids[0])).result == 1
        for id in ids[1:]:
            assert (await plane.get_task(id)).payload == PAYLOAD
        more = await plane.create_task("room again", payload=PAYLOAD)
        assert (await plane.get_queue("default")).counts == {"ready": len(ids)}
        assert (await plane.claim_task(task_id=more.task_id)).title == "room again"
    store = await SqliteStore.open(path)
    try:
        proof = await verify_ledger(store)
    finally:
        await store.close()
    assert proof.holds, proof


async def test_callers_who_are_refused_together_are_all_told(tmp_path: Path) -> None:
    """One commit of many: those of them that bring new work are refused, the others are carried out."""
    path = tmp_path / "small.ledger"
    async with interlock.open(path, options=SMALL) as plane:
        await plane.create_task("in hand")
        claim = await plane.claim_task()
        new = [
            asyncio.ensure_future(plane.create_task(str(n), payload=PAYLOAD))
            for n in range(TRIES_MAX)
        ]
        done = asyncio.ensure_future(plane.complete_task(claim.task_id, fence=claim.fence))
        outcomes = await asyncio.gather(*new, return_exceptions=True)
        assert (await done).status == "done"
        refused = [each for each in outcomes if isinstance(each, Unavailable)]
        assert {each.code for each in refused} == {"disk_full"}
        acknowledged = [each.task_id for each in outcomes if not isinstance(each, BaseException)]
        assert len(refused) + len(acknowledged) == TRIES_MAX
        assert (await plane.get_queue("default")).counts.get("ready", 0) == len(acknowledged)
