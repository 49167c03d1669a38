"""A mail as text: its four telling headers, then its readable body."""

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Final

from interlock.demo.decoding import clean_text, decode_text
from interlock.demo.markup import html_to_text

HEADERS: Final = ("From", "To", "Cc", "Subject", "Date")

# A mail with more parts is an archive of mails; its beginning tells what it is.
PARTS_MAX: Final = 50

HEADER_CHARS_MAX: Final = 1_000


def mail_to_text(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Gives text and warnings. Attachments are named, not opened.

    Raises `ValueError` when there is neither a known header nor a body; the standard library's parser may
    raise nearly anything on hostile headers, so the caller must be ready for that too.
    """
    message = BytesParser(policy=default).parsebytes(content)
    assert isinstance(message, EmailMessage)
    lines = [
        f"{name}: {_one_line(str(message[name]))}" for name in HEADERS if message[name] is not None
    ]
    body, warnings = _body(message)
    if not lines and not body.strip():
        raise ValueError("no mail header and no body")
    return "\n".join(lines) + "\n\n" + body, warnings


def _one_line(value: str) -> str:
    return " ".join(clean_text(value).split())[:HEADER_CHARS_MAX]


def _body(message: EmailMessage) -> tuple[str, tuple[str, ...]]:
    plain: list[str] = []
    marked_up: list[str] = []
    warnings: list[str] = []
    for number, part in enumerate(message.walk()):
        if number == PARTS_MAX:
            warnings.append(f"only the first {PARTS_MAX} parts were read")
            break
        if part.is_multipart():
            continue
        filename = part.get_filename()
        if filename or part.get_content_disposition() == "attachment":
            warnings.append(f"attachment not opened: {_one_line(filename or 'unnamed')[:80]}")
        elif part.get_content_type() == "text/plain":
            plain.append(_text_of(part, warnings))
        elif part.get_content_type() == "text/html":
            marked_up.append(html_to_text(_text_of(part, warnings)))
    return "\n".join(plain or marked_up), tuple(warnings)


def _text_of(part: EmailMessage, warnings: list[str]) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    charset = part.get_content_charset("utf-8")
    try:
        return clean_text(content.decode(charset))
    except (LookupError, UnicodeDecodeError):
        decoded = decode_text(content)
        warnings.append(f"the mail says charset {charset[:40]!r}, read as {decoded.encoding}")
        return decoded.text
