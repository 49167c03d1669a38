"""`interlock up` as a process of its own."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEY = re.compile(r"il_default_\S+")
ADDRESS = re.compile(r"(http://\S+)/v1/")
END_S = 20
BANNER_BYTES = 4_096


class ServerProcess:
    """A running server: where it is, what it printed, and how much memory it has."""

    def __init__(self, process: "subprocess.Popen[str]", *, url: str, banner: str) -> None:
        self.process = process
        self.url = url
        self.banner = banner

    @property
    def key(self) -> str:
        """The key of an admin, which a first start prints; empty on a later one."""
        found = KEY.search(self.banner)
        return found[0] if found else ""

    @property
    def memory_bytes(self) -> int:
        """What the process has in memory now."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str]:
        """Sends the signal; returns the exit status and what stood on standard error."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=END_S)
        return self.process.returncode, said


@contextmanager
def running_server(store: str | Path, *options: str, **environment: str) -> Iterator[ServerProcess]:
    """Runs `interlock up` on a free port until the context ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "interlock", "up", "--store", str(store), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
    try:
        yield _started(process)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def _started(process: "subprocess.Popen[str]") -> ServerProcess:
    assert process.stdout is not None
    # It is printed in one piece: the first read has all of it.
    banner = os.read(process.stdout.fileno(), BANNER_BYTES).decode()
    found = ADDRESS.search(banner)
    assert found, (banner, process.stderr.read() if process.stderr else "")
    return ServerProcess(process, url=found[1], banner=banner)
