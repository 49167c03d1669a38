"""The proof holds for a ledger in order, and names the first position of one that is not."""

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec
import pytest

from interlock.observe.fault import Kind
from interlock.observe.verify import Anchor, Verification, verify_ledger
from interlock.store.contract import Link, Record, Row, StoreError, chain_hash
from interlock.store.memory import MemoryLedger, MemoryStore
from interlock.store.sqlite import SqliteStore
from tests.unit.observe.scribe import Scribe, tell_story

Ids = dict[str, str]


async def fault_of(store: MemoryStore) -> tuple[int, Kind]:
    found = await verify_ledger(store)
    assert found.fault is not None
    assert not found.holds
    return found.fault.pos, found.fault.kind


def replace_row(ledger: MemoryLedger, key: tuple[str, str], **changes: object) -> Row:
    """Puts another row into the place of one; returns the one that was there."""
    row = ledger.rows[key]
    columns = {name: getattr(row, name) for name in Row.__struct_fields__}
    ledger.rows[key] = Row(**{**columns, **changes})
    return row


async def test_a_ledger_in_order_is_whole(store: MemoryStore, ledger: MemoryLedger) -> None:
    found = await verify_ledger(store)
    assert found.holds
    assert found.fault is None
    assert (found.head, found.events) == (ledger.head, ledger.head)
    assert found.hash == ledger.hash.hex()
    assert (found.commits, found.rows) == (len(ledger.links), len(ledger.rows))


async def test_a_ledger_without_events_is_whole(store: MemoryStore) -> None:
    found = await verify_ledger(store)
    assert (found.holds, found.head, found.rows) == (True, 0, 0)


async def test_a_ledger_in_sqlite_is_whole_however_its_json_was_rendered(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "fleet.db")
    scribe = await Scribe.own(store)
    await tell_story(scribe)
    numbers = [1e300, 1.0, -0.0, 0.1, 2**63 - 1, 1e-7, 123456789.123]
    texts = ["\u2028", "\x7f", '"\\/', "\u0000", "🚂", "e\u0301"]
    await scribe.do("create_task", title="odd", payload=[numbers, texts])
    await scribe.do("register_agent", agent="Ünï '☃'", description="\t\n\\u0041 \x01")
    found = await verify_ledger(store)
    await store.close()
    assert found.fault is None
    assert found.rows > 10


async def test_more_events_than_one_batch_are_followed_to_the_end(
    store: MemoryStore, scribe: Scribe
) -> None:
    name: tuple[str, dict[str, object]] = ("register_agent", {"agent": "busy"})
    await scribe.gather([name] * 7_000)
    for _ in range(40):
        await scribe.gather([name] * 200)
    await scribe.do("register_agent", agent="last")
    seen: list[tuple[str, int]] = []
    found = await verify_ledger(store, progress=lambda what, count: seen.append((what, count)))
    assert found.holds
    assert (found.events, found.commits, found.rows) == (15_001, 42, 2)
    assert ("events", 15_001) in seen
    assert ("rows", 2) in seen


async def test_a_changed_event_breaks_the_chain_at_its_commit(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    link = next(link for link in ledger.links if link.last > link.first)
    body = ledger.events[link.last - 1]
    ledger.events[link.last - 1] = body.replace('"at_us":1', '"at_us":2')
    assert await fault_of(store) == (link.first, "chain")


async def test_a_changed_link_breaks_the_chain(store: MemoryStore, ledger: MemoryLedger) -> None:
    ledger.links[4] = msgspec.structs.replace(ledger.links[4], at_us=ledger.links[4].at_us + 1)
    assert await fault_of(store) == (ledger.links[4].first, "chain")


@pytest.mark.parametrize(
    ("field", "change"), [("epoch", lambda link: link.epoch - 1), ("at_us", lambda link: 5)]
)
async def test_an_owner_from_the_past_breaks_the_chain(
    store: MemoryStore, ledger: MemoryLedger, field: str, change: Callable[[Link], int]
) -> None:
    link = ledger.links[-1]
    ledger.links[-1] = msgspec.structs.replace(link, **{field: change(link)})
    assert await fault_of(store) == (link.first, "chain")


async def test_a_text_of_two_lines_breaks_the_chain(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    ledger.events[2] += "\n"
    assert await fault_of(store) == (3, "chain")


class Lossy(MemoryStore):
    """Loses one event, and cannot read another."""

    lost = 0
    damaged = 0

    async def read(
        self, shard: str, *, after: int, limit: int, topic: str | None = None, wait_s: float = 0.0
    ) -> list[Record]:
        found = await super().read(shard, after=after, limit=limit, topic=topic, wait_s=wait_s)
        if self.damaged in [record.pos for record in found]:
            raise StoreError("the page is damaged")
        return [record for record in found if record.pos != self.lost]


async def test_a_missing_event_is_a_gap(store: MemoryStore, ledger: MemoryLedger) -> None:
    lossy = Lossy(store.disk)
    lossy.lost = 9
    assert await fault_of(lossy) == (9, "gap")


async def test_a_missing_end_is_a_gap(store: MemoryStore, ledger: MemoryLedger) -> None:
    lossy = Lossy(store.disk)
    lossy.lost = ledger.head
    assert await fault_of(lossy) == (ledger.head, "gap")


async def test_an_event_that_cannot_be_read_is_named(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    lossy = Lossy(store.disk)
    lossy.damaged = 9
    assert await fault_of(lossy) == (9, "unreadable")


async def test_a_read_that_fails_once_is_not_taken_for_a_whole_ledger(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    class Flaky(MemoryStore):
        has_failed = False

        async def read(self, shard: str, *, after: int, limit: int, **more: object) -> list[Record]:  # type: ignore[override]
            if not self.has_failed:
                self.has_failed = True
                raise StoreError("the disk was away")
            return await super().read(shard, after=after, limit=limit)

    assert await fault_of(Flaky(store.disk)) == (1, "unreadable")


async def test_a_missing_commit_is_a_gap(store: MemoryStore, ledger: MemoryLedger) -> None:
    lost = ledger.links.pop(5)
    assert await fault_of(store) == (lost.first, "gap")


async def test_commits_that_overlap_break_the_chain(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    link = ledger.links[5]
    ledger.links[5] = msgspec.structs.replace(link, first=link.first - 1)
    assert await fault_of(store) == (link.first - 1, "chain")


async def test_events_that_belong_to_no_commit_break_the_chain(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    ledger.events.append(ledger.events[0])
    head = ledger.head

    class Whole(MemoryStore):
        """Shows what stands behind the last commit too."""

        async def read(self, shard: str, *, after: int, limit: int, **more: object) -> list[Record]:  # type: ignore[override]
            texts = ledger.events[after : after + limit]
            return [Record(pos=after + 1 + number, body=text) for number, text in enumerate(texts)]

    assert await fault_of(Whole(store.disk)) == (head + 1, "chain")


@pytest.mark.parametrize(
    "text", ['{"type":"TaskTeleported","at_us":1}', "not json", '{"type":"TaskClaimed","at_us":1}']
)
async def test_an_event_that_nobody_knows_is_named(
    store: MemoryStore, ledger: MemoryLedger, text: str
) -> None:
    head = ledger.head
    valid = '{"type":"AgentRegistered","at_us":1,"agent":"x"}'
    forge(ledger, [valid, text, valid])
    assert await fault_of(store) == (head + 2, "undecodable")


async def test_an_event_that_cannot_follow_is_named_before_a_later_one_that_nobody_knows(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    head = ledger.head
    impossible = '{"type":"TaskCompleted","at_us":1,"task_id":"task-0-999","fence":3}'
    forge(ledger, [impossible, '{"type":"TaskTeleported","at_us":1}'])
    assert await fault_of(store) == (head + 1, "inapplicable")


async def test_a_missing_row_is_named_with_the_event_that_made_it(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids
) -> None:
    row = ledger.rows.pop(("task", ids["done"]))
    found = await verify_ledger(store)
    assert found.fault is not None
    assert (found.fault.pos, found.fault.kind) == (row.pos, "row")
    assert found.fault.message == f"task {ids['done']} is missing"


async def test_a_row_that_no_event_made_is_named(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids
) -> None:
    row = ledger.rows["task", ids["done"]]
    ledger.rows["task", "task-0-77777"] = msgspec.structs.replace(row, id="task-0-77777")
    found = await verify_ledger(store)
    assert found.fault is not None
    assert "task-0-77777 is stored, but the events make no such row" in found.fault.message


@pytest.mark.parametrize("which", ["done", "ready", "dead", "revived", "cancelled"])
@pytest.mark.parametrize(
    ("column", "value"), [("queue", "x"), ("status", "x"), ("pos", 1), ("phase", 7)]
)
async def test_a_row_with_another_column_is_found_in_every_phase(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids, which: str, column: str, value: object
) -> None:
    row = replace_row(ledger, ("task", ids[which]), **{column: value})
    found = await verify_ledger(store)
    assert found.fault is not None
    assert (found.fault.pos, found.rows_wrong) == (row.pos, 1)
    assert f"{column} is {msgspec.json.encode(value).decode()}" in found.fault.message


def every_kind(rows: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list({kind: (kind, id) for kind, id in rows}.values())


async def test_a_changed_body_is_found_in_every_kind_of_row(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    keys = every_kind(list(ledger.rows))
    assert len(keys) >= 7
    for key in keys:
        body = bytes(ledger.rows[key].body)
        forged = body[:-1] + b',"forged":1}'
        before = replace_row(ledger, key, body=msgspec.Raw(forged))
        found = await verify_ledger(store)
        assert found.fault is not None, key
        assert "forged is 1, the events say null" in found.fault.message
        ledger.rows[key] = before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'"priority":4', b'"priority":9', "priority is 9, the events say 4"),
        (b'"attempt":1', b'"attempt":true', "attempt is true, the events say 1"),
        (b'"priority":4', b'"priority":4,"priority":4', "stands twice"),
        (b'"priority":4', b'"priority":4.0', "priority is 4.0, the events say 4"),
        (b'{"id"', b'[{"id"', "its body is not JSON"),
    ],
)
async def test_a_forged_body_is_found_however_small_the_lie(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids, old: bytes, new: bytes, told: str
) -> None:
    key = ("task", ids["done"])
    body = bytes(ledger.rows[key].body)
    assert old in body
    replace_row(ledger, key, body=msgspec.Raw(body.replace(old, new, 1)))
    found = await verify_ledger(store)
    assert found.fault is not None
    assert told in found.fault.message


async def test_a_body_that_is_no_object_is_found(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids
) -> None:
    replace_row(ledger, ("task", ids["done"]), body=msgspec.Raw(b"[]"))
    found = await verify_ledger(store)
    assert found.fault is not None
    assert "its body is no object" in found.fault.message


async def test_a_body_in_another_order_is_found(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids
) -> None:
    key = ("task", ids["done"])
    turned = dict(reversed(msgspec.json.decode(ledger.rows[key].body).items()))
    replace_row(ledger, key, body=msgspec.Raw(msgspec.json.encode(turned)))
    found = await verify_ledger(store)
    assert found.fault is not None
    assert "written in another way" in found.fault.message


async def test_white_space_and_escapes_in_a_stored_body_do_not_matter(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    for key, row in ledger.rows.items():
        spaced = msgspec.json.format(bytes(row.body), indent=2).replace(b"\xe2\x98\x83", rb"\u2603")
        replace_row(ledger, key, body=msgspec.Raw(spaced))
    assert (await verify_ledger(store)).holds


async def test_of_many_wrong_rows_the_first_position_is_named_and_all_are_counted(
    store: MemoryStore, scribe: Scribe
) -> None:
    tasks = [await scribe.do("create_task", title=f"task {number}") for number in range(30)]
    ledger = store.disk.ledger("0")
    for task in reversed(tasks[5:]):
        replace_row(ledger, ("task", task.task_id), status="lost")
    found = await verify_ledger(store)
    assert found.fault is not None
    assert found.fault.pos == ledger.rows["task", tasks[5].task_id].pos
    assert (found.rows_wrong, len(found.examples)) == (25, 20)
    assert 'status is "lost", the events say "ready"' in found.fault.message


async def test_a_long_value_is_shortened_in_the_report(
    store: MemoryStore, ledger: MemoryLedger, ids: Ids
) -> None:
    replace_row(ledger, ("task", ids["done"]), status="x" * 1_000)
    found = await verify_ledger(store)
    assert found.fault is not None
    assert len(found.fault.message) < 200


async def test_rows_that_cannot_be_read_are_a_fault(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    class Unreadable(MemoryStore):
        async def load(self, shard: str, **wanted: object) -> AsyncIterator[list[Row]]:  # type: ignore[override]
            raise StoreError("malformed JSON")
            yield []

    assert await fault_of(Unreadable(store.disk)) == (ledger.head, "row")


class Busy(MemoryStore):
    """An owner that commits between the last event that was read and the rows, and goes on afterwards."""

    scribe: Scribe

    async def load(self, shard: str, **wanted: object) -> AsyncIterator[list[Row]]:  # type: ignore[override]
        await self.work("before")
        rows = [batch async for batch in super().load(shard, **wanted)]  # type: ignore[arg-type]
        await self.work("after")
        for batch in rows:
            yield batch

    async def work(self, title: str) -> None:
        for number in range(3):
            task = await self.scribe.do("create_task", title=f"{title} {number}", payload=number)
            claim = await self.scribe.do("claim_task", task_id=task.task_id)
            await self.scribe.do("complete_task", task_id=task.task_id, fence=claim.fence)
        await self.scribe.do("cancel_task", task_id=self.victim)

    victim = ""


async def busy_store(store: MemoryStore, scribe: Scribe, ids: Ids) -> Busy:
    busy = Busy(store.disk)
    busy.scribe = scribe
    busy.victim = ids["ready"]
    return busy


async def test_an_owner_that_goes_on_writing_does_not_disturb_the_proof(
    store: MemoryStore, scribe: Scribe, ids: Ids
) -> None:
    busy = await busy_store(store, scribe, ids)
    head = scribe.state.head
    found = await verify_ledger(busy)
    assert found.fault is None
    assert found.head == head + 10


async def test_a_wrong_row_is_found_while_the_owner_goes_on_writing(
    store: MemoryStore, scribe: Scribe, ids: Ids
) -> None:
    busy = await busy_store(store, scribe, ids)
    row = replace_row(store.disk.ledger("0"), ("task", ids["done"]), status="lost")
    found = await verify_ledger(busy)
    assert found.fault is not None
    assert (found.fault.pos, found.rows_wrong) == (row.pos, 1)


async def test_an_anchor_proves_that_history_was_not_rewritten(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    link = ledger.links[7]
    assert (await verify_ledger(store, anchors=[Anchor(link.last, link.hash.hex().upper())])).holds
    found = await verify_ledger(store, anchors=[Anchor(link.last, "0" * 64)])
    assert found.fault is not None
    assert (found.fault.pos, found.fault.kind) == (link.last, "anchor")


async def test_an_anchor_tells_that_the_end_was_cut_off(store: MemoryStore, scribe: Scribe) -> None:
    await scribe.do("register_agent", agent="first")
    disk = store.disk.ledger("0")
    before = dict(disk.rows)
    await scribe.do("register_agent", agent="second")
    whole = await verify_ledger(store)
    disk.links.pop()
    disk.events.pop()
    disk.rows = before
    assert (await verify_ledger(store)).holds
    found: Verification = await verify_ledger(store, anchors=[Anchor(whole.head, whole.hash)])
    assert found.fault is not None
    assert (found.fault.pos, found.fault.kind) == (2, "anchor")


def forge(ledger: MemoryLedger, texts: list[str]) -> None:
    """Appends a commit with a chain that holds: what an owner gone bad could write."""
    first, at_us = ledger.head + 1, ledger.links[-1].at_us
    epoch = ledger.epoch
    chained = chain_hash(ledger.hash, epoch=epoch, first=first, at_us=at_us, bodies=texts)
    ledger.events += texts
    last = first + len(texts) - 1
    ledger.links.append(Link(first=first, last=last, epoch=epoch, at_us=at_us, hash=chained))
