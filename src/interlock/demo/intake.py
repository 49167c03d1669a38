"""The driver's view of a folder: which documents there are, and who can read each of them."""

import hashlib
import os
import stat
from pathlib import Path
from typing import Final
from urllib.parse import quote_from_bytes, unquote_to_bytes

import msgspec

from interlock.demo.content import EXTENSIONS, foreign_format, signature_kind
from interlock.demo.decoding import clean_text
from interlock.demo.roles import ANY
from interlock.demo.sample_set import list_documents

# Signatures stand in the first bytes; a PDF may have a little junk before its own.
SNIFF_BYTES: Final = 2_048

DIGEST_CHARS: Final = 12


class Intake(msgspec.Struct, frozen=True):
    """A document as the fleet meets it: `id` names its run, `source` names it to people.

    `path` is the file's absolute path, quoted: file names are bytes, and not all of them are text.
    """

    id: str
    source: str
    path: str
    capability: str

    @property
    def file(self) -> Path:
        """Where the document lies."""
        return unquote_path(self.path)


def take_in(folder: Path) -> tuple[Intake, ...]:
    """All documents of the folder, in the order of their names. Raises `TooManyDocuments`."""
    root = folder.resolve()
    return tuple(_intake(path, root) for path in list_documents(root))


def capability_for(path: Path) -> str:
    """The kind of document that its first bytes prove or else its extension claims; `any` for no known kind."""
    try:
        # Opening a pipe would wait for a writer.
        if not stat.S_ISREG(path.stat().st_mode):
            return ANY
        with path.open("rb") as file:
            head = file.read(SNIFF_BYTES)
    except OSError:
        return ANY
    if foreign_format(head) is not None:
        return ANY
    return signature_kind(head) or EXTENSIONS.get(path.suffix.lower()) or ANY


def unquote_path(quoted: str) -> Path:
    """The path that an `Intake` carries."""
    return Path(os.fsdecode(unquote_to_bytes(quoted)))


def _intake(path: Path, root: Path) -> Intake:
    name = os.fsencode(path.relative_to(root).as_posix())
    return Intake(
        # Two names may look alike once cleaned; their bytes differ.
        id=f"document-{hashlib.sha256(name).hexdigest()[:DIGEST_CHARS]}",
        source=clean_text(name.decode("utf-8", "replace")),
        path=quote_from_bytes(os.fsencode(path)),
        capability=capability_for(path),
    )
