"""The one error of reading: a document that gives no text, and the reason its dead letter will carry."""

from pathlib import Path
from typing import Final, Literal, get_args

from interlock import InterlockError

UnreadableReason = Literal[
    "binary",
    "broken_pdf",
    "duplicate_keys",
    "empty",
    "encrypted",
    "missing",
    "no_text",
    "non_finite_number",
    "not_a_file",
    "not_permitted",
    "ocr_failed",
    "ocr_unavailable",
    "too_deep",
    "too_large",
    "unsupported_format",
]

REASONS: Final[frozenset[str]] = frozenset(get_args(UnreadableReason))


class Unreadable(InterlockError):
    """The document gives no text that can be trusted; trying again with the same bytes gives the same answer.

    `reason` is one of `REASONS`, `path` the document, `detail` one sentence for people.
    """

    def __init__(self, reason: UnreadableReason, *, path: Path, detail: str) -> None:
        super().__init__(f"cannot read {path.name!r}: {reason}: {detail}")
        self.reason: UnreadableReason = reason
        self.path = path
        self.detail = detail
