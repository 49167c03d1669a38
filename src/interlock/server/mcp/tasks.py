"""Tasks of the ledger as tasks of the protocol: the extension `io.modelcontextprotocol/tasks` (SEP-2663).

A client that speaks it asks for a task with `tasks/get` until it has ended, answers what it asks with
`tasks/update`, and takes it back with `tasks/cancel`. A holder asks by its progress: what stands there under
`inputRequests` is shown to the client, and each answer reaches the holder as a RESULT in the task's thread.

Only in protocol 2026-07-28: of the experimental tasks of 2025-11-25 the SDK has the types and no dispatch.
"""

import json
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Any, Final

import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from interlock.kernel.command import Refusal
from interlock.kernel.payload import decode_json
from interlock.kernel.task.model import CANCELLED, DEAD, DONE, HELD, Task
from interlock.kernel.task.view import TaskView
from interlock.server.mcp.desk import Desk
from interlock.server.mcp.visitor import Context, Lobby, has_extension, missing

EXTENSION: Final = "io.modelcontextprotocol/tasks"

POLL_INTERVAL_MS: Final = 1_000
"""How often a client should ask."""

ANSWERED_MAX: Final = 10_000
"""Answers remembered until the holder's progress shows that it took them."""

JUDGED: Final = frozenset({"PERMANENT", "POLICY"})
"""A task that died by the verdict of its holder has a result, an error; one that nobody could end has failed."""

NEEDED: Final = types.ClientCapabilities(extensions={EXTENSION: {}})


class TaskParams(types.RequestParams):
    """Names a task."""

    task_id: str


class TaskUpdateParams(TaskParams):
    """Answers to what a task asks for."""

    input_responses: dict[str, Any] = {}


def serve_tasks(server: Server[Any], desk: Desk, lobby: Lobby) -> None:
    """Makes the server speak the extension."""
    served = ServedTasks(desk, lobby)
    server.extensions[EXTENSION] = {}
    server.add_request_handler("tasks/get", TaskParams, served.get)
    server.add_request_handler("tasks/update", TaskUpdateParams, served.update)
    server.add_request_handler("tasks/cancel", TaskParams, served.cancel)


class ServedTasks:
    """The three requests of the extension."""

    def __init__(self, desk: Desk, lobby: Lobby) -> None:
        self._desk = desk
        self._lobby = lobby
        self._answered: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def get(self, context: Context, params: TaskParams) -> dict[str, Any]:
        """The task as it is now, with its result when it has ended."""
        view = await self._view(context, params.task_id)
        return detailed(view.task, asked=self._still_asked(view.task))

    async def update(self, context: Context, params: TaskUpdateParams) -> dict[str, Any]:
        """Hands the client's answers to the task's holder."""
        task = (await self._view(context, params.task_id)).task
        asked = self._still_asked(task)
        answers = {key: value for key, value in params.input_responses.items() if key in asked}
        if answers:
            visitor = self._lobby.visitor(context)
            reply = await self._desk.reply(
                visitor,
                "send_message",
                {
                    "target": task.holder_agent,
                    "message_type": "RESULT",
                    "thread_id": task.id,
                    "payload": {"inputResponses": answers},
                },
            )
            _check(reply)
            self._remember(task.id, answers)
        return {"resultType": "complete"}

    async def cancel(self, context: Context, params: TaskParams) -> dict[str, Any]:
        """Takes the task back; one that has ended stays as it is."""
        await self._view(context, params.task_id)
        visitor = self._lobby.visitor(context)
        reply = await self._desk.reply(visitor, "cancel_task", {"task_id": params.task_id})
        if not (isinstance(reply, Refusal) and reply.code == "wrong_status"):
            _check(reply)
        return {"resultType": "complete"}

    async def _view(self, context: Context, task_id: str) -> TaskView:
        _check_envelope(context, task_id)
        visitor = self._lobby.visitor(context)
        view = await self._desk.reply(visitor, "get_task", {"task_id": task_id})
        _check(view)
        assert isinstance(view, TaskView)
        return view

    def _still_asked(self, task: Task) -> dict[str, Any]:
        progress = decode_json(task.progress_json)
        asked = progress.get("inputRequests") if isinstance(progress, dict) else None
        if task.status not in HELD or not isinstance(asked, dict):
            return {}
        return {key: item for key, item in asked.items() if (task.id, key) not in self._answered}

    def _remember(self, task_id: str, answers: dict[str, Any]) -> None:
        for key in answers:
            self._answered[task_id, key] = None
        while len(self._answered) > ANSWERED_MAX:
            self._answered.popitem(last=False)


def created(task: Task) -> dict[str, Any]:
    """The answer to a call that became a task."""
    return {"resultType": "task", **_facts(task, "working")}


def detailed(task: Task, *, asked: dict[str, Any]) -> dict[str, Any]:
    """The task with what its status brings along."""
    found: dict[str, Any] = {"resultType": "complete"}
    if task.status == DONE:
        found |= _facts(task, "completed")
        found["result"] = result_of(decode_json(task.result_json))
    elif task.status == CANCELLED:
        found |= _facts(task, "cancelled")
    elif task.status == DEAD:
        found |= _dead(task)
    elif asked:
        found |= {**_facts(task, "input_required"), "inputRequests": asked}
    else:
        found |= _facts(task, "working")
    return found


def result_of(value: Any) -> dict[str, Any]:
    """A task's result as that of a tool. One that was completed with content blocks keeps them."""
    if isinstance(value, dict) and isinstance(value.get("content"), list):
        return value
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    found: dict[str, Any] = {"content": [{"type": "text", "text": text}], "isError": False}
    if isinstance(value, dict):
        found["structuredContent"] = value
    return found


def _dead(task: Task) -> dict[str, Any]:
    cause = task.causes[-1] if task.causes else None
    message = cause.message if cause and cause.message else "the task was given up"
    if cause and cause.error_class in JUDGED:
        result = {"content": [{"type": "text", "text": message}], "isError": True}
        return {**_facts(task, "completed"), "result": result}
    error = {"code": types.INTERNAL_ERROR, "message": message}
    return {**_facts(task, "failed"), "error": error}


def _facts(task: Task, status: str) -> dict[str, Any]:
    return {
        "taskId": task.id,
        "status": status,
        "statusMessage": task.status,
        "createdAt": _moment(task.created_us),
        "lastUpdatedAt": _moment(task.ended_us or task.claimed_us or task.created_us),
        "ttlMs": None,
        "pollIntervalMs": POLL_INTERVAL_MS,
    }


def _moment(us: int) -> str:
    return datetime.fromtimestamp(us / 1_000_000, UTC).isoformat(timespec="milliseconds")


def _check_envelope(context: Context, task_id: str) -> None:
    """What the SDK checks for the methods that it knows."""
    if context.protocol_version not in MODERN_PROTOCOL_VERSIONS:
        raise MCPError(code=types.METHOD_NOT_FOUND, message="Method not found")
    if not has_extension(context, EXTENSION):
        raise missing(NEEDED)
    named = context.request.headers.get("mcp-name") if context.request else None
    if named is not None and named != task_id:
        message = "the Mcp-Name header does not match the task that the request names"
        raise MCPError(code=types.HEADER_MISMATCH, message=message)


def _check(reply: Any) -> None:
    """Turns a refusal into an error of the protocol."""
    if not isinstance(reply, Refusal):
        return
    code = types.INVALID_PARAMS if reply.code == "not_found" else types.INTERNAL_ERROR
    raise MCPError(code=code, message=reply.message, data={"code": reply.code})
