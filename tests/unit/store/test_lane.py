"""A lane does what it was asked for in order, whatever becomes of those who asked."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from interlock.store.contract import StoreError
from interlock.store.lane import PAUSE_S, Lane


def nothing() -> None:
    """The last work."""


@pytest_asyncio.fixture
async def lane() -> AsyncIterator[Lane]:
    lane = Lane("lane under test")
    yield lane
    await lane.close(nothing)


async def test_work_is_done_in_the_order_asked_for_and_in_one_thread(lane: Lane) -> None:
    asked = [
        lane.run(lambda number=number: (number, threading.get_ident())) for number in range(50)
    ]
    answers = await asyncio.gather(*asked)
    assert [number for number, _ in answers] == list(range(50))
    assert len({thread for _, thread in answers}) == 1


async def test_an_error_goes_to_the_one_who_asked_and_the_lane_goes_on(lane: Lane) -> None:
    with pytest.raises(ZeroDivisionError):
        await lane.run(lambda: 1 / 0)
    assert await lane.run(lambda: 5) == 5


@pytest.mark.parametrize("is_failing", [False, True])
async def test_work_of_a_cancelled_caller_is_done_all_the_same(
    lane: Lane, is_failing: bool
) -> None:
    done = threading.Event()

    def work() -> float:
        done.set()
        return 1 / 0 if is_failing else 1.0

    asking = asyncio.create_task(lane.run(work))
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await lane.run(nothing)
    assert done.is_set()


async def test_a_loop_that_never_rests_pauses_for_work_that_takes_long(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    done = threading.Event()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            done.set()

    monkeypatch.setattr(time, "sleep", pause)
    assert await lane.run(done.wait)
    assert pauses == [PAUSE_S] * 3


async def test_closing_twice_even_at_once_does_the_last_work_once() -> None:
    lane, calls = Lane("lane under test"), []
    await asyncio.gather(lane.close(lambda: calls.append(1)), lane.close(lambda: calls.append(2)))
    await lane.close(lambda: calls.append(3))
    assert calls == [1]
    with pytest.raises(StoreError, match="closed"):
        await lane.run(nothing)


def test_a_lane_can_be_closed_from_another_event_loop() -> None:
    async def open_and_leave() -> Lane:
        lane = Lane("lane under test")
        await lane.run(nothing)
        return lane

    async def close_twice(lane: Lane) -> None:
        await lane.close(nothing)

    lane = asyncio.run(open_and_leave())
    asyncio.run(close_twice(lane))
    asyncio.run(close_twice(lane))
    assert "lane under test" not in [thread.name for thread in threading.enumerate()]


def test_an_answer_to_a_loop_that_has_ended_is_dropped() -> None:
    release = threading.Event()

    async def ask_and_leave() -> Lane:
        lane = Lane("lane under test")
        asking = asyncio.ensure_future(lane.run(release.wait))
        await asyncio.sleep(0)
        asking.cancel()
        return lane

    lane = asyncio.run(ask_and_leave())
    release.set()
    asyncio.run(lane.close(nothing))
    assert "lane under test" not in [thread.name for thread in threading.enumerate()]


async def test_its_own_work_that_fails_is_logged_and_stops_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def tidy(is_busy: bool) -> float | None:
        raise ValueError("planned")

    lane = Lane("lane under test", tidy=tidy)
    with caplog.at_level(logging.ERROR):
        assert await lane.run(lambda: 1) == 1
        assert await lane.run(lambda: 2) == 2
        await lane.close(nothing)
    assert "lane under test could not do its own work" in caplog.text


async def test_its_own_work_is_done_after_each_job_and_when_none_comes() -> None:
    loop = asyncio.get_running_loop()
    rested = asyncio.Event()
    seen: list[bool] = []

    def tidy(is_busy: bool) -> float | None:
        seen.append(is_busy)
        if not is_busy:
            loop.call_soon_threadsafe(rested.set)
        return 0.001 if is_busy else None

    lane = Lane("lane under test", tidy=tidy)
    await lane.run(nothing)
    await rested.wait()
    await lane.close(nothing)
    assert seen[:2] == [True, False]


async def test_a_lane_whose_thread_is_gone_refuses_instead_of_waiting_for_ever(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as after_fork:
        after_fork.setattr(lane._thread, "is_alive", lambda: False)
        with pytest.raises(StoreError, match="after the fork"):
            await lane.run(nothing)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
async def test_a_forked_child_is_refused_instead_of_waiting_for_ever(lane: Lane) -> None:
    told, out = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            lane.run(nothing).send(None)
        except StoreError as error:
            os.write(out, str(error).encode())
        os._exit(0)
    os.close(out)
    os.waitpid(child, 0)
    with os.fdopen(told) as answer:
        assert "fork" in answer.read()
