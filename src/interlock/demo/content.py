"""What a document is: its content decides, its extension only where the content leaves a choice."""

import re
from typing import Final, Literal

Kind = Literal["txt", "md", "html", "eml", "csv", "json", "log", "pdf", "png", "jpg"]

_SIGNATURES: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
)

_FOREIGN_SIGNATURES: Final = (
    (b"PK\x03\x04", "a zip archive or an office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"GIF8", "a GIF picture"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"SQLite format 3\x00", "a database"),
    (b"{\\rtf", "a rich text document"),
)

EXTENSIONS: Final[dict[str, Kind]] = {
    ".txt": "txt",
    ".text": "txt",
    ".md": "md",
    ".markdown": "md",
    ".html": "html",
    ".htm": "html",
    ".eml": "eml",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".log": "log",
    ".pdf": "pdf",
    ".png": "png",
    ".jpg": "jpg",
    ".jpeg": "jpg",
}

# A PDF may have a little junk before its header; readers in the field accept it within the first kilobyte.
PDF_HEADER_WITHIN_BYTES: Final = 1024

# The beginning of a text is enough to tell its kind.
SNIFF_CHARS: Final = 8_192

_HTML_START: Final = re.compile(r"\s{0,100}(?:<!doctype\s+html|<html|<head|<body)", re.IGNORECASE)
_HTML_TAG: Final = re.compile(
    r"</?(?:p|div|span|table|tr|td|th|h[1-6]|ul|ol|li|br|a|b|strong|em)\b", re.IGNORECASE
)
_MAIL_HEADER: Final = re.compile(r"([A-Za-z][A-Za-z-]{1,40}):[ \t]")
_MAIL_NAMES: Final = frozenset(("from", "to", "subject", "date", "message-id", "mime-version"))
_MAIL_PROOF: Final = frozenset(("message-id", "mime-version", "received", "return-path"))
_LOG_LINE: Final = re.compile(
    r"\[?(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d|[A-Z][a-z]{2}\s{1,2}\d{1,2} \d\d:\d\d:\d\d"
    r"|\d{1,3}(?:\.\d{1,3}){3} \S{1,40} \S{1,40} \[)"
)
_MARKDOWN: Final = re.compile(r"^(?:#{1,6} \S|[-*] \[[ x]\] |```)", re.MULTILINE)
_SEPARATORS: Final = (";", "\t", "|", ",")


def signature_kind(content: bytes) -> Kind | None:
    """The kind that the first bytes prove, or None: then the content has to be text."""
    for signature, kind in _SIGNATURES:
        if content.startswith(signature):
            return kind
    if b"%PDF-" in content[:PDF_HEADER_WITHIN_BYTES]:
        return "pdf"
    return None


def foreign_format(content: bytes) -> str | None:
    """Names a well-known format that this fleet does not read, or None."""
    for signature, told in _FOREIGN_SIGNATURES:
        if content.startswith(signature):
            return told
    return None


def text_kind(text: str, *, extension: str) -> Kind:
    """The kind of a decoded text. `extension` is lower case with its dot, and breaks ties only."""
    claimed = EXTENSIONS.get(extension)
    head = text[:SNIFF_CHARS]
    if _is_html(head, claimed):
        return "html"
    if _is_json(text, claimed):
        return "json"
    if _is_mail(head, claimed):
        return "eml"
    if _is_log(head, claimed):
        return "log"
    if _is_table(head, claimed):
        return "csv"
    if claimed == "md" or (claimed is None and len(_MARKDOWN.findall(head)) >= 2):
        return "md"
    return "txt"


def find_separator(text: str) -> str | None:
    """The column separator that nearly every line of the beginning agrees on, or None."""
    lines = [line for line in text[:SNIFF_CHARS].split("\n")[:50] if line.strip()]
    if len(lines) < 2:
        return None
    for separator in _SEPARATORS:
        counts = sorted(_separators_outside_quotes(line, separator) for line in lines)
        usual = counts[len(counts) // 2]
        if usual >= 1 and sum(count == usual for count in counts) >= len(counts) * 0.8:
            return separator
    return None


def _separators_outside_quotes(line: str, separator: str) -> int:
    return sum(part.count(separator) for part in line.split('"')[::2])


def _is_html(head: str, claimed: Kind | None) -> bool:
    if _HTML_START.match(head):
        return True
    return claimed == "html" and len(_HTML_TAG.findall(head)) >= 1


def _is_json(text: str, claimed: Kind | None) -> bool:
    start, end = text[:64].lstrip()[:1], text[-64:].rstrip()[-1:]
    if claimed == "json":
        return start in ("{", "[")
    # Without the extension both ends must fit, so that "[draft] ..." stays a text.
    return (start, end) in (("{", "}"), ("[", "]")) and '"' in text[:SNIFF_CHARS]


def _is_mail(head: str, claimed: Kind | None) -> bool:
    names: set[str] = set()
    for line in head.lstrip("\n").split("\n")[:60]:
        match = _MAIL_HEADER.match(line)
        if match:
            names.add(match[1].lower())
        elif not line[:1].isspace() or not names:
            break
    known = len(names & _MAIL_NAMES)
    return known >= 2 and (claimed == "eml" or bool(names & _MAIL_PROOF))


def _is_log(head: str, claimed: Kind | None) -> bool:
    lines = [line for line in head.split("\n")[:60] if line.strip()]
    stamped = sum(1 for line in lines if _LOG_LINE.match(line))
    share = 0.3 if claimed == "log" else 0.7
    return stamped >= 3 and stamped >= len(lines) * share and claimed != "csv"


def _is_table(head: str, claimed: Kind | None) -> bool:
    separator = find_separator(head)
    if separator is None or claimed == "csv":
        return separator is not None
    lines = [line for line in head.split("\n")[:50] if line.strip()]
    # Prose has commas too: without the extension only a real grid counts.
    columns = min(_separators_outside_quotes(line, separator) for line in lines)
    return claimed is None and len(lines) >= 4 and columns >= 2
