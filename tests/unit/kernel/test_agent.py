"""An agent's identity outlives its processes; who may not act is told so."""

import pytest

from interlock.kernel.border import make_command
from interlock.kernel.task.claim import ClaimTask
from interlock.kernel.wait import place_of, wait_s
from tests.unit.kernel.shard import Shard, refused


def test_what_is_known_of_an_agent_survives_a_restart(shard: Shard) -> None:
    shard.do(
        "register_agent", agent="ann", capabilities=["pdf"], groups=["crew"], description="reads"
    )
    shard.do("open_session", agent="ann", session="s-1")
    shard.do("open_session", agent="ann", session="s-2")
    shard.do("open_session", agent="bob", session="s-3")
    shard.restart()

    found = shard.do("get_agent", name="ann")

    assert (found.status, found.capabilities, found.groups) == ("active", ("pdf",), ("crew",))
    assert (found.description, found.sessions) == ("reads", ("s-1", "s-2"))
    assert shard.do("send_message", agent="x", target="group:crew", message_type="ACK").message_id


def test_registering_again_replaces_what_was_known_and_keeps_the_status(shard: Shard) -> None:
    shard.do("register_agent", agent="ann", groups=["old"])
    shard.do("pause_agent", name="ann")

    again = shard.do("register_agent", agent="ann", groups=["new"])

    assert again.status == "paused"
    to_old = shard.do("send_message", agent="x", target="group:old", message_type="ACK")
    refused(to_old, "not_found")


def test_a_paused_agent_gets_no_new_claim_and_may_finish_what_it_holds(shard: Shard) -> None:
    shard.do("register_agent", agent="ann")
    for _ in range(2):
        shard.do("create_task", title="t")
    won = shard.do("claim_task", agent="ann")
    shard.do("pause_agent", name="ann", reason="lunch")
    shard.restart()

    assert "lunch" in refused(shard.do("claim_task", agent="ann"), "paused").message
    assert shard.do("complete_task", task_id=won.task_id, fence=won.fence).status == "done"
    shard.do("resume_agent", name="ann")
    assert shard.do("claim_task", agent="ann")


def test_a_quarantine_is_stronger_than_a_pause(shard: Shard) -> None:
    shard.do("register_agent", agent="ann")
    shard.do("pause_agent", name="ann")
    shard.do("quarantine_agent", name="ann")

    refused(shard.do("pause_agent", name="ann"), "wrong_status")
    refused(shard.do("claim_task", agent="ann"), "paused")
    assert shard.do("resume_agent", name="ann").status == "active"


def test_doing_it_twice_changes_nothing(shard: Shard) -> None:
    shard.do("register_agent", agent="ann")
    for verb in (
        "resume_agent",
        "pause_agent",
        "pause_agent",
        "quarantine_agent",
        "quarantine_agent",
    ):
        shard.do(verb, name="ann")

    assert len(shard.log) == 3


def test_an_unknown_agent_is_refused(shard: Shard) -> None:
    for verb in ("get_agent", "pause_agent", "resume_agent", "quarantine_agent"):
        refused(shard.do(verb, name="nobody"), "not_found")
    refused(shard.do("register_agent"), "invalid")
    refused(shard.do("open_session", session="s"), "invalid")


def test_a_session_id_is_used_once(shard: Shard) -> None:
    shard.do("open_session", agent="ann", session="s")
    refused(shard.do("open_session", agent="ann", session="s"), "session_closed")
    assert shard.do("close_session", session="s").status == "closed"
    shard.restart()

    refused(shard.do("open_session", agent="ann", session="s"), "session_closed")
    refused(shard.do("close_session", session="s"), "session_closed")


def test_a_claim_in_a_session_that_is_not_the_agents_own_is_refused(shard: Shard) -> None:
    shard.do("create_task", title="t")
    shard.do("open_session", agent="ann", session="s")
    shard.do("register_agent", agent="bob")

    refused(shard.do("claim_task", agent="bob", session="s"), "session_closed")
    refused(shard.do("claim_task", agent="bob", session="never"), "session_closed")
    assert shard.do("claim_task", agent="ann", session="s")


def test_an_agent_that_never_registered_may_claim_in_any_session(shard: Shard) -> None:
    shard.do("create_task", title="t")

    assert shard.do("claim_task", agent="guest", session="whatever")


def test_agents_that_wait_for_the_same_work_wait_in_one_line(shard: Shard) -> None:
    first = make_command(ClaimTask, {"agent": "ann", "queue": ["a", "b"], "wait_s": 5})
    second = make_command(ClaimTask, {"agent": "bob", "queue": ["a", "b"], "wait_s": 9})

    assert place_of(first) == place_of(second)
    assert place_of(first).channels == ("queue:a", "queue:b")
    assert wait_s(first, shard.send(first)) == 5
    shard.do("create_task", title="t", queue="a")
    assert wait_s(first, shard.send(first)) == 0


@pytest.mark.parametrize("name", ["all", "group:reviewers"])
def test_an_agent_cannot_take_a_name_that_reaches_several(shard: Shard, name: str) -> None:
    refused(shard.do("register_agent", agent=name), "invalid")
