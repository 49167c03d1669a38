"""An agent that does not know what to do asks people, and gets their answer."""

import pytest

from interlock.kernel import help
from tests.unit.kernel.shard import Shard, refused


def test_a_request_stays_open_until_a_person_answers_it_and_the_agent_gets_the_answer(
    shard: Shard,
) -> None:
    asked = shard.do("request_help", agent="ada", title="which account?", summary="two fit")
    assert asked.status == "open"
    [escalation] = shard.events("EscalationRaised")
    assert (escalation.noun, escalation.id, escalation.topic) == (
        "help",
        asked.help_id,
        "escalation",
    )
    [listed] = shard.do("get_help_requests").items
    assert (listed.id, listed.agent, listed.title) == (asked.help_id, "ada", "which account?")
    shard.restart()
    answered = shard.do("answer_help", agent="pat", help_id=asked.help_id, answer="the first")
    assert answered.status == "answered"
    assert not shard.do("get_help_requests")
    [mail] = shard.do("get_messages", agent="ada", reply_to=asked.help_id).items
    assert (mail.message_type, mail.source, mail.message) == ("RESULT", "pat", "the first")
    assert mail.id == answered.message_id
    shard.restart()
    again = refused(
        shard.do("answer_help", agent="pat", help_id=asked.help_id, answer="x"), "wrong_status"
    )
    assert "pat" in again.message
    shard.fold_equals_rows()


def test_a_request_about_a_task_is_proven_by_its_fence(shard: Shard) -> None:
    task = shard.do("create_task", title="a", run_id="r", correlation_id="c", queue="q")
    claim = shard.do("claim_task", agent="ada", queue="q")
    fields = {"agent": "ada", "title": "stuck", "task_id": task.task_id}
    refused(shard.do("request_help", **fields, fence=claim.fence - 1), "stale_fence")
    shard.do("request_help", **fields, fence=claim.fence)
    [listed] = shard.do("get_help_requests").items
    assert (listed.task_id, listed.queue, listed.run_id, listed.correlation_id) == (
        task.task_id,
        "q",
        "r",
        "c",
    )


def test_requests_are_listed_oldest_first_by_agent_and_urgency_and_in_pages(shard: Shard) -> None:
    for number, agent in enumerate(("bea", "ada", "bea")):
        shard.do(
            "request_help", agent=agent, title=str(number), urgency="high" if number else "low"
        )
    assert [each.title for each in shard.do("get_help_requests").items] == ["0", "1", "2"]
    assert [each.title for each in shard.do("get_help_requests", name="bea").items] == ["0", "2"]
    assert [each.title for each in shard.do("get_help_requests", urgency="low").items] == ["0"]
    first = shard.do("get_help_requests", limit=2)
    rest = shard.do("get_help_requests", limit=2, cursor=first.cursor)
    assert [each.title for each in rest.items] == ["2"]
    assert not rest.cursor


def test_a_quarantined_agent_may_ask_people(shard: Shard) -> None:
    shard.do("register_agent", agent="ada")
    shard.do("quarantine_agent", name="ada")
    assert shard.do("request_help", agent="ada", title="why?").status == "open"


def test_what_cannot_be_asked_or_answered_is_refused(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused(shard.do("request_help", title="who asks?"), "invalid")
    refused(shard.do("request_help", agent="ada", title="t", task_id="task-0-9"), "not_found")
    refused(shard.do("answer_help", agent="pat", help_id="help-0-9", answer="x"), "not_found")
    asked = shard.do("request_help", agent="ada", title="t")
    refused(shard.do("answer_help", help_id=asked.help_id, answer="nobody says this"), "invalid")
    monkeypatch.setattr(help, "OPEN_MAX", 1)
    refused(shard.do("request_help", agent="ada", title="t"), "limit")
