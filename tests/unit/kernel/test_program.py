"""What an agent may rely on when it hands its state to its next session."""

from typing import Any

import pytest

from interlock.kernel import program
from interlock.kernel.errors import Invalid
from interlock.kernel.learned import FAILURES_MAX, PATTERNS_MAX
from tests.unit.kernel.shard import Shard, refused

DAY_S = 86_400
SUMMARY = {
    "last_task": {"task_id": "task-0-1", "title": "build", "outcome": "in_progress", "notes": "n"},
    "handoff_notes": "tests pass",
    "active_work_items": ["review", "deploy"],
    "open_questions": ["who signs?"],
}


def update(shard: Shard, **fields: Any) -> Any:
    """Updates the program state of `ann`."""
    return shard.do("update_program_state", agent="ann", **fields)


def state(shard: Shard) -> Any:
    """The program state of `ann`."""
    return shard.do("get_program_state", agent="ann")


def patterns(*confidences: float) -> list[dict[str, Any]]:
    """Patterns p0, p1 ... with these confidences."""
    return [{"pattern": f"p{at}", "confidence": value} for at, value in enumerate(confidences)]


def test_an_agent_that_never_kept_anything_has_version_0(shard: Shard) -> None:
    empty = state(shard)

    assert (empty.version, empty.config, empty.learned_patterns) == (0, None, ())
    assert empty.context_summary.last_task is None


def test_a_new_session_finds_what_the_last_one_left(shard: Shard) -> None:
    update(
        shard,
        context_summary=SUMMARY,
        learned_patterns=[{"pattern": "p", "domain": "d", "confidence": 0.5, "evidence": ["e"]}],
        past_failures=[{"what": "w", "why": "y", "remedy": "r", "task_id": "task-0-1"}],
        config={"model": "m"},
    )
    shard.restart()

    found = state(shard)

    assert found.version == 1
    assert found.context_summary.last_task.outcome == "in_progress"
    assert found.context_summary.active_work_items == ("review", "deploy")
    assert found.context_summary.open_questions == ("who signs?",)
    assert [(p.pattern, p.domain, p.confidence) for p in found.learned_patterns] == [
        ("p", "d", 0.5)
    ]
    assert [failure.remedy for failure in found.past_failures] == ["r"]
    assert found.config == {"model": "m"}
    assert found.updated_us == shard.now_us


def test_what_an_update_leaves_out_stays(shard: Shard) -> None:
    update(shard, context_summary=SUMMARY, config={"a": 1})
    update(shard, past_failures=[{"what": "w"}])
    update(shard, learned_patterns=patterns(0.5))

    found = state(shard)

    assert (found.version, found.config) == (3, {"a": 1})
    assert found.context_summary.handoff_notes == "tests pass"
    assert (len(found.past_failures), len(found.learned_patterns)) == (1, 1)


def test_of_two_sessions_that_write_at_once_one_is_told(shard: Shard) -> None:
    assert update(shard, if_version=0, config=1).version == 1
    assert update(shard, if_version=1, config=2).version == 2

    refusal = refused(update(shard, if_version=1, config=3), "version_conflict")

    assert refusal.details == {"version": 2}
    refused(update(shard, if_version=0, config=3), "version_conflict")
    assert state(shard).config == 2


def test_agents_do_not_share_their_state(shard: Shard) -> None:
    update(shard, config=1)

    assert shard.do("get_program_state", agent="bob").version == 0


def test_a_zombie_cannot_overwrite_the_state_of_its_successor(shard: Shard) -> None:
    task = shard.do("create_task", title="t").task_id
    claim = shard.do("claim_task", agent="ann")
    update(shard, config=1, task_id=task, fence=claim.fence)
    shard.advance(61)

    refused(update(shard, config=2, task_id=task, fence=claim.fence), "stale_fence")

    assert state(shard).config == 1


def test_each_reinforcement_closes_a_part_of_the_distance_to_certainty(shard: Shard) -> None:
    confidences = [
        shard.do("reinforce_pattern", agent="ann", pattern="p", domain="d", weight=0.5).confidence
        for _ in range(3)
    ]

    assert confidences == [0.5, 0.75, 0.875]
    [pattern] = state(shard).learned_patterns
    assert (pattern.reinforced, pattern.valued_us) == (3, shard.now_us)


def test_certainty_is_never_exceeded(shard: Shard) -> None:
    update(shard, learned_patterns=patterns(1.0))

    assert shard.do("reinforce_pattern", agent="ann", pattern="p0", weight=1).confidence == 1.0


def test_a_pattern_keeps_its_latest_evidence(shard: Shard) -> None:
    for number in range(7):
        shard.do("reinforce_pattern", agent="ann", pattern="p", evidence=f"e{number}")
    shard.do("reinforce_pattern", agent="ann", pattern="p")

    assert state(shard).learned_patterns[0].evidence == ("e2", "e3", "e4", "e5", "e6")


def test_the_same_text_in_another_domain_is_another_pattern(shard: Shard) -> None:
    for domain in ("a", "b"):
        shard.do("reinforce_pattern", agent="ann", pattern="p", domain=domain)

    assert len(state(shard).learned_patterns) == 2


def test_confidence_halves_with_each_half_life(shard: Shard) -> None:
    update(shard, learned_patterns=patterns(0.8, 0.4))
    shard.advance(DAY_S)

    shard.do("decay_patterns", agent="ann", half_life_s=DAY_S)

    assert [p.confidence for p in state(shard).learned_patterns] == [0.4, 0.2]


def test_decay_in_many_steps_equals_decay_in_one(shard: Shard) -> None:
    update(shard, learned_patterns=patterns(0.8))
    for _ in range(24):
        shard.advance(DAY_S / 24)
        shard.do("decay_patterns", agent="ann", half_life_s=DAY_S)

    assert state(shard).learned_patterns[0].confidence == pytest.approx(0.4, abs=1e-5)


def test_a_pattern_that_nobody_reinforces_is_forgotten(shard: Shard) -> None:
    update(shard, learned_patterns=patterns(0.9, 0.06))
    shard.advance(DAY_S)

    version = shard.do("decay_patterns", agent="ann", half_life_s=DAY_S).version

    assert version == 2
    assert [p.pattern for p in state(shard).learned_patterns] == ["p0"]


def test_decay_without_patterns_changes_nothing(shard: Shard) -> None:
    assert shard.do("decay_patterns", agent="ann").version == 0
    assert shard.log == []


def test_the_weakest_patterns_give_way(shard: Shard) -> None:
    values = [0.5] * PATTERNS_MAX
    update(shard, learned_patterns=patterns(*values, 0.1, 0.9))

    kept = {p.pattern: p.confidence for p in state(shard).learned_patterns}

    assert len(kept) == PATTERNS_MAX
    assert kept[f"p{PATTERNS_MAX + 1}"] == 0.9
    assert "p0" not in kept
    assert f"p{PATTERNS_MAX}" not in kept


def test_a_new_pattern_takes_the_place_of_the_weakest_even_if_it_is_weaker(shard: Shard) -> None:
    update(shard, learned_patterns=patterns(*[0.5] * (PATTERNS_MAX - 1), 0.4))

    shard.do("reinforce_pattern", agent="ann", pattern="new", weight=0.1)
    shard.do("reinforce_pattern", agent="ann", pattern="new", weight=0.1)

    names = [p.pattern for p in state(shard).learned_patterns]
    assert len(names) == PATTERNS_MAX
    assert names[-1] == "new"
    assert f"p{PATTERNS_MAX - 1}" not in names


def test_a_pattern_given_twice_is_kept_once_as_given_last(shard: Shard) -> None:
    update(shard, learned_patterns=[*patterns(0.2), *patterns(0.7)])

    assert [p.confidence for p in state(shard).learned_patterns] == [0.7]


def test_a_pattern_cannot_be_valued_in_the_future(shard: Shard) -> None:
    future_us = shard.now_us + 10**12
    update(shard, learned_patterns=[{"pattern": "p", "confidence": 0.5, "valued_us": future_us}])

    assert state(shard).learned_patterns[0].valued_us == shard.now_us


def test_the_oldest_failures_give_way(shard: Shard) -> None:
    update(shard, past_failures=[{"what": str(n)} for n in range(FAILURES_MAX + 1)])

    kept = state(shard).past_failures
    assert (len(kept), kept[0].what) == (FAILURES_MAX, "1")


def test_a_program_state_beyond_the_limit_is_refused(
    shard: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "PROGRAM_BYTES_MAX", 1_000)
    update(shard, config="x" * 800)

    refused(update(shard, context_summary={"handoff_notes": "y" * 200}), "limit")
    refused(shard.do("reinforce_pattern", agent="ann", pattern="p" * 300), "limit")

    assert state(shard).version == 1


@pytest.mark.parametrize(
    "verb", ["get_program_state", "update_program_state", "decay_patterns", "reinforce_pattern"]
)
def test_a_program_state_belongs_to_an_agent(shard: Shard, verb: str) -> None:
    fields = {"pattern": "p"} if verb == "reinforce_pattern" else {}

    refused(shard.do(verb, **fields), "invalid")


@pytest.mark.parametrize(
    "fields",
    [
        {"learned_patterns": [{"pattern": "p", "confidence": 1.1}]},
        {"learned_patterns": [{"pattern": "p", "confidence": -0.1}]},
        {"learned_patterns": [{"domain": "d"}]},
        {"context_summary": {"mood": "good"}},
        {"past_failures": [{}]},
        {"if_version": -1},
    ],
)
def test_a_malformed_update_is_refused_at_the_border(shard: Shard, fields: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        update(shard, **fields)
    assert shard.log == []
