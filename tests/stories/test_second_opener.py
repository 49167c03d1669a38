"""A ledger has one owner at a time. Who comes second is told where the owner is, and harms nothing."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock import LedgerInUse
from interlock.observe.verify import verify_ledger
from interlock.store.sqlite import SqliteStore

SECOND = """
import asyncio, json, sys
import interlock

async def main(path):
    try:
        async with interlock.open(path):
            return {"refused": False}
    except interlock.LedgerInUse as error:
        told = {"refused": True, "address": error.address, "message": str(error)}
    async with interlock.connect(told["address"]) as plane:
        ref = await plane.create_task("from the second process")
    return {**told, "task_id": ref.task_id}

print(json.dumps(asyncio.run(main(sys.argv[1]))))
"""

OWNER = """
import asyncio, sys
import interlock

async def main(path):
    async with interlock.open(path) as plane:
        ref = await plane.create_task("acknowledged")
        print(ref.task_id, flush=True)
        await asyncio.get_running_loop().create_future()

asyncio.run(main(sys.argv[1]))
"""


async def second_process(path: Path) -> dict[str, Any]:
    """What a process sees that opens the ledger while somebody else has it."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SECOND, str(path), stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(printed)
    return found


@asynccontextmanager
async def killed_owner(path: Path) -> AsyncIterator[str]:
    """The id of the task that an owner acknowledged before it was killed with SIGKILL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    task_id = (await process.stdout.readline()).decode().strip()
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL
    yield task_id


async def holds(path: Path) -> bool:
    store = await SqliteStore.open(path)
    try:
        return (await verify_ledger(store)).holds
    finally:
        await store.close()


async def test_a_second_process_is_refused_with_the_address_at_which_it_can_connect(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fleet.ledger"
    async with interlock.open(path) as plane:
        await plane.create_task("from the owner")
        seen = await second_process(path)
        assert seen["refused"]
        assert seen["address"] == plane.address
        assert str(path) in seen["message"]
        assert (await plane.get_task(seen["task_id"])).task.title == "from the second process"
        await plane.create_task("the owner goes on")
        assert (await plane.get_queue("default")).counts == {"ready": 3}
    assert await holds(path)


async def test_a_second_opener_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ledger"
    async with interlock.open(path) as plane:
        with pytest.raises(LedgerInUse) as refused:
            async with interlock.open(path):
                raise AssertionError("two owners")
        assert refused.value.address == plane.address
        assert (await plane.create_task("unharmed")).status == "ready"


async def test_the_ledger_of_a_killed_owner_opens_at_once(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ledger"
    async with killed_owner(path) as task_id, interlock.open(path) as plane:
        assert (await plane.get_task(task_id)).task.title == "acknowledged"
        assert (await plane.claim_task()).task_id == task_id
    assert await holds(path)


async def test_the_socket_that_a_killed_owner_left_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ledger"
    async with killed_owner(path) as task_id:
        stale = interlock.plane.socket_path(path)
        assert stale.is_socket()
        with pytest.raises(interlock.CannotConnect):
            async with interlock.connect(path):
                raise AssertionError("nobody is there")
        async with interlock.open(path) as owner, interlock.connect(path) as client:
            assert client.address == owner.address == str(stale)
            assert (await client.get_task(task_id)).status == "ready"
    assert not stale.exists()


async def test_a_killed_owner_and_a_refused_opener_leave_a_whole_ledger_again_and_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "fleet.ledger"
    seen = []
    for _ in range(3):
        async with killed_owner(path) as task_id:
            seen.append(task_id)
        async with interlock.open(path):
            seen.append((await second_process(path))["task_id"])
    assert len(set(seen)) == 6
    async with interlock.open(path) as plane:
        assert (await plane.get_queue("default")).counts == {"ready": 6}
    assert await holds(path)
