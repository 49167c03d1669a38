from __future__ import annotations

import asyncio

import pytest

from bench.harness.claim_depth import claim_latencies_s
from bench.harness.client_processes import lifecycles_from_clients
from bench.harness.lifecycles import STEPS, lifecycles
from bench.harness.relay import Relay
from bench.harness.start_latency import start_latencies_s
from tests.bench.memory_plane import MemoryMailboxes, MemoryPlane

BRIEF_S = 0.05


def test_every_lifecycle_that_is_counted_made_each_of_its_four_steps() -> None:
    plane = MemoryPlane()
    result = asyncio.run(lifecycles(plane, agents=7, duration_s=BRIEF_S))
    assert result.finished >= 7
    assert plane.calls == dict.fromkeys(STEPS, result.finished)
    assert {step: len(found) for step, found in result.samples_s.items()} == plane.calls
    assert not plane.held
    assert plane.ready.empty()


def test_clients_in_several_processes_are_added_up() -> None:
    result = asyncio.run(
        lifecycles_from_clients(
            connect="tests.bench.memory_plane:connected",
            address="anywhere",
            processes=2,
            agents=5,
            duration_s=BRIEF_S,
        )
    )
    assert result.finished >= 5
    assert len(result.samples_s["complete"]) == result.finished


def test_a_client_process_that_fails_tells_why() -> None:
    with pytest.raises(RuntimeError, match="nobody listens on nowhere"):
        asyncio.run(
            lifecycles_from_clients(
                connect="tests.bench.memory_plane:refusing",
                address="nowhere",
                processes=1,
                agents=1,
                duration_s=BRIEF_S,
            )
        )


def test_a_start_latency_is_measured_for_each_task_with_the_worker_waiting() -> None:
    plane = MemoryPlane()
    found = asyncio.run(start_latencies_s(plane, samples=3))
    assert len(found) == 3
    assert min(found) > 0
    assert plane.calls == {"create": 3, "claim": 3, "complete": 3}


def test_claims_are_timed_at_the_depth_that_was_asked_for() -> None:
    plane = MemoryPlane()
    found = asyncio.run(claim_latencies_s(plane, queued=1500, samples=4))
    assert len(found) == 4
    assert plane.ready.qsize() == 1500
    assert not plane.held


def test_every_message_that_was_sent_is_received_and_acknowledged_once() -> None:
    mailboxes = MemoryMailboxes(recipients=3)
    result = asyncio.run(Relay(mailboxes, pairs=3, window=4).run(duration_s=BRIEF_S))
    assert result.finished == len(result.round_trips_s) >= 3
    assert not mailboxes.unacknowledged
    assert all(queue.empty() for queue in mailboxes.queues)
