import msgspec
import pytest

from interlock.kernel.selection import VALUES_MAX, Selection, Subject, unknown_types

ABOUT = Subject(
    task_ids=frozenset({"task-0-1"}),
    agents=frozenset({"ada", "boss"}),
    queues=frozenset({"mail"}),
    run_ids=frozenset({"run-7"}),
)


@pytest.mark.parametrize(
    ("wanted", "is_taken"),
    [
        (Selection(), True),
        (Selection(agents=("ada",)), True),
        (Selection(agents=("eve", "boss")), True),
        (Selection(agents=("ada",), queues=("mail",), task_ids=("task-0-1",)), True),
        (Selection(agents=("ada",), queues=("other",)), False),
        (Selection(topics=("news",)), False),
        (Selection(run_ids=("run-8",)), False),
        (Selection(correlation_ids=("c-1",)), False),
    ],
)
def test_every_filter_has_to_agree_and_within_one_any_value(
    wanted: Selection, *, is_taken: bool
) -> None:
    assert wanted.takes(ABOUT) is is_taken


@pytest.mark.parametrize(
    ("wanted", "needs"),
    [
        (Selection(types=("TaskClaimed",), task_ids=("task-0-1",), topics=("news",)), False),
        (Selection(agents=("ada",)), True),
        (Selection(queues=("mail",)), True),
        (Selection(run_ids=("run-7",)), True),
        (Selection(correlation_ids=("c-1",)), True),
    ],
)
def test_only_filters_that_earlier_events_answer_need_them(
    wanted: Selection, *, needs: bool
) -> None:
    assert wanted.needs_origins is needs


def test_a_type_that_no_event_has_is_found() -> None:
    assert unknown_types(("TaskClaimed", "TaskClamed")) == ["TaskClamed"]


def test_a_filter_has_a_limit() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"agents": ["x"] * (VALUES_MAX + 1)}, Selection)
