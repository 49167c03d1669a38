"""The sample documents: those shipped with the package, and two that are too large to ship and are written."""

import shutil
from pathlib import Path
from typing import Any, Final

import msgspec

from interlock import InterlockError
from interlock.demo.reader import DOCUMENT_BYTES_MAX

SAMPLES: Final = Path(__file__).parent / "samples"

# A folder with more is a disk, not a pile of documents.
DOCUMENTS_MAX: Final = 10_000

HUGE_LOG: Final = "huge-service.log"
HUGE_LOG_LINES: Final = 20_000
OVERSIZED_EXPORT: Final = "oversized-export.csv"


class TooManyDocuments(InterlockError):
    """The folder holds more than `DOCUMENTS_MAX` documents; split it."""


def write_samples(folder: Path) -> tuple[Path, ...]:
    """Copies all sample documents into `folder`, writes the two large ones, and gives all paths in order.

    The same files each time, byte for byte.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for document in list_documents(SAMPLES / "documents"):
        shutil.copyfile(document, folder / document.name)
    (folder / HUGE_LOG).write_text(_huge_log(), encoding="utf-8", newline="\n")
    with (folder / OVERSIZED_EXPORT).open("wb") as file:
        # A hole in the file: it counts in full and takes no space on disk.
        file.truncate(DOCUMENT_BYTES_MAX + 1)
    return list_documents(folder)


def list_documents(folder: Path) -> tuple[Path, ...]:
    """All files of `folder` and its subfolders, sorted by their relative names; hidden ones are left out.

    Raises `TooManyDocuments`.
    """
    found: list[Path] = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if any(part.startswith(".") for part in relative.parts) or path.is_dir():
            continue
        found.append(path)
        if len(found) > DOCUMENTS_MAX:
            raise TooManyDocuments(f"{folder} holds more than {DOCUMENTS_MAX} documents: split it")
    return tuple(sorted(found, key=lambda path: path.relative_to(folder).as_posix()))


def load_expected() -> dict[str, dict[str, Any]]:
    """What each sample must come out as, by its name: fields of the filed result, or `dead_letter`."""
    content = (SAMPLES / "expected.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, dict[str, Any]])


def _huge_log() -> str:
    events = (
        "INFO cart opened",
        "INFO article added",
        "WARN stock below the mark",
        "ERROR payment gateway timeout",
        "INFO payment accepted",
        "DEBUG heartbeat ok",
        "INFO parcel handed over",
    )
    lines = []
    for number in range(HUGE_LOG_LINES):
        hour, minute, second = number // 3600 % 24, number // 60 % 60, number % 60
        stamp = f"2026-02-{1 + number // 86_400:02d}T{hour:02d}:{minute:02d}:{second:02d}Z"
        event = events[number % len(events)]
        amount = f"{number % 900 + 10}.{number % 100:02d}"
        lines.append(f"{stamp} {event} order=A-{number:06d} amount=EUR {amount} node=n{number % 5}")
    return "\n".join(lines) + "\n"
