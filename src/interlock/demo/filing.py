"""The archivist's work: one result per document, at a place and with bytes that depend on the document alone."""

import hashlib
import re
from typing import Any, Final

import msgspec

from interlock.demo.checks import AMOUNT_CLASSES, Check
from interlock.demo.classifier import Classification, DocumentClass
from interlock.demo.extractor import Extraction
from interlock.demo.money import format_amount
from interlock.demo.reader import DocumentHead, ReadResult
from interlock.demo.summariser import Summary
from interlock.demo.tier import TierAnswer

FOLDERS: Final[dict[DocumentClass, str]] = {
    "invoice": "invoices",
    "letter": "letters",
    "contract": "contracts",
    "support_mail": "support-mails",
    "cv": "cvs",
    "meeting_notes": "meeting-notes",
    "log": "logs",
    "statement": "statements",
    "order": "orders",
    "other": "other",
}

# Room for a readable name; the digest behind it makes the place unique.
SLUG_CHARS_MAX: Final = 60
DIGEST_CHARS: Final = 12


class FiledResult(msgspec.Struct, frozen=True):
    """`destination` is a relative path of safe characters; `result` is plain JSON without times or counters."""

    destination: str
    result: dict[str, Any]

    def to_bytes(self) -> bytes:
        """The canonical JSON of the result: sorted keys, so equal results are equal bytes."""
        return msgspec.json.encode(self.result, order="sorted")


def file_result(
    document: DocumentHead,
    *,
    extraction: TierAnswer[Extraction],
    classification: TierAnswer[Classification],
    summary: TierAnswer[Summary],
    checks: tuple[Check, ...],
) -> FiledResult:
    """Gathers the answers. Same document, same answers: same place and same bytes, however often it is tried."""
    facts, found = extraction.answered, classification.answered
    result: dict[str, Any] = {
        "source": document.source,
        "document": _head(document),
        "class": found,
        "facts": facts,
        "key_facts": key_facts(facts, document_class=found.document_class),
        "summary": list(summary.value.sentences) if summary.value else [],
        "checks": checks,
        "needs_review": any(check.outcome == "failed" for check in checks),
        "tiers": {
            "read": document.tier,
            "extraction": extraction.tier,
            "classification": classification.tier,
            "summary": summary.tier,
        },
        "tier_failures": {
            "read": document.failures,
            "extraction": extraction.failures,
            "classification": classification.failures,
            "summary": summary.failures,
        },
    }
    # Through JSON and back: what is compared here is what another process will read.
    plain = msgspec.json.decode(msgspec.json.encode(result))
    return FiledResult(
        destination=_destination(document, found.document_class, facts), result=plain
    )


def key_facts(facts: Extraction, *, document_class: DocumentClass) -> dict[str, str]:
    """The few facts people look for first, by name, ready to show."""
    told: dict[str, str | None] = {}
    total = facts.totals.total or (facts.totals.largest if document_class == "invoice" else None)
    if total is not None and document_class in AMOUNT_CLASSES:
        told["total"] = format_amount(total.amount_minor, currency=total.currency)
    for kind in ("invoice", "order", "contract", "ticket", "customer"):
        told[f"{kind} number"] = facts.reference(kind)
    told["date"] = facts.document_date
    told["due"] = facts.due_date
    if document_class != "cv":
        told["from"] = facts.sender
        told["to"] = facts.recipient
    if document_class in ("cv", "support_mail"):
        told["e-mail"] = next(iter(facts.email_addresses), None)
    told["iban"] = ", ".join(facts.ibans_valid[:3])
    told["invalid iban"] = ", ".join(wrong.iban for wrong in facts.ibans_invalid[:3])
    if facts.instructions_suspected:
        told["instructions suspected"] = facts.instructions_suspected[0]
    return {name: value for name, value in told.items() if value}


def _destination(document: DocumentHead, document_class: DocumentClass, facts: Extraction) -> str:
    month = facts.document_date[:7] if facts.document_date else "undated"
    slug = re.sub(r"[^a-z0-9]{1,200}", "-", document.source.lower()).strip("-")[:SLUG_CHARS_MAX]
    # The name belongs to the digest too: two copies of one document are two documents.
    identity = f"{document.source}\n{document.sha256}".encode()
    digest = hashlib.sha256(identity).hexdigest()[:DIGEST_CHARS]
    return f"{FOLDERS[document_class]}/{month}/{slug.strip('-') or 'document'}-{digest}.json"


def _head(document: DocumentHead) -> DocumentHead:
    return document.head if isinstance(document, ReadResult) else document
