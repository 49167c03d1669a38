"""The board tells from the log alone where each document is and how it ended."""

from collections.abc import AsyncIterator

import pytest

import interlock
from interlock import Plane
from interlock.demo.board import Board, Claimed
from interlock.demo.intake import Intake
from interlock.demo.roles import ASPECTS, EXTRACTION, FILE, READ, READER, SUMMARY

DOCUMENT = Intake("document-1", source="letter.txt", path="/letter.txt", capability="txt")


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with interlock.open(":memory:") as plane:
        yield plane


@pytest.fixture
def board() -> Board:
    return Board([DOCUMENT])


async def follow(plane: Plane, board: Board) -> list[Claimed]:
    page = await plane.read_log(after=board.events, limit=1_000)
    noted = [board.note(entry.pos, entry.body) for entry in page.entries]
    return [claimed for claimed in noted if claimed is not None]


async def create(plane: Plane, queue: str) -> str:
    title = f"{queue} letter.txt"
    task = await plane.create_task(title, queue=queue, run_id=DOCUMENT.id, attempts_max=1)
    return task.task_id


async def end(plane: Plane, queue: str, *, error: str = "", is_final: bool = True) -> str:
    """Creates a task and ends it: with a result or, with `error`, as a dead letter."""
    task_id = await create(plane, queue)
    claim = await plane.claim_task(task_id=task_id, agent=READER)
    assert claim
    if error:
        error_class = "PERMANENT" if is_final else "TRANSIENT"
        await plane.fail_task(task_id, fence=claim.fence, error_class=error_class, error=error)
    else:
        await plane.complete_task(task_id, fence=claim.fence, result={})
    return task_id


async def test_a_filed_document_is_complete_once_all_its_tasks_have_ended(
    plane: Plane, board: Board
) -> None:
    await end(plane, READ)
    filed = ""
    for queue in (*(aspect.queue for aspect in ASPECTS), FILE):
        await follow(plane, board)
        assert not board.is_complete
        assert board.endless == [DOCUMENT]
        filed = await end(plane, queue)
    await follow(plane, board)
    assert board.is_complete
    assert board.ends[DOCUMENT.id].task_id == filed
    assert board.passed == dict.fromkeys((READ, FILE, *(a.queue for a in ASPECTS)), 1)
    assert (board.dead, board.doubled, board.endless) == (0, 0, [])


async def test_an_end_does_not_hide_work_that_is_still_open(plane: Plane, board: Board) -> None:
    await end(plane, READ)
    await end(plane, EXTRACTION.queue, error="tiers_exhausted: none")
    await follow(plane, board)
    assert board.ends
    assert not board.is_complete, "the other aspects have yet to be asked for"
    for aspect in ASPECTS[1:]:
        open_task = await create(plane, aspect.queue)
    await follow(plane, board)
    assert not board.is_complete
    await end(plane, ASPECTS[1].queue)
    await plane.cancel_task(open_task)
    await follow(plane, board)
    assert not board.is_complete, "one is open"


async def test_a_dead_letter_carries_the_reason_of_the_agent(plane: Plane, board: Board) -> None:
    await end(plane, READ, error="too_large: 9 bytes: the limit is 8")
    await follow(plane, board)
    found = board.ends[DOCUMENT.id]
    assert (found.outcome, found.reason) == ("dead_letter", "too_large")
    assert found.detail == "9 bytes: the limit is 8"
    assert board.dead == 1
    assert board.is_complete


@pytest.mark.parametrize("error", ["ValueError: broken", "no colon", "two words: detail"])
async def test_a_dead_letter_without_a_reason_of_its_own_is_told_apart(
    plane: Plane, board: Board, error: str
) -> None:
    await end(plane, READ, error=error, is_final=False)
    await follow(plane, board)
    found = board.ends[DOCUMENT.id]
    assert (found.reason, found.detail) == ("given_up", error)


async def test_a_summary_that_is_given_up_does_not_end_its_document(
    plane: Plane, board: Board
) -> None:
    await end(plane, SUMMARY.queue, error="tiers_exhausted: none")
    await follow(plane, board)
    assert board.ends == {}


async def test_a_second_result_of_a_document_is_counted_as_a_double(
    plane: Plane, board: Board
) -> None:
    await end(plane, FILE)
    await end(plane, FILE)
    await follow(plane, board)
    assert board.doubled == 1


async def test_a_process_is_seen_at_work_idle_killed_and_gone(plane: Plane, board: Board) -> None:
    await plane.open_session("session-1", agent=READER)
    task_id = await create(plane, READ)
    claim = await plane.claim_task(task_id=task_id, agent=READER, session="session-1")
    assert claim
    claimed = Claimed(READER, "session-1", task_id=task_id, fence=claim.fence)
    assert await follow(plane, board) == [claimed]
    process = board.processes["session-1"]
    assert (process.state, process.task) == ("working", "read letter.txt")
    await plane.release_task(task_id, fence=claim.fence)
    await follow(plane, board)
    assert (process.state, process.task) == ("idle", "")
    again = await plane.claim_task(task_id=task_id, agent=READER, session="session-1")
    assert again
    await plane.complete_task(task_id, fence=again.fence)
    await follow(plane, board)
    assert (process.state, process.done) == ("idle", 1)
    assert board.retries == {READER: 1}
    assert board.attempts() == {DOCUMENT.id: 2}
    board.kill("session-1")
    await plane.close_session("session-1", agent=READER)
    await follow(plane, board)
    assert process.state == "killed"


async def test_work_that_belongs_to_no_document_is_passed_over(plane: Plane, board: Board) -> None:
    await plane.publish_event("weather", payload={"rain": True})
    await plane.send_message(READER, message_type="STATUS", agent=READER)
    await follow(plane, board)
    assert board.ends == {}
    assert board.events > 0
