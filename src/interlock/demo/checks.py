"""Cross-checks: do the answers of the specialists fit each other?

A failed check asks for a person; it stops nothing.
"""

from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from interlock.demo.classifier import Classification, DocumentClass
from interlock.demo.extractor import Extraction
from interlock.demo.money import format_amount
from interlock.demo.tier import TierAnswer

# Below this the class is a guess.
CONFIDENCE_MIN: Final = 0.4

# Papers of this fleet carry dates of our time; older ones are birthdays, history or misreadings.
YEAR_MIN: Final = 1990
YEAR_MAX: Final = 2100

# Classes that state an amount to pay or to own.
AMOUNT_CLASSES: Final[frozenset[DocumentClass]] = frozenset(("invoice", "order", "statement"))


class Check(msgspec.Struct, frozen=True):
    name: str
    outcome: Literal["passed", "failed"]
    detail: str


def check_result(
    *, extraction: TierAnswer[Extraction], classification: TierAnswer[Classification]
) -> tuple[Check, ...]:
    """All checks that apply, in a fixed order. Checks whose fields the document does not have are left out."""
    facts, found = extraction.answered, classification.answered
    return (
        *_confidence(found),
        *_fields(found.document_class, facts),
        *_ibans(facts),
        *_sum(facts),
        *_dates(facts),
        *_instructions(facts),
    )


def _check(name: str, holds: bool, detail: str) -> Check:
    return Check(name=name, outcome="passed" if holds else "failed", detail=detail)


def _confidence(found: Classification) -> Iterator[Check]:
    detail = f"{found.document_class} with confidence {found.confidence}"
    yield _check("class_confidence", found.confidence >= CONFIDENCE_MIN, detail)


def _fields(document_class: DocumentClass, facts: Extraction) -> Iterator[Check]:
    if document_class in AMOUNT_CLASSES:
        total = facts.totals.total
        label = facts.totals.label
        detail = f"the total is labelled {label!r}" if total else "no labelled total was found"
        yield _check("total_found", total is not None, detail)
    if document_class in ("invoice", "order"):
        number = facts.reference(document_class)
        detail = f"number {number}" if number else f"an {document_class} without its number"
        yield _check("number_found", number is not None, detail)
    if document_class == "contract":
        holds = bool(facts.sender and facts.recipient)
        detail = "both parties are named" if holds else "a contract needs two named parties"
        yield _check("parties_found", holds, detail)
    if document_class in ("invoice", "order", "statement", "contract", "meeting_notes"):
        holds = facts.document_date is not None
        yield _check("date_found", holds, "dated" if holds else "no date was found")


def _ibans(facts: Extraction) -> Iterator[Check]:
    for wrong in facts.ibans_invalid:
        yield _check("iban_valid", False, f"{wrong.iban}: {wrong.fault}")
    if facts.ibans_valid and not facts.ibans_invalid:
        yield _check("iban_valid", True, f"{len(facts.ibans_valid)} with a right checksum")


def _sum(facts: Extraction) -> Iterator[Check]:
    total, subtotal, taxes = facts.totals.total, facts.totals.subtotal, facts.totals.taxes
    if total is None or subtotal is None or not taxes:
        return
    if {total.currency, subtotal.currency, *(tax.currency for tax in taxes)} != {total.currency}:
        yield _check("sum_of_parts", False, "the parts are in different currencies")
        return
    parts = subtotal.amount_minor + sum(tax.amount_minor for tax in taxes)
    told = format_amount(parts, currency=total.currency)
    said = format_amount(total.amount_minor, currency=total.currency)
    holds = parts == total.amount_minor
    detail = f"parts make {told}" if holds else f"parts make {told}, the total says {said}"
    yield _check("sum_of_parts", holds, detail)


def _dates(facts: Extraction) -> Iterator[Check]:
    dated, due = facts.document_date, facts.due_date
    if dated is not None:
        holds = YEAR_MIN <= int(dated[:4]) <= YEAR_MAX
        yield _check("date_in_range", holds, f"dated {dated}")
    if dated is not None and due is not None:
        # ISO dates compare as text.
        yield _check("due_after_date", due >= dated, f"dated {dated}, due {due}")


def _instructions(facts: Extraction) -> Iterator[Check]:
    count = len(facts.instructions_suspected)
    if count:
        detail = f"{count} sentences try to instruct the agents; they were quoted, not obeyed"
        yield _check("no_instructions", False, detail)
