"""The clock's turn: a bounded number of alarms, each decided by its noun."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from interlock.kernel.command import Event
from interlock.kernel.idempotency import decide_forget
from interlock.kernel.mail.settle import decide_message_alarm
from interlock.kernel.schedule.fire import decide_schedule_alarm
from interlock.kernel.task.alarm import decide_task_alarm
from interlock.kernel.topic.settle import decide_subscription_alarm

if TYPE_CHECKING:
    from interlock.kernel.state import State

ALARMS: Final[dict[str, Callable[["State", str, int], list[Event]]]] = {
    "task": decide_task_alarm,
    "key": decide_forget,
    "message": decide_message_alarm,
    "schedule": decide_schedule_alarm,
    "subscription": decide_subscription_alarm,
}
"""Which function decides an alarm, by the noun in front of its key."""


def decide_alarm(state: "State", key: str, now_us: int) -> list[Event]:
    """The events that are due for the owner of this alarm. An alarm that rang for nothing must be cleared by
    the caller."""
    return ALARMS[key.partition("-")[0]](state, key, now_us)
