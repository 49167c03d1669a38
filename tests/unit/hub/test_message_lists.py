"""Looking for messages without taking them: threads, what nobody read, what nobody settled in time."""

from typing import Any

import pytest

from interlock.hub import listing
from interlock.kernel.mail import listing as kernel_listing
from tests.unit.hub.stage import Stage


async def send(stage: Stage, target: str, **fields: Any) -> str:
    sent = await stage.do(
        "send_message", **{"agent": "boss", "target": target, "message_type": "DIRECTIVE", **fields}
    )
    id: str = sent.message_id
    return id


async def every(stage: Stage, **fields: Any) -> list[str]:
    found: list[str] = []
    cursor = ""
    while True:
        page = await stage.do("search_messages", cursor=cursor, **fields)
        found += [item.id for item in page.items]
        cursor = page.cursor
        if not cursor:
            return found


async def test_looking_hands_nothing_out(stage: Stage) -> None:
    assert not await stage.do("search_messages")
    id = await send(stage, "ada", message="m" * 600, payload=[1])
    [item] = (await stage.do("search_messages")).items
    assert (item.id, len(item.text), item.has_payload, item.is_open) == (id, 500, True, True)
    assert (item.open_count, item.waiting_count, item.overdue_count) == (1, 1, 0)
    [read] = (await stage.do("get_messages", agent="ada")).items
    assert (read.id, read.delivery_count) == (id, 1)


async def test_each_filter_selects(stage: Stage) -> None:
    first = await send(stage, "ada")
    second = await send(stage, "bea", agent="carl", message_type="QUERY", thread_id="t")
    assert await every(stage) == [second, first]
    assert await every(stage, order="oldest") == [first, second]
    for fields in (
        {"thread_id": "t"},
        {"source": "carl"},
        {"recipient": "bea"},
        {"message_type": "QUERY"},
    ):
        assert await every(stage, **fields) == [second]
    [read] = (await stage.do("get_messages", agent="bea")).items
    assert await every(stage, status="handed_out") == [second]
    assert await every(stage, status="waiting") == [first]
    await stage.do("ack_message", receipt=read.receipt, agent="bea")
    assert await every(stage) == [first, second]
    assert await every(stage, status="open") == [first]
    assert await every(stage, status="closed") == [second]
    assert await every(stage, status="closed", recipient="bea") == [second]
    assert await every(stage, status="closed", recipient="ada") == []
    [closed] = (await stage.do("search_messages", thread_id="t")).items
    assert not closed.is_open


async def test_what_was_handed_out_and_not_settled_in_time_is_overdue(stage: Stage) -> None:
    id = await send(stage, "ada")
    await send(stage, "bea")
    await stage.do("get_messages", agent="ada", visibility_s=1)
    assert await every(stage, is_overdue=True) == []
    assert (await stage.do("get_fleet")).messages_overdue == 0
    await stage.do("claim_task", queue="nothing comes here", wait_s=2)
    [item] = (await stage.do("search_messages", is_overdue=True)).items
    assert (item.id, item.overdue_count) == (id, 1)
    assert (await stage.do("get_fleet")).messages_overdue == 1
    await stage.restart()
    assert await every(stage, is_overdue=True) == [id]
    [read] = (await stage.do("get_messages", agent="ada", visibility_s=50)).items
    [again] = (await stage.do("search_messages", is_overdue=True)).items
    assert again.deliveries[0].visible_in_ms == 50_000
    await stage.do("ack_message", receipt=read.receipt, agent="ada")
    assert await every(stage, is_overdue=True) == []
    assert (await stage.do("get_fleet")).messages_overdue == 0


async def test_a_groups_message_shows_who_has_not_settled_it(stage: Stage) -> None:
    for name in ("ada", "bea", "carl"):
        await stage.do("register_agent", agent=name, groups=["g"])
    id = await send(stage, "group:g")
    [read] = (await stage.do("get_messages", agent="bea")).items
    await stage.do("ack_message", receipt=read.receipt, agent="bea")
    [item] = (await stage.do("search_messages", recipient="ada")).items
    assert [each.recipient for each in item.deliveries] == ["ada", "carl"]
    assert (item.id, item.recipient_count, item.open_count) == (id, 3, 2)
    assert await every(stage, recipient="bea") == []
    await stage.restart()
    [item] = (await stage.do("search_messages")).items
    assert sorted(each.recipient for each in item.deliveries) == ["ada", "carl"]
    for name in ("ada", "carl"):
        [read] = (await stage.do("get_messages", agent=name)).items
        await stage.do("ack_message", receipt=read.receipt, agent=name)
    assert await every(stage, status="open") == []
    assert await every(stage) == [id]


async def test_pages_go_on_where_the_last_one_ended(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_listing, "LOOKS_MAX", 2)
    monkeypatch.setattr(listing, "SLICES_MAX", 2)
    ids = [await send(stage, "ada", thread_id=f"t{number}") for number in range(7)]
    assert await every(stage, limit=2) == ids[::-1]
    assert await every(stage, thread_id="t0") == ids[:1]
    assert (await stage.do("search_messages", cursor="?")).code == "invalid"


async def test_a_dead_letter_brought_back_is_open_again(stage: Stage) -> None:
    id = await send(stage, "ada", ttl_s=1)
    await stage.do("claim_task", queue="nothing comes here", wait_s=2)
    assert await every(stage, status="closed") == [id]
    await stage.do("redrive_dead_letters", ids=[f"{id}/ada"])
    assert await every(stage, status="waiting") == [id]
