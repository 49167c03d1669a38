"""What each specialist answers for a text, with the tiers behind the answer.

A `model` tier stands first only when the caller has one; without a model key it is not listed at all. What an
attack on the agents says is blanked out before any rule looks at the text.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from interlock.demo.classifier import (
    Classification,
    classify,
    classify_as_other,
    classify_by_keywords,
)
from interlock.demo.content import Kind
from interlock.demo.extractor import Extraction, extract, extract_minimal
from interlock.demo.instructions import suspect_instructions
from interlock.demo.summariser import Summary, first_lines, summarise
from interlock.demo.tier import Tier, TierAnswer, run_tiers

T = TypeVar("T")

# A model that thinks longer holds up the whole document; the rules answer at once.
MODEL_SECONDS_MAX: Final = 60.0


def answer_extraction(
    text: str, *, model: Callable[[str], Extraction] | None = None
) -> TierAnswer[Extraction]:
    """The facts. Critical: raises `TiersExhausted` when no tier answers."""
    tiers = [
        *_model_tier(model, text),
        Tier("rules", lambda: extract(text)),
        Tier("minimal", lambda: extract_minimal(text)),
    ]
    return run_tiers(tiers, capability="extraction", criticality="critical")


def answer_classification(
    text: str, *, kind: Kind, model: Callable[[str], Classification] | None = None
) -> TierAnswer[Classification]:
    """The class. Critical, and always answered: the last tier calls everything `other`."""
    rest = suspect_instructions(text).rest
    tiers = [
        *_model_tier(model, rest),
        Tier("rules", lambda: classify(rest, kind=kind)),
        Tier("keywords_only", lambda: classify_by_keywords(rest)),
        Tier("fallback_other", classify_as_other),
    ]
    return run_tiers(tiers, capability="classification", criticality="critical")


def answer_summary(
    text: str, *, model: Callable[[str], Summary] | None = None
) -> TierAnswer[Summary]:
    """The summary. Best effort: a text with nothing to tell is answered by tier "none"."""
    rest = suspect_instructions(text).rest
    tiers = [
        *_model_tier(model, rest),
        Tier("extractive", lambda: summarise(rest)),
        Tier("first_lines", lambda: first_lines(rest)),
    ]
    return run_tiers(tiers, capability="summary", criticality="best_effort")


def _model_tier(model: Callable[[str], T] | None, text: str) -> list[Tier[T]]:
    if model is None:
        return []
    return [Tier("model", lambda: model(text), seconds_max=MODEL_SECONDS_MAX)]
