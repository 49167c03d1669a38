"""Each record says what it is about, for people and for programs."""

import json
import logging
from typing import Any

import pytest

from interlock import Plane
from interlock.worker import Context, Task, Worker
from interlock.worker.log import FieldLog, JsonFormatter
from tests.unit.worker.journal import Journal


async def test_a_record_about_a_task_names_agent_session_task_fence_attempt_and_correlation(
    plane: Plane, journal: Journal, start: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(task: Task, ctx: Context) -> int:
        ctx.log.warning("working on %s", task.title, extra={"page": 3})
        return task.fence

    ref = await plane.create_task("invoice 7", correlation_id="case-7")
    worker = Worker(plane, agent="worker", handler=work)
    start(worker)
    await journal.find("TaskCompleted", task_id=ref.task_id)
    record = next(r for r in caplog.records if r.getMessage() == "working on invoice 7")
    line = json.loads(JsonFormatter().format(record))
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "interlock.worker",
        "message": "working on invoice 7",
        "agent": "worker",
        "session": worker.session,
        "task_id": ref.task_id,
        "correlation_id": "case-7",
        "fence": (await plane.get_task(ref.task_id)).result,
        "attempt": 1,
    }
    assert record.__dict__["page"] == 3


def test_a_json_line_holds_the_exception_and_no_empty_fields(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = FieldLog(logging.getLogger("interlock.worker"), {"agent": "a", "correlation_id": ""})
    try:
        raise ValueError("odd\nnumber")
    except ValueError:
        log.exception("failed")
    text = JsonFormatter().format(caplog.records[0])
    line = json.loads(text)
    assert "\n" not in text
    assert line["exception"].endswith("ValueError: odd\nnumber")
    assert "correlation_id" not in line
    assert line["agent"] == "a"
