"""Service tiers: the best way that works answers, and the answer says which one it was."""

from threading import Event

import msgspec
import pytest

from interlock.demo.classifier import Classification
from interlock.demo.extractor import Extraction
from interlock.demo.specialists import answer_classification, answer_extraction, answer_summary
from interlock.demo.tier import (
    Tier,
    TierAnswer,
    TierExceeded,
    TierFailure,
    TiersExhausted,
    run_tiers,
)


def failing(message: str) -> int:
    raise ValueError(message)


def test_the_first_tier_that_works_answers_and_failures_are_told() -> None:
    tiers = [Tier("a", lambda: failing("no key")), Tier("b", lambda: 2), Tier("c", lambda: 3)]
    answer = run_tiers(tiers, capability="count", criticality="critical")
    assert answer == TierAnswer(2, "b", (TierFailure("a", "ValueError: no key"),))
    assert answer.answered == 2


def test_a_critical_capability_without_any_answer_raises_with_all_causes() -> None:
    tiers = [Tier("a", lambda: failing("one")), Tier("b", lambda: failing("two"))]
    with pytest.raises(TiersExhausted, match=r"a: ValueError: one; b: ValueError: two") as raised:
        run_tiers(tiers, capability="count", criticality="critical")
    assert [failure.tier for failure in raised.value.failures] == ["a", "b"]


def test_a_best_effort_capability_without_any_answer_says_none() -> None:
    answer = run_tiers(
        [Tier("a", lambda: failing("one"))], capability="count", criticality="best_effort"
    )
    assert (answer.value, answer.tier, len(answer.failures)) == (None, "none", 1)


def test_a_capability_without_tiers_fails_only_when_it_is_critical() -> None:
    none: list[Tier[int]] = []
    assert run_tiers(none, capability="count", criticality="best_effort").tier == "none"
    with pytest.raises(TiersExhausted, match="none configured"):
        run_tiers(none, capability="count", criticality="critical")


def test_a_verdict_passes_through_and_asks_no_lower_tier() -> None:
    asked: list[str] = []
    tiers = [Tier("a", lambda: failing("verdict")), Tier("b", lambda: len(asked))]
    with pytest.raises(ValueError, match="verdict"):
        run_tiers(tiers, capability="count", criticality="critical", passes=(ValueError,))


def test_a_tier_that_takes_too_long_falls_to_the_next() -> None:
    never = Event()

    def slow() -> str:
        never.wait()
        return "late"

    tiers = [Tier("slow", slow, seconds_max=0.01), Tier("fast", lambda: "here")]
    answer = run_tiers(tiers, capability="word", criticality="critical")
    never.set()
    assert answer.tier == "fast"
    assert answer.failures[0].error.startswith(TierExceeded.__name__)


def test_a_tier_with_a_limit_answers_and_fails_like_any_other() -> None:
    quick = [Tier("quick", lambda: 7, seconds_max=30.0)]
    assert run_tiers(quick, capability="count", criticality="critical").value == 7
    broken = [Tier("broken", lambda: failing("x"), seconds_max=30.0)]
    answer = run_tiers(broken, capability="count", criticality="best_effort")
    assert answer.failures[0].error == "ValueError: x"


def test_a_failure_is_told_shortly_and_the_same_each_time() -> None:
    def fail() -> int:
        raise RuntimeError(f"{object()!r} \ud800 " + "x" * 1_000)

    answers = [
        run_tiers([Tier("a", fail)], capability="count", criticality="best_effort")
        for _ in range(2)
    ]
    assert answers[0] == answers[1]
    assert len(answers[0].failures[0].error) <= 200
    msgspec.json.encode(answers[0])


def test_an_answer_travels_as_json_and_comes_back_whole() -> None:
    answer = answer_extraction("Invoice number: A-1\nTotal due: EUR 5.00")
    plain = msgspec.to_builtins(answer)
    assert msgspec.convert(plain, TierAnswer[Extraction]) == answer


def test_without_a_model_no_model_tier_is_listed() -> None:
    for answer in (
        answer_extraction("text"),
        answer_classification("text", kind="txt"),
        answer_summary("These few words are a sentence."),
    ):
        assert answer.failures == ()
        assert answer.tier in ("rules", "extractive")


def test_a_model_that_fails_leaves_the_work_to_the_rules() -> None:
    def model(text: str) -> Classification:
        raise ConnectionError("the provider is away")

    answer = answer_classification("Invoice number: A-1", kind="txt", model=model)
    assert answer.tier == "rules"
    assert answer.failures == (TierFailure("model", "ConnectionError: the provider is away"),)


def test_a_model_that_works_answers_first() -> None:
    answer = answer_classification(
        "Invoice number: A-1", kind="txt", model=lambda text: Classification("letter", 0.9)
    )
    assert (answer.tier, answer.answered.document_class) == ("model", "letter")


def test_a_text_of_figures_is_summarised_by_its_first_lines() -> None:
    answer = answer_summary("12 34\n56 78\n")
    assert answer.tier == "first_lines"
    assert answer.value is not None
    assert answer.value.sentences == ("12 34", "56 78")


@pytest.mark.parametrize(
    ("broken", "tier"),
    [(["classify"], "keywords_only"), (["classify", "classify_by_keywords"], "fallback_other")],
)
def test_classification_falls_tier_by_tier(
    broken: list[str], tier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> Classification:
        raise RuntimeError("broken")

    for name in broken:
        monkeypatch.setattr(f"interlock.demo.specialists.{name}", fail)
    answer = answer_classification("Invoice number: A-1, amount due", kind="txt")
    assert answer.tier == tier
    assert len(answer.failures) == len(broken)


def test_extraction_falls_to_the_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> object:
        raise RuntimeError("broken")

    monkeypatch.setattr("interlock.demo.specialists.extract", fail)
    answer = answer_extraction("2026-03-01 EUR 5.00 DE89 3704 0044 0532 0130 00 a@example.com")
    facts = answer.answered
    assert answer.tier == "minimal"
    assert [found.amount_minor for found in facts.amounts] == [500]
    assert facts.ibans_valid == ("DE89370400440532013000",)
    assert facts.email_addresses == ("a@example.com",)
    assert facts.dates[0].iso == "2026-03-01"
