"""Blobs are whole or absent, and never another's bytes."""

from pathlib import Path

import pytest

from interlock.store.blob import BlobFolder
from interlock.store.contract import StoreError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db.blobs"


@pytest.fixture
def blobs(folder: Path) -> BlobFolder:
    return BlobFolder(folder, blob_bytes_max=1_000)


def test_a_blob_is_a_file_named_by_its_hash(blobs: BlobFolder, folder: Path) -> None:
    ref = blobs.put(b"hello")
    assert ref == "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    assert (folder / "2c" / ref[9:]).read_bytes() == b"hello"
    assert list(blobs.refs()) == [ref]


def test_a_damaged_blob_is_refused(blobs: BlobFolder, folder: Path) -> None:
    ref = blobs.put(b"hello")
    (folder / "2c" / ref[9:]).write_bytes(b"hallo")
    with pytest.raises(StoreError, match="damaged"):
        blobs.get(ref)


def test_what_a_crashed_writer_left_is_swept(blobs: BlobFolder, folder: Path) -> None:
    ref = blobs.put(b"hello")
    (folder / "unfinished-1").write_bytes(b"hel")
    assert list(blobs.refs()) == [ref]
    blobs.sweep()
    assert not (folder / "unfinished-1").exists()
    assert blobs.get(ref) == b"hello"


def test_a_blob_that_cannot_be_written_leaves_nothing(
    blobs: BlobFolder, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError("planned")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(StoreError, match="planned"):
        blobs.put(b"hello")
    assert [path for path in folder.rglob("*") if path.is_file()] == []
