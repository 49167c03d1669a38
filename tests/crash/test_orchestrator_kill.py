"""The orchestrator may be killed at any moment: its successor reads in the topics what it had gathered."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from interlock.demo.fleet import Fleet, Order, Watcher
from interlock.demo.intake import take_in
from interlock.demo.roles import ASPECTS, FILE, ORCHESTRATOR
from interlock.demo.sample_set import SAMPLES

NAMES = ("invoice-eur.pdf", "support-login.eml", "meeting-german.md", "recipe.txt", "service.log")


class OrchestratorKiller(Watcher):
    """Kills the orchestrator once it has heard of some answers."""

    def __init__(self) -> None:
        self.hit: set[str] = set()

    def watch(self, fleet: Fleet) -> None:
        board = fleet.board
        answered = sum(board.passed[aspect.queue] for aspect in ASPECTS)
        if answered < len(ASPECTS) or self.hit:
            return
        for session, pid in fleet.sessions.items():
            process = board.processes.get(session)
            if process is not None and process.agent == ORCHESTRATOR:
                self.hit.add(session)
                os.kill(pid, signal.SIGKILL)


async def test_every_document_is_filed_once_though_the_orchestrator_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that is killed leaves half a trace of its coverage.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    folder = tmp_path / "documents"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(SAMPLES / "documents" / name, folder / name)
    killer = OrchestratorKiller()
    fleet = Fleet(Order(ledger=tmp_path / "fleet.db", documents=take_in(folder)), watcher=killer)
    outcome = await fleet.run()
    assert len(killer.hit) == 1
    assert fleet.restarts >= 1
    assert sorted(filed.result["source"] for filed in outcome.results.values()) == sorted(NAMES)
    assert fleet.board.passed[FILE] == len(NAMES)
    assert outcome.doubled == 0
