"""Foreign values become commands at one border, in process and from a frame alike."""

from typing import Any

import msgspec
import pytest

from interlock.kernel.border import check_command, json_fields, make_command
from interlock.kernel.errors import Invalid
from interlock.kernel.mail.send import SendMessage
from interlock.kernel.task.create import CreateTask
from interlock.kernel.task.finish import CompleteTask
from interlock.kernel.task.lease import ExtendLease
from tests.unit.kernel import hostile


@pytest.mark.parametrize("name", hostile.FIELDS)
def test_a_field_that_is_wrong_is_refused_by_name_of_the_verb(name: str) -> None:
    with pytest.raises(Invalid, match="invalid: create_task: ") as caught:
        make_command(CreateTask, hostile.FIELDS[name])
    assert caught.value.code == "invalid"


@pytest.mark.parametrize("name", hostile.values())
def test_a_payload_that_is_no_json_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        make_command(CreateTask, {"title": "t", "payload": hostile.values()[name]})


@pytest.mark.parametrize("text", hostile.JSON_TEXTS.values(), ids=hostile.JSON_TEXTS.keys())
@pytest.mark.parametrize(
    "command",
    [
        CreateTask(title="t"),
        CompleteTask(task_id="task-0-1", fence=1),
        SendMessage(target="a", message_type="STATUS"),
    ],
    ids=lambda command: command.verb,
)
def test_a_json_text_of_a_frame_is_checked(command: Any, text: str) -> None:
    ((name, _),) = json_fields(type(command))
    with pytest.raises(Invalid, match=command.verb):
        check_command(msgspec.structs.replace(command, **{name: text}))


def test_a_json_text_of_a_frame_is_kept_in_one_form() -> None:
    sent = CreateTask(title="t", payload='{ "a" : 1 }')
    assert check_command(sent).payload == '{"a":1}'
    canonical = CreateTask(title="t", payload='{"a":1}')
    assert check_command(canonical) is canonical
    bare = CreateTask(title="t")
    assert check_command(bare) is bare


def test_progress_must_be_small() -> None:
    fields = {"task_id": "task-0-1", "fence": 1}
    with pytest.raises(Invalid, match="more than the 4096"):
        make_command(ExtendLease, {**fields, "progress": "x" * 4_096})
    assert make_command(ExtendLease, {**fields, "progress": "x" * 4_000})


def test_text_may_be_in_any_language() -> None:
    made = make_command(CreateTask, {"title": "Übergabe 引き継ぎ 😀", "instructions": "a\nb\tc"})
    assert made.title == "Übergabe 引き継ぎ 😀"
