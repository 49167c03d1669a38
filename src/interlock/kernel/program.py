"""Program state: what an agent hands to its next session, in versions that are compared and set.

Confidence in a learned pattern follows simple exponential smoothing (R. G. Brown, "Exponential Smoothing for
Predicting Demand", 1956): each reinforcement closes a part of the distance to 1, and time without one halves
it every half-life. The figures are worked out when the command is decided and stand in the event, rounded to
six digits, so that every replay folds to the same bytes.
"""

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from interlock.kernel.command import Command, Decision, Event, Reply, refuse
from interlock.kernel.learned import (
    FAILURES_MAX,
    PATTERNS_MAX,
    Confidence,
    LearnedPattern,
    PastFailure,
    Phrase,
    Weight,
    decayed,
    find_pattern,
    keep_strongest,
    reinforced,
    weakest,
)
from interlock.kernel.limits import (
    DELAY_S_MAX,
    Fence,
    Json,
    Note,
    OptionalName,
    Position,
    Text,
    Title,
)
from interlock.kernel.payload import NULL, decode_json
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import Task

if TYPE_CHECKING:
    from typing import Any

    from interlock.kernel.state import State

PROGRAM_BYTES_MAX: Final = 262_144
"""One agent's whole program state: each update writes it again, and each session reads it into its context."""

_ITEMS_MAX: Final = 100
"""Active work items, and open questions, of one agent."""

Items = Annotated[tuple[Note, ...], Meta(max_length=_ITEMS_MAX)]
Patterns = Annotated[tuple[LearnedPattern, ...], Meta(max_length=10_000)]
Failures = Annotated[tuple[PastFailure, ...], Meta(max_length=10_000)]
HalfLifeSeconds = Annotated[float, Meta(gt=0, le=DELAY_S_MAX)]


class LastTask(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True
):
    """The task that the agent worked on last, and how it went."""

    task_id: OptionalName = ""
    title: Annotated[str, Meta(max_length=500)] = ""
    outcome: Note = ""
    notes: Text = ""


class ContextSummary(
    msgspec.Struct, frozen=True, gc=False, omit_defaults=True, forbid_unknown_fields=True
):
    """What the next session needs to go on."""

    last_task: LastTask | None = None
    handoff_notes: Text = ""
    active_work_items: Items = ()
    open_questions: Items = ()


class ProgramState(Reply, frozen=True, kw_only=True):
    """What an agent carries from session to session; also the body of its state row.

    `version` counts the changes: 0 means that nothing was ever kept.
    """

    agent: str
    version: int = 0
    context_summary: ContextSummary = ContextSummary()
    learned_patterns: tuple[LearnedPattern, ...] = ()
    past_failures: tuple[PastFailure, ...] = ()
    config_json: str = ""
    updated_us: int = 0
    pos: int = 0

    @property
    def config(self) -> "Any":
        """The agent's own configuration, or None."""
        return decode_json(self.config_json)

    def columns(self) -> tuple[str, str, int, int]:
        """Queue, status, position and phase of the state row."""
        return "", "", self.pos, 1


class GetProgramState(Command, frozen=True, kw_only=True):
    """Returns the program state of `agent`; version 0, and empty, for one that never kept any.

    Refusals: invalid (`agent` is empty).
    """

    verb = "get_program_state"
    repeatable = True
    reply = "ProgramState"


class UpdateProgramState(Command, frozen=True, kw_only=True):
    """Sets parts of the program state of `agent`; what is left out stays.

    With `if_version` only if that is still its version, so that two sessions cannot overwrite each other; 0
    means that there must be none yet. Of more than 500 learned patterns the weakest give way, of more than 200
    past failures the oldest. `task_id` and `fence` prove the claim under which it is written.

    Refusals: invalid (`agent` is empty), version_conflict, limit (over 256 KiB), not_found, stale_fence.
    """

    verb = "update_program_state"
    reply = "ProgramVersion"

    if_version: Position | None = None
    context_summary: ContextSummary | None = None
    learned_patterns: Patterns | None = None
    past_failures: Failures | None = None
    config: Json = NULL
    task_id: OptionalName = ""
    fence: Fence = 0


class ReinforcePattern(Command, frozen=True, kw_only=True):
    """Notes that a pattern held once more: its confidence c becomes c + (1 - c) * `weight`.

    A pattern that is new begins at 0. `evidence` joins the latest pieces of evidence.
    Refusals: invalid (`agent` is empty), limit (over 256 KiB).
    """

    verb = "reinforce_pattern"
    reply = "PatternState"

    pattern: Title
    domain: OptionalName = ""
    evidence: Phrase = ""
    weight: Weight = 0.2


class DecayPatterns(Command, frozen=True, kw_only=True):
    """Halves the confidence of all learned patterns for each `half_life_s` since they were last valued.

    Those that fall under 0.05 are forgotten. Decayed in two steps or in one, the result is the
    same but for rounding.
    Refusals: invalid (`agent` is empty).
    """

    verb = "decay_patterns"
    reply = "ProgramVersion"

    half_life_s: HalfLifeSeconds = 2_592_000.0


class ProgramStateUpdated(Event, frozen=True, kw_only=True):
    """Parts of an agent's program state were set; what is null stays."""

    agent: str
    version: int
    context_summary: ContextSummary | None = None
    learned_patterns: tuple[LearnedPattern, ...] | None = None
    past_failures: tuple[PastFailure, ...] | None = None
    config_json: str | None = None


class PatternReinforced(Event, frozen=True, kw_only=True):
    """A pattern held once more; it now has this confidence and this evidence. `forgotten` (text and domain)
    gave way to it."""

    agent: str
    version: int
    pattern: LearnedPattern
    forgotten: tuple[str, str] | None = None


class PatternsDecayed(Event, frozen=True, kw_only=True):
    """Time passed: the confidences of all patterns in their order; 0 means forgotten."""

    agent: str
    version: int
    confidences: tuple[float, ...]


class ProgramVersion(Reply, frozen=True, kw_only=True):
    """The version that the program state now has."""

    agent: str
    version: int


class PatternState(Reply, frozen=True, kw_only=True):
    """A learned pattern's confidence after a reinforcement, and how often it was reinforced."""

    agent: str
    version: int
    confidence: Confidence
    reinforced: int


def decide_get_program_state(state: "State", command: GetProgramState, now_us: int) -> Decision:
    """The state itself: nobody can change it."""
    del now_us
    if not command.agent:
        return _nameless(command)
    return [], _present(state, command.agent)


def decide_update_program_state(
    state: "State", command: UpdateProgramState, now_us: int
) -> Decision:
    """Compares the version and sets, in one place."""
    if not command.agent:
        return _nameless(command)
    if command.task_id:
        held = find_held(state, command, now_us)
        if not isinstance(held, Task):
            return held
    before = _present(state, command.agent)
    if command.if_version is not None and command.if_version != before.version:
        return refuse(
            "version_conflict",
            f"the program state of {command.agent} has version {before.version}, not {command.if_version}: read it"
            " again",
            version=before.version,
        )
    patterns = command.learned_patterns
    failures = command.past_failures
    event = ProgramStateUpdated(
        at_us=now_us,
        agent=command.agent,
        version=before.version + 1,
        context_summary=command.context_summary,
        learned_patterns=None if patterns is None else keep_strongest(patterns, now_us=now_us),
        past_failures=None if failures is None else failures[-FAILURES_MAX:],
        config_json=None if command.config == NULL else command.config,
    )
    refusal = _refuse_size(_updated(before, event))
    if refusal is not None:
        return refusal
    return [event], ProgramVersion(agent=command.agent, version=event.version)


def decide_reinforce_pattern(state: "State", command: ReinforcePattern, now_us: int) -> Decision:
    """The confidence grows towards 1 and never beyond."""
    if not command.agent:
        return _nameless(command)
    before = _present(state, command.agent)
    known = find_pattern(before.learned_patterns, command.pattern, command.domain)
    pattern = reinforced(
        known or LearnedPattern(pattern=command.pattern, domain=command.domain),
        evidence=command.evidence,
        weight=command.weight,
        now_us=now_us,
    )
    forgotten = None
    if known is None and len(before.learned_patterns) >= PATTERNS_MAX:
        loser = weakest(before.learned_patterns)
        forgotten = (loser.pattern, loser.domain)
    event = PatternReinforced(
        at_us=now_us,
        agent=command.agent,
        version=before.version + 1,
        pattern=pattern,
        forgotten=forgotten,
    )
    refusal = _refuse_size(_reinforced(before, event))
    if refusal is not None:
        return refusal
    return [event], PatternState(
        agent=command.agent,
        version=event.version,
        confidence=pattern.confidence,
        reinforced=pattern.reinforced,
    )


def decide_decay_patterns(state: "State", command: DecayPatterns, now_us: int) -> Decision:
    """Nothing to forget is no change."""
    if not command.agent:
        return _nameless(command)
    before = _present(state, command.agent)
    half_life_us = int(command.half_life_s * 1_000_000)
    confidences = tuple(
        decayed(pattern, half_life_us=half_life_us, now_us=now_us)
        for pattern in before.learned_patterns
    )
    if not confidences:
        return [], ProgramVersion(agent=command.agent, version=before.version)
    event = PatternsDecayed(
        at_us=now_us, agent=command.agent, version=before.version + 1, confidences=confidences
    )
    return [event], ProgramVersion(agent=command.agent, version=event.version)


def apply_program_state_updated(state: "State", event: ProgramStateUpdated, pos: int) -> None:
    """Applies: the given parts are set."""
    _put(state, _updated(_present(state, event.agent), event), event.at_us, pos)


def apply_pattern_reinforced(state: "State", event: PatternReinforced, pos: int) -> None:
    """Applies: the pattern has its new confidence; the weakest gives way to a new one."""
    _put(state, _reinforced(_present(state, event.agent), event), event.at_us, pos)


def apply_patterns_decayed(state: "State", event: PatternsDecayed, pos: int) -> None:
    """Applies: the patterns have their new confidences, and some are forgotten."""
    before = _present(state, event.agent)
    kept = tuple(
        replace(pattern, confidence=confidence, valued_us=event.at_us)
        for pattern, confidence in zip(before.learned_patterns, event.confidences, strict=True)
        if confidence
    )
    _put(state, replace(before, version=event.version, learned_patterns=kept), event.at_us, pos)


def _present(state: "State", agent: str) -> ProgramState:
    return state.programs.get(agent) or ProgramState(agent=agent)


def _updated(before: ProgramState, event: ProgramStateUpdated) -> ProgramState:
    summary, patterns = event.context_summary, event.learned_patterns
    failures, config = event.past_failures, event.config_json
    return replace(
        before,
        version=event.version,
        context_summary=before.context_summary if summary is None else summary,
        learned_patterns=before.learned_patterns if patterns is None else patterns,
        past_failures=before.past_failures if failures is None else failures,
        config_json=before.config_json if config is None else config,
    )


def _reinforced(before: ProgramState, event: PatternReinforced) -> ProgramState:
    pattern = event.pattern
    gone = ((pattern.pattern, pattern.domain), event.forgotten)
    others = tuple(
        known for known in before.learned_patterns if (known.pattern, known.domain) not in gone
    )
    return replace(before, version=event.version, learned_patterns=(*others, pattern))


def _put(state: "State", program: ProgramState, at_us: int, pos: int) -> None:
    kept = replace(program, updated_us=at_us, pos=pos)
    state.programs[kept.agent] = kept
    state.touch("program", kept.agent, kept)


def _refuse_size(program: ProgramState) -> Decision | None:
    size = len(msgspec.json.encode(program))
    if size <= PROGRAM_BYTES_MAX:
        return None
    return refuse(
        "limit",
        f"the program state of {program.agent} would have {size} bytes, more than {PROGRAM_BYTES_MAX}: shorten"
        " its notes or forget patterns",
    )


def _nameless(command: Command) -> Decision:
    return refuse("invalid", f"{command.verb}: agent is empty, and says whose program state it is")
