"""`interlock agents`: who takes part."""

from collections import Counter
from pathlib import Path
from typing import Any

import click

from interlock.cli.ledger import json_option, ledger_argument, with_reader
from interlock.cli.screen import moment, print_json, print_table, say
from interlock.kernel.agent import Agent
from interlock.kernel.rows import decode_row
from interlock.kernel.session import Session
from interlock.kernel.task.model import HELD, Task
from interlock.store.contract import OPEN, Store


@click.command()
@ledger_argument
@json_option
def agents(path: Path, as_json: bool) -> None:
    """List the agents: their status, open sessions and the tasks they hold."""
    found = with_reader(path, _read)
    if as_json:
        print_json({"agents": found})
        return
    print_table(
        ["agent", "status", "sessions", "holds", "since", "capabilities", "reason"],
        [
            (
                agent["name"],
                agent["status"],
                agent["sessions_open"],
                agent["tasks_held"],
                moment(agent["registered_us"]),
                ", ".join(agent["capabilities"]),
                agent["reason"],
            )
            for agent in found
        ],
        right=["sessions", "holds"],
    )
    say(f"{len(found):,} agents")


async def _read(store: Store) -> list[dict[str, Any]]:
    sessions: Counter[str] = Counter()
    held: Counter[str] = Counter()
    async for rows in store.load("0", kind="session", phase=OPEN):
        for row in rows:
            session = decode_row("session", row.body)
            assert isinstance(session, Session)
            sessions[session.agent] += 1
    async for rows in store.load("0", kind="task", phase=OPEN):
        for row in rows:
            if row.status in HELD:
                task = decode_row("task", row.body)
                assert isinstance(task, Task)
                held[task.holder_agent] += 1
    known: dict[str, Agent] = {}
    async for rows in store.load("0", kind="agent"):
        for row in rows:
            agent = decode_row("agent", row.body)
            assert isinstance(agent, Agent)
            known[agent.name] = agent
    return [
        _summary(
            known.get(name) or Agent(name=name, status=""), sessions=sessions[name], held=held[name]
        )
        for name in sorted(known.keys() | held.keys())
    ]


def _summary(agent: Agent, *, sessions: int, held: int) -> dict[str, Any]:
    return {
        "name": agent.name,
        "status": agent.status or "unregistered",
        "reason": agent.reason,
        "capabilities": agent.capabilities,
        "groups": agent.groups,
        "description": agent.description,
        "registered_us": agent.registered_us,
        "sessions_open": sessions,
        "sessions_opened": agent.sessions_opened,
        "tasks_held": held,
    }
