"""Large contents beside the ledger, named by their hash."""

import contextlib
import errno
import hashlib
import os
import re
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from interlock.store.contract import BlobMissing, BlobTooLarge, StoreError, StoreFull

_REF: Final = re.compile(r"sha256:[0-9a-f]{64}")


def blobs_path(ledger: Path) -> Path:
    """The folder that holds the blobs of a ledger."""
    return ledger.with_name(ledger.name + ".blobs")


class BlobFolder:
    """Files `ab/cdef...` under one folder. A file never changes: its name is the hash of its bytes."""

    def __init__(self, folder: Path, *, blob_bytes_max: int) -> None:
        self._folder = folder
        self._blob_bytes_max = blob_bytes_max

    def put(self, content: bytes) -> str:
        """Writes beside, syncs, renames: a crash leaves the whole blob or none."""
        if len(content) > self._blob_bytes_max:
            raise BlobTooLarge(
                f"a blob of {len(content)} bytes is over the limit of {self._blob_bytes_max}"
            )
        digest = hashlib.sha256(content).hexdigest()
        target = self._folder / digest[:2] / digest[2:]
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                self._write(content, target)
            # Also when it was there: whoever wrote it may have died before its name was durable.
            for folder in (target.parent, self._folder, self._folder.parent):
                sync_folder(folder)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise StoreFull(f"there is no room for a blob of {len(content)} bytes") from error
            raise StoreError(f"could not keep a blob in {self._folder}: {error}") from error
        return f"sha256:{digest}"

    def _write(self, content: bytes, target: Path) -> None:
        beside = self._folder / f"unfinished-{uuid.uuid4().hex}"
        try:
            with beside.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(target)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    def get(self, ref: str) -> bytes:
        """The bytes, checked against their name. Raises `BlobMissing`, or `StoreError` for a
        damaged one.
        """
        if not _REF.fullmatch(ref):
            raise BlobMissing(
                f"{ref!r} is no reference to a blob: expected sha256: and 64 hex digits"
            )
        digest = ref.removeprefix("sha256:")
        try:
            content = (self._folder / digest[:2] / digest[2:]).read_bytes()
        except FileNotFoundError as error:
            raise BlobMissing(f"there is no blob {ref} in {self._folder}") from error
        if hashlib.sha256(content).hexdigest() != digest:
            raise StoreError(
                f"the blob {ref} in {self._folder} is damaged: restore it from a backup"
            )
        return content

    def refs(self) -> Iterator[str]:
        """The references of all blobs in the folder, in order."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            yield f"sha256:{path.parent.name}{path.name}"

    def sweep(self) -> None:
        """Removes what crashed writers left unfinished. Only for the owner, before it writes."""
        with contextlib.suppress(OSError):
            for leftover in self._folder.glob("unfinished-*"):
                leftover.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
