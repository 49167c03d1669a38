"""The whole fleet in one answer, from kept counters: nothing is counted when it is asked for."""

from heapq import nsmallest
from typing import TYPE_CHECKING, Final

from interlock.kernel.command import Command, Reply
from interlock.kernel.roster import AgentSummary, agent_count, agent_summary
from interlock.kernel.tally import Throughput
from interlock.kernel.task.model import DEAD
from interlock.kernel.task.queue import open_count
from interlock.kernel.task.queues import QueueSummary, queue_names, queue_summary

if TYPE_CHECKING:
    from interlock.kernel.state import State

QUEUES_SHOWN_MAX: Final = 50
AGENTS_SHOWN_MAX: Final = 100
"""One answer stays small enough for a page and for a model; `get_queues` and `get_agents` list all."""

_MINUTES: Final = (5, 60)


class GetFleet(Command, frozen=True, kw_only=True):
    """Returns the fleet at a glance: tasks by status, the deepest queues, the agents with what each does now (busy
    ones first), open messages, dead letters, and the throughput of the last 5 and 60 minutes.

    It costs one look at each queue and each agent, however many tasks there are.
    """

    verb = "get_fleet"
    repeatable = True
    reply = "Fleet"


class Fleet(Reply, frozen=True, kw_only=True):
    """The fleet at hub time `now_us`, after the event at `head`.

    `tasks` counts by status, ended ones of all time included. `queues` and `agents` show the first of
    `queue_count` and `agent_count`. `help_open` are requests that wait for a person. `messages_open` waits to be
    settled, `messages_overdue` of it was handed out and came back unsettled. `dead_letters` counts by noun: task,
    message, event, webhook. `throughput` is counted since the hub started, at `pace_since_us`.
    """

    now_us: int
    head: int
    tasks: dict[str, int] = {}
    queue_count: int = 0
    queues: tuple[QueueSummary, ...] = ()
    agent_count: int = 0
    agents: tuple[AgentSummary, ...] = ()
    session_count: int = 0
    claim_count: int = 0
    help_open: int = 0
    messages_open: int = 0
    messages_overdue: int = 0
    dead_letters: dict[str, int] = {}
    throughput: tuple[Throughput, ...] = ()
    pace_since_us: int = 0


def fleet_of(state: "State", *, now_us: int, dead_events: int) -> Fleet:
    """From the counters, and the number of topic events that are dead letters."""
    queues = queue_names(state)
    deepest = nsmallest(QUEUES_SHOWN_MAX, queues, key=lambda name: (-open_count(state, name), name))
    return Fleet(
        now_us=now_us,
        head=state.head,
        tasks=task_counts(state),
        queue_count=len(queues),
        queues=tuple(queue_summary(state, name, now_us) for name in deepest),
        agent_count=agent_count(state),
        agents=tuple(agent_summary(state, name, now_us) for name in _agents_shown(state)),
        session_count=len(state.sessions),
        claim_count=sum(len(held) for held in state.directory.held.values()),
        help_open=len(state.help),
        messages_open=len(state.deliveries),
        messages_overdue=len(state.directory.overdue),
        dead_letters={
            "task": state.tally.ended.get(DEAD, 0),
            "message": state.tally.dead_messages,
            "event": dead_events,
            "webhook": sum(webhook.dead for webhook in state.webhooks.values()),
        },
        throughput=tuple(state.tally.pace.last(minutes, now_us=now_us) for minutes in _MINUTES),
        pace_since_us=state.tally.pace.since_us,
    )


def task_counts(state: "State") -> dict[str, int]:
    """How many tasks stand in each status."""
    total: dict[str, int] = {}
    for counts in state.counts.values():
        for status, count in counts.items():
            total[status] = total.get(status, 0) + count
    total |= state.tally.ended
    return {status: count for status, count in total.items() if count}


def _agents_shown(state: "State") -> list[str]:
    """Busy agents by name, then the others by name."""
    busy = nsmallest(AGENTS_SHOWN_MAX, (name for name in state.directory.held if name))
    idle = (name for name in state.agents if name not in state.directory.held)
    return [*busy, *nsmallest(AGENTS_SHOWN_MAX - len(busy), idle)]
