"""The story of one task holds all of it, and nothing of others."""

import pytest

from interlock.kernel.timeline import entry_of
from interlock.observe.timeline import timeline
from interlock.store.contract import Record
from interlock.store.memory import MemoryStore
from tests.unit.observe.scribe import Scribe

Ids = dict[str, str]


async def types_of(store: MemoryStore, task_id: str) -> list[str]:
    return [entry.type for entry in await timeline(store, task_id)]


async def test_a_task_tells_its_whole_story(store: MemoryStore, ids: Ids) -> None:
    assert await types_of(store, ids["done"]) == [
        "TaskCreated",
        "TaskClaimed",
        "StepRecorded",
        "TaskCheckpointed",
        "LeaseExtended",
        "TaskCompleted",
        "TaskUnblocked",
        "StaleWriteRefused",
    ]


async def test_a_dead_task_tells_who_was_told_of_it(store: MemoryStore, ids: Ids) -> None:
    assert (await types_of(store, ids["dead"]))[-3:] == [
        "LeaseExpired",
        "TaskDied",
        "EscalationRaised",
    ]


async def test_the_entries_carry_position_time_and_facts(store: MemoryStore, ids: Ids) -> None:
    entries = await timeline(store, ids["cancelled"])
    assert [entry.pos for entry in entries] == sorted(entry.pos for entry in entries)
    assert entries[0].fields["task"]["title"] == "taken back"
    assert all(entry.at_us > 0 for entry in entries)


async def test_tasks_whose_names_begin_alike_are_kept_apart(
    store: MemoryStore, scribe: Scribe
) -> None:
    for number in range(12):
        await scribe.do("create_task", title=f"task-0-1 {number}", instructions='"task-0-1"')
    assert len(await timeline(store, "task-0-1")) == 1
    assert len(await timeline(store, "task-0-11")) == 1


@pytest.mark.parametrize(
    "task_id", ["task-0-999", "task-0-1", "task", "", "task-0-²", "task-0-" + "9" * 30, '"']
)
async def test_a_task_that_is_not_there_has_no_story(
    store: MemoryStore, ids: Ids, task_id: str
) -> None:
    assert await timeline(store, task_id) == []


@pytest.mark.parametrize("body", ["not json", "[]", '{"type":5,"at_us":"soon"}', "{}"])
def test_a_text_that_is_no_event_is_shown_all_the_same(body: str) -> None:
    entry = entry_of(Record(pos=3, body=body))
    assert (entry.pos, entry.type, entry.at_us) == (3, "?", 0)
