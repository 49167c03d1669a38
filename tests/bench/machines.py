"""A machine under figures that nobody measured."""

from __future__ import annotations

from bench.machine import Machine
from bench.percentile import percentiles

A_MACHINE = Machine(
    system="s",
    cpu="c",
    cores=2,
    load_before=0.0,
    python="p",
    sqlite_apsw="1",
    sqlite_stdlib="2",
    scratch_file_system="tmpfs",
    fsync_us=percentiles([1.0]),
)
