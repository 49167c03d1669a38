"""Generated examples are the same on every machine: no seed, no example database, no deadline."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

from interlock.demo.reader import ReadResult, read_document
from interlock.demo.sample_set import write_samples

settings.register_profile("same-everywhere", derandomize=True, database=None, deadline=None)
settings.load_profile("same-everywhere")

Read = Callable[..., ReadResult]


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all sample documents, the two large ones included."""
    folder = tmp_path_factory.mktemp("documents")
    write_samples(folder)
    return folder


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads given bytes as a file of the given name, on a machine without text recognition."""

    def read_bytes(content: bytes, *, name: str = "document.txt") -> ReadResult:
        path = tmp_path / name
        path.write_bytes(content)
        return read_document(path, find_ocr=lambda: None)

    return read_bytes
