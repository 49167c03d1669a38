"""No ring is lost, and no waiter waits for ever."""

import asyncio

from interlock.store.bell import Bell


async def test_a_ring_between_the_look_and_the_wait_is_not_lost() -> None:
    bell = Bell()
    seen = bell.rung
    bell.ring()
    assert await bell.wait(seen=seen, timeout_s=60.0)


async def test_everyone_who_waits_is_woken() -> None:
    bell = Bell()
    waiting = [asyncio.create_task(bell.wait(seen=0, timeout_s=60.0)) for _ in range(10)]
    await asyncio.sleep(0)
    await asyncio.get_running_loop().run_in_executor(None, bell.ring)
    assert await asyncio.gather(*waiting) == [True] * 10


async def test_a_wait_ends_with_its_time() -> None:
    assert not await Bell().wait(seen=0, timeout_s=0.001)


async def test_a_ring_in_the_moment_of_cancellation_disturbs_nobody() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(seen=0, timeout_s=60.0))
    await asyncio.sleep(0)
    bell.ring()
    waiting.cancel()
    await asyncio.wait([waiting])
    bell.ring()
    assert bell.rung == 2


def test_a_waiter_whose_loop_has_ended_is_passed_over() -> None:
    bell = Bell()

    async def wait_and_leave() -> None:
        waiting = asyncio.ensure_future(bell.wait(seen=0, timeout_s=60.0))
        await asyncio.sleep(0)
        waiting.cancel()

    asyncio.run(wait_and_leave())
    bell.ring()
    assert bell.rung == 1
