"""The reader's work: one document in, its text out, or one typed reason why there is none."""

import hashlib
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from interlock.demo import content as contents
from interlock.demo.content import Kind
from interlock.demo.decoding import Decoded, clean_text, decode_text, looks_binary
from interlock.demo.mail import mail_to_text
from interlock.demo.markup import html_to_text
from interlock.demo.pdf import NoTextLayer, raw_strings, text_layer
from interlock.demo.picture import find_ocr, picture_to_text
from interlock.demo.strict_json import json_to_text
from interlock.demo.table import table_to_text
from interlock.demo.tier import Tier, TierAnswer, TierFailure, TiersExhausted, run_tiers
from interlock.demo.unreadable import Unreadable

# Larger than any letter, contract or month of statements; a dump beyond it is not a document.
DOCUMENT_BYTES_MAX: Final = 8 * 1024 * 1024

# What one document may hand to the agents behind the reader.
TEXT_CHARS_MAX: Final = 4_000_000

# Text and its warnings, as every format gives it.
Told = tuple[str, tuple[str, ...]]


class DocumentHead(msgspec.Struct, frozen=True):
    """What is known of a document without its text.

    `source` names it in all results, `tier` made its text, `failures` are the better tiers that could not.
    """

    source: str
    kind: Kind
    encoding: str
    tier: str
    size_bytes: int
    sha256: str
    warnings: tuple[str, ...] = ()
    failures: tuple[TierFailure, ...] = ()


class ReadResult(DocumentHead, frozen=True, kw_only=True):
    """A document and its text, which may be millions of characters: pass `head` on where the text is not needed."""

    text: str

    @property
    def head(self) -> DocumentHead:
        return DocumentHead(
            **{name: getattr(self, name) for name in DocumentHead.__struct_fields__}
        )


def read_document(
    path: Path, *, source: str | None = None, find_ocr: Callable[[], str | None] = find_ocr
) -> ReadResult:
    """Reads one document: its content decides what it is, its extension only breaks ties.

    `source` is its name in all results (default: the file's name). Damage that leaves text is told in
    `warnings`; a document without trustworthy text raises `Unreadable` with its reason.
    """
    content = _load(path)
    named = clean_text(source or path.name)
    kind = contents.signature_kind(content)
    if kind == "pdf":
        answer, encoding = _read_pdf(content, path), "pdf"
    elif kind is not None:
        text = picture_to_text(path, ocr=find_ocr())
        answer, encoding = TierAnswer(value=(text, ()), tier="ocr"), "picture"
    else:
        decoded = _decode(content, path)
        kind = contents.text_kind(decoded.text, extension=path.suffix.lower())
        answer, encoding = _read_text(kind, content, decoded, path), decoded.encoding
    text, warnings = _bounded(answer.answered)
    if not text.strip():
        raise Unreadable("no_text", path=path, detail=f"the {kind} holds no visible text")
    return ReadResult(
        source=named,
        text=text,
        kind=kind,
        encoding=encoding,
        tier=answer.tier,
        size_bytes=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        warnings=_extension_warning(path, kind) + warnings,
        failures=answer.failures,
    )


def _load(path: Path) -> bytes:
    try:
        status = path.stat()
        # A pipe or a device would keep the worker waiting for ever.
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not_a_file", path=path, detail="only regular files are read")
        with path.open("rb") as file:
            content = file.read(DOCUMENT_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise Unreadable("missing", path=path, detail="there is no such file") from error
    except OSError as error:
        detail = f"the file does not open: {type(error).__name__}"
        raise Unreadable("not_permitted", path=path, detail=detail) from error
    if len(content) > DOCUMENT_BYTES_MAX:
        size_bytes = max(status.st_size, len(content))
        detail = f"{size_bytes} bytes, the limit is {DOCUMENT_BYTES_MAX}; split the document"
        raise Unreadable("too_large", path=path, detail=detail)
    if not content.strip():
        raise Unreadable("empty", path=path, detail=f"{len(content)} bytes, nothing visible")
    return content


def _decode(content: bytes, path: Path) -> Decoded:
    foreign = contents.foreign_format(content)
    if foreign is not None:
        raise Unreadable("unsupported_format", path=path, detail=f"this is {foreign}")
    if looks_binary(content):
        raise Unreadable("binary", path=path, detail="the bytes are no text in any known encoding")
    decoded = decode_text(content)
    if not decoded.text.strip():
        raise Unreadable("empty", path=path, detail=f"{len(content)} bytes, nothing visible")
    return decoded


def _read_text(kind: Kind, content: bytes, decoded: Decoded, path: Path) -> TierAnswer[Told]:
    plain = Tier[Told]("plain_text", lambda: (decoded.text, decoded.warnings))
    structured: dict[Kind, Callable[[], Told]] = {
        "html": lambda: (html_to_text(decoded.text), ()),
        "eml": lambda: mail_to_text(content),
        "csv": lambda: table_to_text(decoded.text),
        "json": lambda: json_to_text(decoded.text, path=path),
    }
    tiers = [plain]
    if kind in structured:
        # A mail names the charset of each part itself, so what the whole looks like is no warning.
        noted = () if kind == "eml" else decoded.warnings
        tiers.insert(0, Tier(_TIER_NAMES[kind], lambda: _noted(structured[kind](), noted)))
    return run_tiers(tiers, capability="read", criticality="critical", passes=(Unreadable,))


_TIER_NAMES: Final[dict[Kind, str]] = {
    "html": "markup",
    "eml": "mail",
    "csv": "table",
    "json": "strict_json",
}


def _noted(told: Told, warnings: tuple[str, ...]) -> Told:
    text, found = told
    return clean_text(text), warnings + found


def _read_pdf(content: bytes, path: Path) -> TierAnswer[Told]:
    tiers = [
        Tier[Told]("text_layer", lambda: text_layer(content, path=path)),
        Tier[Told]("raw_strings", lambda: raw_strings(content, path=path)),
    ]
    try:
        return run_tiers(tiers, capability="read", criticality="critical", passes=(Unreadable,))
    except TiersExhausted as error:
        if NoTextLayer.__name__ in error.failures[0].error:
            detail = "the PDF has pages but no text layer"
            raise Unreadable("no_text", path=path, detail=detail) from error
        raise Unreadable("broken_pdf", path=path, detail="no tier could read it") from error


def _bounded(told: Told) -> Told:
    text, warnings = told
    if len(text) <= TEXT_CHARS_MAX:
        return text, warnings
    return text[:TEXT_CHARS_MAX], (*warnings, f"cut after {TEXT_CHARS_MAX} characters")


def _extension_warning(path: Path, kind: Kind) -> tuple[str, ...]:
    claimed = contents.EXTENSIONS.get(path.suffix.lower())
    # Markdown, logs and plain text shade into each other; only a different format is news.
    written = {"txt", "md", "log"}
    if claimed is None or claimed == kind or (claimed in written and kind in written):
        return ()
    return (f"the extension says {claimed}, the content is {kind}",)
