"""Requests that nobody should send, by the thousand, against a server process: `python -m tests.server.fuzz`.

The server may refuse them all; it may never fail (5xx), hang, or keep what they brought. Each kind of request starts
from one that is right and spoils a part of it.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from interlock.kernel.command import Command
from interlock.kernel.decide import VERBS
from interlock.server.nouns import LISTED, THINGS
from tests.server.process import ServerProcess, running_server
from tests.unit.hub.any_command import AnyCommand

REQUESTS = 100_000
"""A run that is long enough to see memory grow."""

CONNECTIONS = 16
"""Requests under way at once."""

ANSWER_S = 30.0
GROWTH_BYTES_MAX = 24 * 1024 * 1024
"""What the memory may grow between the first tenth of the requests and the last: room for what is really kept (the
log, open tasks, remembered answers), not for a copy of each request."""

HOSTILE = (
    "\x00",
    "'; DROP TABLE task; --",
    "../../etc/passwd",
    "%00%0d%0a",
    "${7*7}",
    "\u202egnp.exe",
    "\ud83d",
    "A" * 5_000,
    "-1",
    "1e309",
    "null",
    "<script>alert(1)</script>",
)
VALUES: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    2**63,
    2**70,
    1e308,
    "",
    [],
    {},
    [[]] * 50,
    {"a": {"b": {}}},
    *HOSTILE,
)


@dataclass
class Request:
    """One request as bytes, but for its host."""

    method: str
    path: str
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)

    def encode(self, host: str) -> bytes:
        """What goes over the connection."""
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + self.body


@dataclass
class Outcome:
    """What came of a run."""

    statuses: Counter[int]
    faults: list[tuple[Request, bytes]]
    before_bytes: int = 0
    after_bytes: int = 0

    @property
    def growth_bytes(self) -> int:
        """How much the server's memory grew after its first tenth."""
        return self.after_bytes - self.before_bytes


class Spoiler:
    """Makes requests. The same seed makes the same ones."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._commands = AnyCommand(seed)
        self._kinds: tuple[Callable[[], Request], ...] = (
            self._right,
            self._right,
            self._wrong_field,
            self._wrong_field,
            self._cut_body,
            self._flipped_body,
            self._garbage,
            self._wrong_path,
            self._wrong_query,
            self._wrong_headers,
            self._nested,
        )

    def draw(self) -> Request:
        """The next request."""
        return self._random.choice(self._kinds)()

    def _right(self) -> Request:
        command = self._commands.draw()
        return self._call(command, self._fields(command))

    def _fields(self, command: Command) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(command)
        found.pop("type")
        found.pop("namespace", None)  # each is a ledger, which is meant to take memory
        if "wait_s" in found:
            found["wait_s"] = self._random.choice((0, 0, 0.01))
        return found

    def _call(self, command: Command, fields: Any) -> Request:
        body = json.dumps(fields, ensure_ascii=self._random.random() < 0.5)
        return Request("POST", f"/v1/{command.verb}", body.encode("utf-8", "surrogatepass"))

    def _wrong_field(self) -> Request:
        command = self._commands.draw()
        fields = self._fields(command)
        name = self._random.choice([*command.__struct_fields__, "nonsense", "type", ""])
        fields[name] = self._random.choice(VALUES)
        if "wait_s" in fields and isinstance(fields["wait_s"], int | float):
            fields["wait_s"] = min(fields["wait_s"], 0.01)
        return self._call(command, fields)

    def _cut_body(self) -> Request:
        made = self._right()
        made.body = made.body[: self._random.randrange(len(made.body))]
        return made

    def _flipped_body(self) -> Request:
        made = self._right()
        flipped = bytearray(made.body)
        for _ in range(self._random.randint(1, 4)):
            flipped[self._random.randrange(len(flipped))] = self._random.randrange(256)
        made.body = bytes(flipped)
        return made

    def _garbage(self) -> Request:
        made = self._right()
        made.body = self._random.randbytes(self._random.randrange(2_000))
        return made

    def _wrong_path(self) -> Request:
        names = [*VERBS, *THINGS, *LISTED, "..", "openapi.json", "metrics", ""]
        parts = [self._random.choice(names) for _ in range(self._random.randint(1, 3))]
        parts.append(quote(self._random.choice(HOSTILE), safe="/%", errors="replace"))
        method = self._random.choice(["GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"])
        prefix = self._random.choice(["/v1/", "/", "//", "/v1//", "/docs/"])
        return Request(method, prefix + "/".join(parts))

    def _wrong_query(self) -> Request:
        noun = self._random.choice([*THINGS.values(), *LISTED.values()])
        keys = "/".join(quote(self._text(), safe="", errors="replace") for _ in noun.keys)
        names = [name for name in noun.kind.__struct_fields__ if name != "wait_s"]
        pairs = [
            f"{self._random.choice([*names, 'nonsense'])}={quote(self._text(), errors='replace')}"
            for _ in range(self._random.randrange(4))
        ]
        path = f"/v1/{noun.name}/{keys}" if keys else f"/v1/{noun.name}"
        return Request("GET", f"{path}?{'&'.join(pairs)}" if pairs else path)

    def _text(self) -> str:
        return self._random.choice([*HOSTILE, "a", "5", "task-0-1", ""])

    def _wrong_headers(self) -> Request:
        made = self._right()
        names = (
            "Authorization",
            "Idempotency-Key",
            "traceparent",
            "tracestate",
            "Content-Type",
            "Origin",
        )
        for _ in range(self._random.randint(1, 4)):
            value = self._random.choice(
                [*HOSTILE[1:5], "Bearer x", "00-0-0-0", "é" * 300, "a=b,a=b"]
            )
            made.headers.append((self._random.choice(names), value))
        return made

    def _nested(self) -> Request:
        depth = self._random.choice([10, 64, 65, 1_000, 50_000])
        opened, closed = self._random.choice([(b"[", b"]"), (b'{"a":', b"}")])
        nested = opened * depth + b"1" + closed * depth
        name = self._random.choice([b"payload", b"result", b"title", b"backoff"])
        return Request("POST", "/v1/create_task", b'{"title":"t","%s":%s}' % (name, nested))


async def fuzz(server: ServerProcess, *, requests: int, seed: int = 1) -> Outcome:
    """Sends so many requests over a few connections. Raises `TimeoutError` if one is never answered."""
    assert server.key, "without a key the door closes with the first one that is made"
    outcome = Outcome(Counter(), [])
    spoiler = Spoiler(seed)
    drawn = (spoiler.draw() for _ in range(requests))
    first_tenth = [request for _, request in zip(range(requests // 10), drawn, strict=False)]
    await _send_all(server, iter(first_tenth), outcome)
    outcome.before_bytes = server.memory_bytes
    await _send_all(server, drawn, outcome)
    outcome.after_bytes = server.memory_bytes
    return outcome


async def _send_all(server: ServerProcess, requests: Any, outcome: Outcome) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_send_some(server, requests, outcome))


async def _send_some(server: ServerProcess, requests: Any, outcome: Outcome) -> None:
    parts = urlsplit(server.url)
    assert parts.hostname
    streams = None
    for request in requests:
        if streams is None:
            streams = await asyncio.open_connection(parts.hostname, parts.port)
        async with asyncio.timeout(ANSWER_S):
            status, body, is_open = await _exchange(
                *streams, _with_key(request, server.key), parts.netloc
            )
        outcome.statuses[status] += 1
        if status >= 500 and b'"code":"closing"' not in body:
            outcome.faults.append((request, body[:500]))
        if not is_open:
            streams[1].close()
            streams = None
    if streams is not None:
        streams[1].close()


def _with_key(request: Request, key: str) -> Request:
    if not any(name == "Authorization" for name, _ in request.headers):
        request.headers.append(("Authorization", f"Bearer {key}"))
    return request


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request, host: str
) -> tuple[int, bytes, bool]:
    writer.write(request.encode(host))
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    status = int(head.split(b" ", 2)[1])
    length = int(head.partition(b"content-length: ")[2].split(b"\r\n", 1)[0] or 0)
    is_bodiless = request.method == "HEAD" or status in (204, 304)
    body = b"" if is_bodiless else await reader.readexactly(length)
    return status, body, b"connection: close" not in head


def main() -> None:
    """Runs it and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder) / "f.db") as server:
        outcome = asyncio.run(fuzz(server, requests=asked.requests, seed=asked.seed))
    told = {
        "requests": sum(outcome.statuses.values()),
        "statuses": dict(sorted(outcome.statuses.items())),
        "faults": len(outcome.faults),
        "memory_before_mib": round(outcome.before_bytes / 2**20, 1),
        "memory_after_mib": round(outcome.after_bytes / 2**20, 1),
    }
    sys.stdout.write(json.dumps(told, indent=2) + "\n")
    for request, body in outcome.faults[:5]:
        sys.stdout.write(f"{request} {body!r}\n")


if __name__ == "__main__":
    main()
