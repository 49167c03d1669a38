"""PDF as text: the text layer through a real parser, and below it the strings that a damaged file still shows."""

import logging
import re
import zlib
from io import BytesIO
from pathlib import Path
from typing import Final

from pypdf import PdfReader
from pypdf.errors import DependencyError

from interlock import InterlockError
from interlock.demo.decoding import clean_text
from interlock.demo.unreadable import Unreadable

# An invoice or a contract is shorter; of a book the beginning tells what it is.
PAGES_MAX: Final = 100

# Damaged files: streams looked at, and bytes that one of them may inflate to (a zip bomb stops here).
STREAMS_MAX: Final = 200
STREAM_BYTES_MAX: Final = 1_000_000

# Fewer letters than this are debris, not a document.
LETTERS_MIN: Final = 20

_STREAM: Final = re.compile(rb"(?<!end)stream\r?\n")
_SHOWN: Final = re.compile(rb"\(((?:[^()\\]|\\[^\r\n])*+)\)|(T\*|Td|TD|Tm|ET|')(?![A-Za-z])")
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|.)")
_ESCAPED: Final = {b"n": b"\n", b"r": b"\n", b"t": b"\t", b"b": b"", b"f": b""}

# The parser reports each flaw of a damaged file on its own log; the tier that answered says it once.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class NoTextLayer(InterlockError):
    """The file is sound, its pages hold no text: most likely pictures of paper."""


def text_layer(content: bytes, *, path: Path) -> tuple[str, tuple[str, ...]]:
    """Text and warnings of a sound PDF.

    Raises `Unreadable("encrypted")` when it needs a password, `NoTextLayer` when it shows pictures only, and
    whatever the parser raises on a damaged file.
    """
    reader = PdfReader(BytesIO(content))
    if reader.is_encrypted:
        _open_with_empty_password(reader, path)
    pages = len(reader.pages)
    texts = [reader.pages[number].extract_text() for number in range(min(pages, PAGES_MAX))]
    text = clean_text("\n\n".join(texts))
    if not text.strip():
        raise NoTextLayer(f"no text on {pages} pages")
    if pages > PAGES_MAX:
        return text, (f"only the first {PAGES_MAX} of {pages} pages were read",)
    return text, ()


def raw_strings(content: bytes, *, path: Path) -> tuple[str, tuple[str, ...]]:
    """Best effort for a damaged PDF: the strings that its text operators show, in file order.

    Raises `ValueError` when there is too little to be a document, and `Unreadable("encrypted")` when what is
    left would be ciphertext.
    """
    if b"/Encrypt" in content:
        raise Unreadable("encrypted", path=path, detail="the PDF is damaged and encrypted")
    shown = (_shown(stream).strip() for stream in _streams(content))
    text = clean_text("\n".join(page for page in shown if page))
    if sum(char.isalpha() for char in text) < LETTERS_MIN:
        raise ValueError("no readable strings are left in the file")
    return text, ("damaged PDF: only the strings that are left were read",)


def _open_with_empty_password(reader: PdfReader, path: Path) -> None:
    try:
        opened = bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        opened = False
    if not opened:
        raise Unreadable("encrypted", path=path, detail="the PDF needs a password")


def _streams(content: bytes) -> list[bytes]:
    found: list[bytes] = []
    for match in _STREAM.finditer(content):
        if len(found) == STREAMS_MAX:
            break
        end = content.find(b"endstream", match.end())
        body = content[match.end() : end if end != -1 else len(content)]
        found.append(_inflated(body))
    return found


def _inflated(body: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(body, STREAM_BYTES_MAX)
    except zlib.error:
        return body[:STREAM_BYTES_MAX]


def _shown(stream: bytes) -> str:
    lines: list[bytes] = [b""]
    for match in _SHOWN.finditer(stream):
        if match[1] is not None:
            lines[-1] += _ESCAPE.sub(_unescaped, match[1])
        elif lines[-1]:
            lines.append(b"")
    return b"\n".join(lines).decode("cp1252", "replace")


def _unescaped(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code.isdigit():
        return bytes([int(code, 8) & 0xFF])
    return _ESCAPED.get(code, code)
