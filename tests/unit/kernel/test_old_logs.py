"""The recorded log of every release folds to the rows that it had then: what `apply` does never changes.

A release adds a log to `tests/data/logs`, written by `record`; those of earlier releases stay as they are.
"""

import gzip
import hashlib
from pathlib import Path

import msgspec
import pytest

from interlock.kernel.apply import apply, decode_event, encode_event
from interlock.kernel.rows import pack_rows
from interlock.kernel.state import State

LOGS = sorted((Path(__file__).parents[2] / "data" / "logs").glob("*.jsonl.gz"))


def fold(texts: list[str]) -> str:
    """The SHA-256 over the rows, in order of kind and id, that the events make."""
    state = State()
    rows: dict[tuple[str, str], bytes] = {}
    for text in texts:
        apply(state, decode_event(text))
        for kind, id, *columns, body in pack_rows(state):
            if body:
                rows[kind, id] = msgspec.json.encode([columns, msgspec.Raw(body)])
            else:
                rows.pop((kind, id), None)
    digest = hashlib.sha256()
    for key in sorted(rows):
        digest.update(msgspec.json.encode(key) + rows[key])
    return digest.hexdigest()


def record(texts: list[str], release: str) -> None:
    """Writes the log of a release and the digest of its rows."""
    folder = Path(__file__).parents[2] / "data" / "logs"
    packed = gzip.compress("\n".join(texts).encode(), mtime=0)
    (folder / f"{release}.jsonl.gz").write_bytes(packed)
    (folder / f"{release}.rows.sha256").write_text(fold(texts) + "\n")


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.name)
def test_the_log_of_a_release_folds_to_the_rows_that_it_had_then(log: Path) -> None:
    texts = gzip.decompress(log.read_bytes()).decode().split("\n")
    noted = log.with_name(log.name.replace(".jsonl.gz", ".rows.sha256")).read_text().strip()

    assert len(texts) > 1_000
    assert fold(texts) == noted


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.name)
def test_an_old_event_is_written_again_byte_for_byte(log: Path) -> None:
    for text in gzip.decompress(log.read_bytes()).decode().split("\n"):
        assert encode_event(decode_event(text)) == text


def test_there_is_a_log_for_this_release() -> None:
    assert LOGS
