"""What an agent learned: patterns with a confidence, and failures not to repeat."""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.limits import Note, OptionalName, Title

PATTERNS_MAX: Final = 500
FAILURES_MAX: Final = 200
EVIDENCE_MAX: Final = 5
"""Pieces of evidence kept with a pattern: the latest ones."""

CONFIDENCE_MIN: Final = 0.05
"""Under this a pattern says nothing and is forgotten."""

_DIGITS: Final = 6
_PHRASE_CHARS_MAX: Final = 200

Confidence = Annotated[float, Meta(ge=0, le=1)]
Weight = Annotated[float, Meta(gt=0, le=1)]
Phrase = Annotated[str, Meta(max_length=_PHRASE_CHARS_MAX)]
Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Microseconds = Annotated[int, Meta(ge=0, le=2**62)]


class LearnedPattern(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """Something that tends to hold in a domain. `valued_us` is when its confidence was last worked out; the
    hub sets it."""

    pattern: Title
    domain: OptionalName = ""
    confidence: Confidence = 0.0
    evidence: Annotated[tuple[Phrase, ...], Meta(max_length=EVIDENCE_MAX)] = ()
    reinforced: Count = 0
    valued_us: Microseconds = 0


class PastFailure(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    omit_defaults=True,
    forbid_unknown_fields=True,
):
    """A failure that the agent should not repeat."""

    what: Note
    why: Note = ""
    remedy: Note = ""
    task_id: OptionalName = ""
    at_us: Microseconds = 0


def find_pattern(
    patterns: Iterable[LearnedPattern], pattern: str, domain: str
) -> LearnedPattern | None:
    """The pattern of that text in that domain."""
    for known in patterns:
        if known.pattern == pattern and known.domain == domain:
            return known
    return None


def reinforced(
    pattern: LearnedPattern, *, evidence: str, weight: float, now_us: int
) -> LearnedPattern:
    """The pattern after it held once more: c + (1 - c) * weight."""
    confidence = pattern.confidence + (1 - pattern.confidence) * weight
    pieces = (*pattern.evidence, evidence) if evidence else pattern.evidence
    return replace(
        pattern,
        confidence=round(min(1.0, confidence), _DIGITS),
        evidence=pieces[-EVIDENCE_MAX:],
        reinforced=pattern.reinforced + 1,
        valued_us=now_us,
    )


def decayed(pattern: LearnedPattern, *, half_life_us: int, now_us: int) -> float:
    """The confidence after the time since it was last valued: c * 0.5 ** (time / half-life); 0 if the pattern
    is to be forgotten."""
    passed_us = max(0, now_us - pattern.valued_us)
    confidence = round(pattern.confidence * 0.5 ** (passed_us / max(1, half_life_us)), _DIGITS)
    return confidence if confidence >= CONFIDENCE_MIN else 0.0


def keep_strongest(
    patterns: tuple[LearnedPattern, ...], *, now_us: int
) -> tuple[LearnedPattern, ...]:
    """At most `PATTERNS_MAX`, in their order, one for each text and domain; the weakest give way, of equals
    the oldest. One that was never valued is valued now."""
    latest = {(known.pattern, known.domain): known for known in patterns}
    valued = [
        known if known.valued_us and known.valued_us <= now_us else replace(known, valued_us=now_us)
        for known in latest.values()
    ]
    by_strength = sorted(range(len(valued)), key=lambda at: (-valued[at].confidence, -at))
    strongest = set(by_strength[:PATTERNS_MAX])
    return tuple(known for at, known in enumerate(valued) if at in strongest)


def weakest(patterns: tuple[LearnedPattern, ...]) -> LearnedPattern:
    """The pattern that gives way first; of equals the oldest."""
    return min(patterns, key=lambda known: known.confidence)
