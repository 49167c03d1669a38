"""Bugs of claims, leases, fences and attempts."""

from contextlib import AbstractContextManager
from typing import Any

from interlock.hub.hub import Hub
from interlock.kernel.apply import APPLY
from interlock.kernel.decide import DECIDE
from interlock.kernel.mail import send
from interlock.kernel.ready import ConcurrencyGate
from interlock.kernel.task import alarm, claim, finish, lease, step
from interlock.kernel.task.cancel import CancelTask, TaskCancelled
from interlock.kernel.task.create import TaskRef, unblock_dependents
from interlock.kernel.task.held import find_held
from interlock.kernel.task.model import CANCELLED, CLAIMED, HELD
from interlock.kernel.topic import publish
from tests.sim.bugs.bug import Bug, entry, replaced, together

Plant = AbstractContextManager[object]


def _all_with(find: Any) -> Plant:
    return together(
        *(replaced(module, "find_held", find) for module in (finish, lease, step, send, publish))
    )


def _fence_check_dropped() -> Plant:
    def find(state: Any, command: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        return (
            task if task is not None and task.status in HELD else find_held(state, command, now_us)
        )

    return _all_with(find)


def _identity_as_fence() -> Plant:
    def find(state: Any, command: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        is_mine = task is not None and task.status in HELD and task.holder_agent == command.agent
        return task if is_mine else find_held(state, command, now_us)

    return _all_with(find)


def _extended_after_expiry() -> Plant:
    def find(state: Any, command: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        is_last = task is not None and task.fence == command.fence
        return task if is_last else find_held(state, command, now_us)

    return replaced(lease, "find_held", find)


def _reclaim_by_age() -> Plant:
    tick = Hub._tick

    def sweep(hub: Hub) -> None:
        now_us = hub.now_us()
        if not hub._closing and not hub._is_reloading:
            for task in list(hub.state.tasks.values()):
                if task.status == CLAIMED and now_us - task.claimed_us > 500_000:
                    hub._log(lease.expire_lease(hub.state, task, now_us))
        tick(hub)

    return replaced(Hub, "_tick", sweep)


def _named_claim_without_status() -> Plant:
    named = claim._claim_named

    def grab(state: Any, command: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        if task is not None and task.status == CLAIMED:
            return claim._won(state, task, command, now_us)
        return named(state, command, now_us)

    return replaced(claim, "_claim_named", grab)


def _equal_sessions_share_a_claim() -> Plant:
    named = claim._claim_named

    def grab(state: Any, command: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        if task is not None and task.status == CLAIMED and task.holder_session == command.session:
            return claim._won(state, task, command, now_us)
        return named(state, command, now_us)

    return replaced(claim, "_claim_named", grab)


def _concurrency_key_ignored() -> Plant:
    def yes(*_: Any, **__: Any) -> bool:
        return True

    return together(
        *(replaced(ConcurrencyGate, name, yes) for name in ("enter", "holds", "is_free_for"))
    )


def _dependents_freed_by_failure() -> Plant:
    fail = DECIDE[finish.FailTask]

    def decide(state: Any, command: Any, now_us: int) -> Any:
        events, reply = fail(state, command, now_us)
        if isinstance(reply, TaskRef) and reply.status == "dead":
            events = [*events, *unblock_dependents(state, reply.task_id, now_us)]
        return events, reply

    return entry(DECIDE, finish.FailTask, decide)


def _retry_without_limit() -> Plant:
    return together(
        *(replaced(module, "is_last_attempt", lambda task: False) for module in (finish, lease))
    )


def _failures_forgotten_on_reclaim() -> Plant:
    apply = APPLY[lease.LeaseExpired]

    def reset(state: Any, event: Any, pos: int) -> None:
        apply(state, event, pos)
        state.tasks[event.task_id].failures = 0

    return entry(APPLY, lease.LeaseExpired, reset)


def _cancel_forgets_the_holder() -> Plant:
    cancel = DECIDE[CancelTask]

    def decide(state: Any, command: Any, now_us: int) -> Any:
        task = state.tasks.get(command.task_id)
        if task is not None and task.status == CLAIMED:
            event = TaskCancelled(at_us=now_us, task_id=task.id, reason=command.reason)
            return [event], TaskRef(task_id=task.id, status=CANCELLED)
        return cancel(state, command, now_us)

    return entry(DECIDE, CancelTask, decide)


def _dead_letter_doubled() -> Plant:
    die = finish.die

    def twice(task: Any, **why: Any) -> Any:
        events = die(task, **why)
        return [*events, events[-1]]

    return together(*(replaced(module, "die", twice) for module in (finish, lease, alarm)))


def _death_not_told() -> Plant:
    die = finish.die

    def silent(task: Any, **why: Any) -> Any:
        return die(task, **why)[:1]

    return together(*(replaced(module, "die", silent) for module in (finish, lease, alarm)))


def _pause_ignored() -> Plant:
    return replaced(claim, "refuse_agent", lambda state, **who: None)


def _steps_lost_with_the_attempt() -> Plant:
    apply = APPLY[lease.LeaseExpired]

    def forget(state: Any, event: Any, pos: int) -> None:
        apply(state, event, pos)
        state.steps.pop(event.task_id, None)

    return entry(APPLY, lease.LeaseExpired, forget)


_STALE = "a_stale_fence_writes_nothing"
_TOGETHER = "what_belongs_together_is_committed_together"
_WINNER = "one_winner_at_a_time"

BUGS = (
    Bug("fence check dropped", _fence_check_dropped, (_STALE,)),
    Bug("identity used as fence", _identity_as_fence, (_STALE,)),
    Bug(
        "lease extended after expiry",
        _extended_after_expiry,
        (_STALE, "events_follow_the_lifecycle"),
    ),
    Bug("reclaim by age", _reclaim_by_age, ("a_valid_lease_is_never_taken_back",)),
    Bug("named claim without status check", _named_claim_without_status, (_WINNER,)),
    Bug("equal sessions share a claim", _equal_sessions_share_a_claim, (_WINNER,)),
    Bug(
        "concurrency key ignored",
        _concurrency_key_ignored,
        ("one_per_concurrency_key", "KeyError"),  # the gate gives back what was never taken
    ),
    Bug(
        "dependents freed by a failure",
        _dependents_freed_by_failure,
        ("dependents_wait_for_their_needs",),
    ),
    Bug("retry without limit", _retry_without_limit, (_TOGETHER,)),
    Bug(
        "failures forgotten on reclaim",
        _failures_forgotten_on_reclaim,
        (_TOGETHER, "rows_tell_the_story_of_the_log", "an_answer_tells_the_present"),
    ),
    Bug("cancel forgets the holder", _cancel_forgets_the_holder, ("events_follow_the_lifecycle",)),
    Bug("dead letter doubled", _dead_letter_doubled, ("one_escalation_for_each_death",)),
    Bug("death not told", _death_not_told, (_TOGETHER,)),
    Bug(
        "pause ignored",
        _pause_ignored,
        ("who_is_paused_claims_nothing", "a_session_is_open_or_refused"),
    ),
    Bug(
        "steps lost with the attempt",
        _steps_lost_with_the_attempt,
        ("steps_outlive_their_attempt",),
    ),
)
