"""The orchestrator knows from the topics alone which document can be filed."""

from collections.abc import AsyncIterator

import pytest

import interlock
from interlock import Plane
from interlock.demo.orchestrator import FileOrder, Gathering
from interlock.demo.roles import ASPECTS, CLASSIFICATION, EXTRACTION, SUMMARY, Aspect

DOCUMENT = "document-1"


@pytest.fixture
async def plane() -> AsyncIterator[Plane]:
    async with interlock.open(":memory:") as plane:
        yield plane


async def begin(plane: Plane, aspect: Aspect) -> tuple[str, int]:
    task = await plane.create_task("answer", queue=aspect.queue, run_id=DOCUMENT, attempts_max=1)
    claim = await plane.claim_task(task_id=task.task_id)
    assert claim
    return task.task_id, claim.fence


async def answer(plane: Plane, aspect: Aspect) -> str:
    task_id, fence = await begin(plane, aspect)
    await plane.publish_event(
        aspect.topic, payload={"source": "a.txt"}, key=DOCUMENT, task_id=task_id, fence=fence
    )
    return task_id


async def give_up(plane: Plane, aspect: Aspect) -> None:
    task_id, fence = await begin(plane, aspect)
    await plane.fail_task(task_id, fence=fence, error_class="PERMANENT", error="no: way")


async def order_of_a_fresh_process(plane: Plane) -> FileOrder | None:
    gathering = Gathering()
    await gathering.catch_up(plane)
    return gathering.order_for(DOCUMENT)


async def test_a_document_is_ordered_when_its_three_answers_are_there(plane: Plane) -> None:
    gathering = Gathering()
    tasks: dict[str, str] = {}
    for aspect in ASPECTS:
        await gathering.catch_up(plane)
        assert gathering.order_for(DOCUMENT) is None
        tasks[aspect.name] = await answer(plane, aspect)
    await gathering.catch_up(plane)
    order = gathering.order_for(DOCUMENT)
    assert order == FileOrder(DOCUMENT, source="a.txt", **tasks)
    assert order.needs == tuple(tasks.values())
    assert await order_of_a_fresh_process(plane) == order


async def test_a_document_whose_summary_was_given_up_is_filed_without_it(plane: Plane) -> None:
    await answer(plane, EXTRACTION)
    await answer(plane, CLASSIFICATION)
    assert await order_of_a_fresh_process(plane) is None
    await give_up(plane, SUMMARY)
    order = await order_of_a_fresh_process(plane)
    assert order is not None
    assert order.summary == ""
    assert order.needs == (order.extraction, order.classification)


@pytest.mark.parametrize("aspect", [EXTRACTION, CLASSIFICATION], ids=lambda aspect: aspect.name)
async def test_a_document_that_lost_a_critical_answer_is_not_filed(
    plane: Plane, aspect: Aspect
) -> None:
    for other in ASPECTS:
        if other is aspect:
            await give_up(plane, other)
        else:
            await answer(plane, other)
    assert await order_of_a_fresh_process(plane) is None


async def test_more_answers_than_one_page_are_all_read(plane: Plane) -> None:
    for number in range(230):
        await plane.publish_event(
            EXTRACTION.topic, payload={"source": "b.txt"}, key=f"other-{number}"
        )
    for aspect in ASPECTS:
        await answer(plane, aspect)
    assert await order_of_a_fresh_process(plane) is not None
