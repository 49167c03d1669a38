"""Says whether a promise was broken, from the durable log and the answers alone."""

from typing import Any

from interlock.store.memory import MemoryDisk
from tests.sim.call import Calls
from tests.sim.fold import Fold
from tests.sim.help_oracle import HelpOracle
from tests.sim.ledger_watch import Event, LedgerWatch
from tests.sim.mail_oracle import MailOracle
from tests.sim.people_oracle import PeopleOracle
from tests.sim.schedule_oracle import ScheduleOracle
from tests.sim.task_model import HELD
from tests.sim.task_oracle import TaskOracle
from tests.sim.violation import Violation


class Oracle:
    """Everything that the log says, and every promise about it."""

    def __init__(self, disk: MemoryDisk) -> None:
        self.calls = Calls()
        self.people = PeopleOracle(self.calls)
        self.tasks = TaskOracle(self.calls, self.people)
        self.mail = MailOracle(self.calls, self.people, self.tasks.due)
        self.schedules = ScheduleOracle(self.tasks.due)
        self.help = HelpOracle(self.tasks.due)
        ledger = disk.ledger("0")
        self.log = LedgerWatch(ledger, take=self._take, end_commit=self._end_commit)
        self.fold = Fold(ledger, self)
        self._takers = {
            **self.tasks.takers,
            **self.people.takers,
            **self.mail.takers,
            **self.schedules.takers,
            **self.help.takers,
            "EscalationRaised": self._escalated,
            "KeyForgotten": self._key_forgotten,
        }
        self.catch_up = self.log.catch_up

    def _take(self, kind: str, event: Event, pos: int) -> None:
        tasks = self.tasks
        tasks.at_us = event["at_us"]
        if tasks.due:
            expected = tasks.due[0]
            id = event.get("task_id") or event.get("id")
            if (kind, id) == expected:
                tasks.due.popleft()
            else:
                raise Violation(
                    "what_belongs_together_is_committed_together", f"{expected}, not {kind}"
                )
        elif kind == "EscalationRaised":
            raise Violation("one_escalation_for_each_death", f"{event['noun']} {event['id']}")
        elif tasks.unblocking and kind != "TaskUnblocked":
            raise Violation("dependents_are_freed_at_once", f"{sorted(tasks.unblocking)}")
        if kind == "MessageSent":
            self.help.note_message(event, pos)
        taker = self._takers.get(kind)
        if taker is not None:
            try:
                taker(event, pos)
            except KeyError as error:
                detail = f"{kind} at {pos} speaks of {error}, which is not there"
                raise Violation("events_follow_the_lifecycle", detail) from error

    def _end_commit(self) -> None:
        tasks = self.tasks
        if tasks.due or tasks.unblocking:
            left = [*tasks.due, *sorted(tasks.unblocking)]
            raise Violation(
                "what_belongs_together_is_committed_together", f"{left} at {self.log.head}"
            )

    def _escalated(self, event: Event, pos: int) -> None:
        self.mail.note_topic(event["topic"], pos)

    def _key_forgotten(self, event: Event, pos: int) -> None:
        del pos
        noun, _, rest = event["key"].removeprefix("key-").partition("/")
        length, _, rest = rest.partition("/")
        sender, key = rest[: int(length)], rest[int(length) + 1 :]
        if noun == "task":
            known = self.tasks.keys.pop((sender, key), None)
        else:
            known = self.mail.keys.pop((noun, sender, key), None)
        if known is None or known[1] > event["at_us"]:
            raise Violation("keys_are_kept_for_their_window", f"{event['key']}: {known}")

    def hub_started(self, now_us: int, grace_us: int) -> None:
        """A hub has loaded what is durable; it gives holders time to find it."""
        self.tasks.floor_us = now_us + grace_us
        self.tasks.floor_pos = self.log.head
        self.tasks.hub_started()

    def open_count(self) -> int:
        """Tasks and deliveries that are not at their end."""
        return len(self.tasks.open) + len(self.mail.open)

    def overdue(self, now_us: int, slack_us: int) -> list[str]:
        """What should have been ended or begun by the clock long ago."""
        limit_us = now_us - slack_us
        found: list[Any] = []
        for task in self.tasks.open.values():
            due_us = task.lease_until_us if task.status in HELD else task.due_us
            if task.deadline_us and task.status != "cancelling":
                due_us = min(due_us or task.deadline_us, task.deadline_us)
            if 0 < due_us < limit_us or (task.id in self.tasks.doomed and task.status == "blocked"):
                found.append(task.id)
        found += [
            delivery.id
            for delivery in self.mail.open.values()
            if 0 < (delivery.visible_us or delivery.expires_us) < limit_us
        ]
        found += self.schedules.overdue(limit_us)
        return sorted(found)
