"""The figures of a fleet are those of its log."""

import pytest

from interlock.kernel.apply import decode_event
from interlock.observe.facts import FactCounter, read_facts
from interlock.observe.fault import LedgerWrong
from interlock.store.memory import MemoryLedger, MemoryStore
from tests.unit.observe.scribe import START_US, Scribe


async def test_the_story_is_counted(store: MemoryStore, ids: dict[str, str]) -> None:
    facts = await read_facts(store)
    assert (facts.tasks, facts.completed, facts.cancelled, facts.dead) == (5, 2, 1, 1)
    assert facts.losses == 1
    assert ids["ready"]
    assert (facts.claims, facts.retries, facts.leases_reclaimed) == (5, 1, 1)
    assert (facts.stale_writes_refused, facts.duplicates) == (1, 0)
    assert facts.events["TaskDied"] == 2
    assert facts.first_us > START_US
    assert facts.last_us > facts.first_us


async def test_a_ledger_without_events_has_figures_too(store: MemoryStore) -> None:
    facts = await read_facts(store)
    assert (facts.head, facts.tasks, facts.agents) == (0, 0, {})


async def test_latencies_are_told_per_agent_and_queue(store: MemoryStore, scribe: Scribe) -> None:
    for seconds in range(1, 21):
        await scribe.do("create_task", title="t", queue="slow", lease_s=60)
        claim = await scribe.do("claim_task", queue="slow", agent=f"agent-{seconds % 2}")
        await scribe.pass_time(seconds)
        await scribe.do("complete_task", task_id=claim.task_id, fence=claim.fence)
    facts = await read_facts(store)
    assert facts.queues.keys() == {"slow"}
    slow = facts.queues["slow"]
    assert (slow.count, slow.p50_ms // 1_000, slow.p95_ms // 1_000) == (20, 10, 19)
    odd = facts.agents["agent-1"]
    assert (odd.count, odd.p50_ms // 1_000, odd.p95_ms // 1_000) == (10, 9, 19)


async def test_a_released_task_that_is_claimed_again_is_no_retry(
    store: MemoryStore, scribe: Scribe
) -> None:
    await scribe.do("create_task", title="t")
    claim = await scribe.do("claim_task")
    await scribe.do("release_task", task_id=claim.task_id, fence=claim.fence)
    await scribe.do("claim_task")
    facts = await read_facts(store)
    assert (facts.claims, facts.retries) == (2, 0)


def test_a_result_that_comes_twice_is_counted_as_a_duplicate() -> None:
    counter = FactCounter()
    text = '{"type":"TaskCompleted","at_us":7,"task_id":"task-0-1","fence":2}'
    counter.add(1, decode_event(text))
    facts = counter.facts()
    assert (facts.duplicates, facts.completed) == (1, 0)


async def test_counting_can_start_in_the_middle(store: MemoryStore, ledger: MemoryLedger) -> None:
    facts = await read_facts(store, after=ledger.head - 2)
    assert sum(facts.events.values()) == 2
    for start in range(ledger.head + 1):
        facts = await read_facts(store, after=start)
        assert (facts.head, facts.duplicates) == (ledger.head, 0)


async def test_an_event_that_nobody_knows_stops_the_count(
    store: MemoryStore, ledger: MemoryLedger
) -> None:
    ledger.events[4] = '{"type":"TaskTeleported","at_us":1}'
    with pytest.raises(LedgerWrong, match="position 5: undecodable"):
        await read_facts(store)
