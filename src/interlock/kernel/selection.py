"""Which events of the log somebody wants: the same words for a watcher and for a webhook."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from interlock.kernel.command import Event
from interlock.kernel.limits import Name

VALUES_MAX: Final = 100
"""Values of one filter: each event is compared with all of them, for every watcher."""

Values = Annotated[tuple[Name, ...], Meta(max_length=VALUES_MAX)]


class Subject(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one event is about. Empty fields are not known, or the event has none."""

    task_ids: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    queues: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    run_ids: frozenset[str] = frozenset()
    correlation_ids: frozenset[str] = frozenset()


class Selection(
    msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True
):
    """The events that agree with every filter that is given, and within one with any of its values."""

    types: Values = ()
    task_ids: Values = ()
    agents: Values = ()
    queues: Values = ()
    topics: Values = ()
    run_ids: Values = ()
    correlation_ids: Values = ()

    @property
    def needs_origins(self) -> bool:
        """Whether an event may have to be judged by an earlier one, such as the creation of its task."""
        return bool(self.agents or self.queues or self.run_ids or self.correlation_ids)

    def takes(self, subject: Subject) -> bool:
        """Whether an event about this is wanted, its type aside."""
        return all(
            not wanted or not found.isdisjoint(wanted)
            for wanted, found in (
                (self.task_ids, subject.task_ids),
                (self.agents, subject.agents),
                (self.queues, subject.queues),
                (self.topics, subject.topics),
                (self.run_ids, subject.run_ids),
                (self.correlation_ids, subject.correlation_ids),
            )
        )


def unknown_types(names: tuple[str, ...]) -> list[str]:
    """Those of the names that no event has."""
    known = {kind.__name__ for kind in Event.__subclasses__()}
    return [name for name in names if name not in known]
