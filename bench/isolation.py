"""Runs one scenario in a fresh child process and holds it to its time limit."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec

from bench.child import Order
from bench.row import Row
from bench.scenario import Scenario, Workload

ORDERLY_EXIT_S = 15.0
"""Time between SIGTERM and SIGKILL: PostgreSQL's own shutdown took up to 3 s."""

ERROR_CHARS_MAX = 4000
"""The end of a child's standard error that is kept as the reason of its failure."""

CHECKOUT = Path(__file__).resolve().parent.parent


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """How one scenario ended: with rows, or with the text of the error and no rows."""

    name: str
    rows: list[Row]
    error: str
    elapsed_s: float


def run_in_child(scenario: Scenario, *, workload: Workload, scratch_root: Path) -> Outcome:
    """Measures in a child with its own process group; never raises for what the child does.

    At the limit the group gets SIGTERM, then SIGKILL, and the scenario counts as failed.
    """
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=scratch_root))
    # A database server that drops root's rights must be able to pass through to its own folder.
    folder.chmod(0o711)
    try:
        rows, error = _measure(scenario, workload, folder)
    finally:
        _stop_left_servers(folder)
        shutil.rmtree(folder, ignore_errors=True)
    elapsed_s = time.monotonic() - started
    return Outcome(name=scenario.name, rows=rows, error=error, elapsed_s=elapsed_s)


def _measure(scenario: Scenario, workload: Workload, folder: Path) -> tuple[list[Row], str]:
    order_path, answer_path, errors_path = (
        folder / name for name in ("order.json", "answer.json", "errors.txt")
    )
    scratch = folder / "scratch"
    scratch.mkdir()
    order = Order(scenario=scenario, workload=workload, scratch=str(scratch))
    order_path.write_bytes(msgspec.json.encode(order))
    with errors_path.open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "bench.child", str(order_path), str(answer_path)],
            cwd=CHECKOUT,
            env=_child_environment(),
            stdin=subprocess.DEVNULL,
            stdout=errors,
            stderr=errors,
            start_new_session=True,
        )
        is_in_time = _await_exit(child, limit_s=scenario.limit_s)
    printed = errors_path.read_text(encoding="utf-8", errors="replace").strip()
    if not is_in_time:
        return [], f"stopped at its limit of {scenario.limit_s:.0f} s\n{printed[-ERROR_CHARS_MAX:]}"
    if child.returncode != 0 or not answer_path.exists():
        return [], f"exit status {child.returncode}\n{printed[-ERROR_CHARS_MAX:]}"
    return msgspec.json.decode(answer_path.read_bytes(), type=list[Row]), ""


def _await_exit(child: subprocess.Popen[bytes], *, limit_s: float) -> bool:
    """True if the child ended by itself in time. Its process group is gone either way."""
    is_in_time = True
    try:
        child.wait(limit_s)
    except subprocess.TimeoutExpired:
        is_in_time = False
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(ORDERLY_EXIT_S)
    finally:
        # What the child left behind in its own group goes too; an empty group is no error.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    return is_in_time


def _stop_left_servers(folder: Path) -> None:
    """Stops a PostgreSQL that outlived a killed child: it is in a session of its own."""
    for pid_file in folder.rglob("postmaster.pid"):
        server_id = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        with contextlib.suppress(ProcessLookupError):
            os.kill(server_id, signal.SIGQUIT)


def _child_environment() -> dict[str, str]:
    paths = [str(CHECKOUT), str(CHECKOUT / "src")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}
