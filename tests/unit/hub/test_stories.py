"""What happened to a task, and what topics, subscriptions and schedules there are."""

import pytest

from interlock.hub import story
from tests.unit.hub.stage import Stage


async def test_a_story_tells_who_held_the_task_how_long_and_why_it_went_on(stage: Stage) -> None:
    await stage.do("open_session", session="s", agent="ada")
    task = await stage.do("create_task", title="a", agent="boss", attempts_max=3)
    await stage.do("create_task", title="another")
    first = await stage.do("claim_task", agent="ada", session="s", task_id=task.task_id)
    await stage.do("claim_task", queue="nothing comes here", wait_s=2)
    await stage.do(
        "fail_task", task_id=task.task_id, fence=first.fence, error="no luck", agent="ada"
    )
    second = await stage.do("claim_task", wait_s=50, agent="bea", task_id=task.task_id)
    while second.__class__.__name__ == "Refusal":
        await stage.do("claim_task", queue="nothing comes here", wait_s=1)
        second = await stage.do("claim_task", agent="bea", task_id=task.task_id)
    stale = await stage.do("complete_task", task_id=task.task_id, fence=first.fence, agent="ada")
    assert stale.code == "stale_fence"
    await stage.do("complete_task", task_id=task.task_id, fence=second.fence, agent="bea")
    told = await stage.do("get_timeline", task_id=task.task_id)
    assert [each.type for each in told.entries] == [
        "TaskCreated",
        "TaskClaimed",
        "TaskAttemptFailed",
        "TaskBecameDue",
        "TaskClaimed",
        "StaleWriteRefused",
        "TaskCompleted",
    ]
    created, claimed, failed, due, again, refused, done = told.entries
    assert created.position == 2
    assert (claimed.agent, claimed.session, claimed.attempt) == ("ada", "s", 1)
    assert (failed.agent, failed.fence, failed.held_ms) == ("ada", first.fence, 2_000)
    assert failed.cause == "TRANSIENT: no luck"
    assert due.cause == "its time had come"
    assert (again.agent, again.attempt) == ("bea", 2)
    assert f"the latest was {second.fence}" in refused.cause
    assert (done.agent, done.fence, done.attempt) == ("bea", second.fence, 2)
    assert told.next_after == 0


async def test_a_story_names_the_need_and_the_reason(stage: Stage) -> None:
    need = await stage.do("create_task", title="a")
    task = await stage.do("create_task", title="b", needs=[need.task_id], lease_s=1, attempts_max=1)
    claim = await stage.do("claim_task", task_id=need.task_id)
    await stage.do("complete_task", task_id=need.task_id, fence=claim.fence)
    await stage.do("claim_task", task_id=task.task_id)
    await stage.do("claim_task", queue="nothing comes here", wait_s=5)
    told = await stage.do("get_timeline", task_id=task.task_id)
    causes = {each.type: each.cause for each in told.entries}
    assert causes["TaskUnblocked"] == f"{need.task_id} was done"
    assert causes["LeaseExpired"].startswith("TIMEOUT")
    assert "exhausted" in causes["EscalationRaised"]
    other = await stage.do("create_task", title="c", deadline=1)
    await stage.do("claim_task", queue="nothing comes here", wait_s=5)
    told = await stage.do("get_timeline", task_id=other.task_id)
    assert told.entries[1].cause.startswith("TIMEOUT: its deadline passed")


async def test_a_long_story_is_told_in_parts(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(story, "EVENTS_PER_SLICE", 3)
    monkeypatch.setattr(story, "EVENTS_MAX", 6)
    task = await stage.do("create_task", title="a")
    for _ in range(10):
        claim = await stage.do("claim_task", task_id=task.task_id)
        await stage.do("create_task", title="between")
        await stage.do("release_task", task_id=task.task_id, fence=claim.fence)
    positions: list[int] = []
    after = 0
    while True:
        told = await stage.do("get_timeline", task_id=task.task_id, after=after, limit=2)
        positions += [each.position for each in told.entries]
        after = told.next_after
        if not after:
            break
    whole = [1, *(pos for number in range(10) for pos in (3 * number + 2, 3 * number + 4))]
    assert positions == whole


@pytest.mark.parametrize("task_id", ["task-0-1", "task-0-9", "task", "x-1", '"'])
async def test_an_unknown_task_has_no_story(stage: Stage, task_id: str) -> None:
    await stage.do("open_session", session="task-0-1", agent="ada")
    assert (await stage.do("get_timeline", task_id=task_id)).code == "not_found"


async def test_topics_are_listed_by_name_with_their_last_event(stage: Stage) -> None:
    for topic in ("b", "a", "b", "c"):
        await stage.do("publish_event", topic=topic, agent="x")
    await stage.do("subscribe", topic="b", group="g")
    await stage.do("subscribe", topic="b", group="h")
    page = await stage.do("get_topics", limit=2)
    assert [(each.topic, each.last_position) for each in page.items] == [("a", 2), ("b", 3)]
    assert [each.subscription_count for each in page.items] == [0, 2]
    rest = await stage.do("get_topics", limit=2, cursor=page.cursor)
    assert [each.topic for each in rest.items] == ["c"]
    assert not rest.cursor
    assert not await stage.do("get_topics", cursor="c")
    [group] = (await stage.do("get_subscriptions", group="h")).items
    assert (group.topic, group.group, group.cursor) == ("b", "h", 5)
    assert len((await stage.do("get_subscriptions", topic="b")).items) == 2
    assert not await stage.do("get_subscriptions", topic="a")
    first = await stage.do("get_subscriptions", limit=1)
    [second] = (await stage.do("get_subscriptions", limit=1, cursor=first.cursor)).items
    assert (first.items[0].group, second.group) == ("g", "h")


async def test_schedules_are_listed_with_what_they_do_next(stage: Stage) -> None:
    await stage.do("create_schedule", name="b", task={"title": "t"}, every_s=60)
    await stage.do("create_schedule", name="a", task={"title": "u", "queue": "q"}, cron="0 * * * *")
    await stage.do("create_schedule", name="c", task={"title": "v"}, at=30, paused=True)
    page = await stage.do("get_schedules", limit=2)
    assert [each.name for each in page.items] == ["a", "b"]
    assert (page.items[1].every_s, page.items[1].next_in_ms) == (60.0, 60_000)
    [paused] = (await stage.do("get_schedules", status="paused")).items
    assert (paused.name, paused.next_in_ms) == ("c", 0)
    assert [each.name for each in (await stage.do("get_schedules", queue="q")).items] == ["a"]
    assert not await stage.do("get_schedules", queue=["none"])
