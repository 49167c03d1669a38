"""The generated methods send what was given, under the names that the commands know."""

import inspect
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from interlock.kernel.border import make_command
from interlock.kernel.command import Command
from interlock.kernel.decide import VERBS
from interlock.kernel.task.create import CreateTask
from interlock.verbs import Verbs


class Recorder(Verbs):
    """Makes the command, as the plane does, and keeps it."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.command: Command | None = None

    async def _call(self, kind: type[Command], fields: dict[str, Any]) -> Any:
        self.fields = fields
        self.command = make_command(kind, fields)


async def test_only_what_was_given_is_sent() -> None:
    recorder = Recorder()
    await recorder.create_task("t")
    assert recorder.fields == {"title": "t"}
    await recorder.create_task("t", priority="high", payload=[1], needs=["task-0-1"], agent="a")
    assert recorder.fields == {
        "title": "t",
        "priority": "high",
        "payload": [1],
        "needs": ["task-0-1"],
        "agent": "a",
    }


async def test_a_value_that_looks_empty_is_sent_where_it_means_something() -> None:
    recorder = Recorder()
    await recorder.create_task("t", not_before=0, priority=0, payload=False)
    assert recorder.fields == {"title": "t", "not_before": 0, "priority": 0, "payload": False}
    await recorder.configure_queue("q", is_paused=False)
    assert recorder.fields == {"queue": "q", "is_paused": False}


async def test_a_struct_can_be_given_by_its_fields() -> None:
    recorder = Recorder()
    deadline = datetime(2030, 1, 1, tzinfo=UTC)
    await recorder.create_task("t", backoff={"base_s": 2}, deadline=deadline)
    assert isinstance(recorder.command, CreateTask)
    assert recorder.command.backoff.base_s == 2
    assert recorder.command.deadline == deadline


SAMPLES: dict[str, Any] = {
    "fence": 1,
    "position": 1,
    "message_type": "STATUS",
    "task": {"title": "t"},
    "ids": ["a"],
    "content": b"bytes",
    "url": "https://example.com/hook",
}
"""Values for required fields that are not simply text."""


@pytest.mark.parametrize("verb", VERBS)
async def test_a_method_called_with_its_defaults_is_the_command_with_its_defaults(
    verb: str,
) -> None:
    recorder = Recorder()
    required = {
        field.name: SAMPLES.get(field.name, "x")
        for field in msgspec.structs.fields(VERBS[verb])
        if field.required
    }
    parameters = inspect.signature(getattr(Verbs, verb)).parameters
    shown = {
        name: parameter.default
        for name, parameter in parameters.items()
        if parameter.default not in (inspect.Parameter.empty, None)
    }
    await getattr(recorder, verb)(**required)
    assert recorder.fields == required
    assert recorder.command == make_command(VERBS[verb], {**shown, **required})
