"""Escalations: what the plane could not settle by itself and hands to people."""

from typing import TYPE_CHECKING, Final

from interlock.kernel.command import Event

if TYPE_CHECKING:
    from interlock.kernel.state import State

ESCALATION_TOPIC: Final = "escalation"


class EscalationRaised(Event, frozen=True, kw_only=True):
    """Something needs a person. It stands in the topic `escalation`, so that anyone may subscribe to it."""

    topic: str
    noun: str
    id: str
    reason: str
    run_id: str = ""
    correlation_id: str = ""


def apply_escalation_raised(state: "State", event: EscalationRaised, pos: int) -> None:
    """Applies: whoever waits for the topic is woken."""
    del pos
    state.woken.add("topic:" + event.topic)
