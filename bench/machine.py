"""Facts of the machine under the figures: a rate without them says nothing."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from pathlib import Path

import apsw
import msgspec

from bench.percentile import Percentiles, percentiles

FSYNC_SAMPLES = 200
FSYNC_BYTES = 4096
MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "ramfs", "devtmpfs"})


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """What the figures of one run stood on.

    `fsync_us` times the fsync of 4 KiB appended to a file.
    """

    system: str
    cpu: str
    cores: int
    load_before: float
    python: str
    sqlite_apsw: str
    sqlite_stdlib: str
    scratch_file_system: str
    fsync_us: Percentiles

    @property
    def has_cheap_fsync(self) -> bool:
        """True when the scratch folder lies in memory, where durable figures mean nothing."""
        return self.scratch_file_system in MEMORY_FILE_SYSTEMS


def machine_facts(scratch: Path) -> Machine:
    return Machine(
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        cpu=cpu_model(),
        cores=len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1,
        load_before=os.getloadavg()[0],
        python=f"{platform.python_implementation()} {platform.python_version()}",
        sqlite_apsw=apsw.sqlite_lib_version(),
        sqlite_stdlib=sqlite3.sqlite_version,
        scratch_file_system=file_system_of(scratch),
        fsync_us=fsync_cost_us(scratch),
    )


def fsync_cost_us(folder: Path) -> Percentiles:
    """Times FSYNC_SAMPLES fsyncs, each of FSYNC_BYTES appended to a fresh file in `folder`."""
    path = folder / "fsync.probe"
    block = os.urandom(FSYNC_BYTES)
    samples_us: list[float] = []
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    try:
        for _ in range(FSYNC_SAMPLES):
            os.write(descriptor, block)
            started_ns = time.perf_counter_ns()
            os.fsync(descriptor)
            samples_us.append((time.perf_counter_ns() - started_ns) / 1000)
    finally:
        os.close(descriptor)
        path.unlink()
    return percentiles(samples_us)


def cpu_model() -> str:
    cpu_facts = Path("/proc/cpuinfo")
    if sys.platform == "linux" and cpu_facts.exists():
        for line in cpu_facts.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"


def file_system_of(folder: Path) -> str:
    """The type of the file system that holds `folder`, or "unknown" if the system does not tell."""
    mounts = Path("/proc/mounts")
    if not mounts.exists():
        return "unknown"
    resolved = str(folder.resolve())
    best_mount, best_type = "", "unknown"
    for line in mounts.read_text(encoding="utf-8").splitlines():
        _, mount, kind, *_ = line.split(" ")
        holds = resolved == mount or resolved.startswith(mount.rstrip("/") + "/")
        if holds and len(mount) >= len(best_mount):
            best_mount, best_type = mount, kind
    return best_type
