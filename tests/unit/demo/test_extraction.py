"""The facts of a document: labels decide, guesses are told, and lists have an end."""

import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo.addresses import find_addresses
from interlock.demo.extractor import LIST_MAX, extract
from interlock.demo.parties import find_parties
from interlock.demo.sample_set import HUGE_LOG
from interlock.demo.specialists import answer_classification, answer_summary


def total_of(text: str) -> tuple[str, int] | None:
    found = extract(text).totals.total
    return (found.currency, found.amount_minor) if found else None


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("Subtotal: 10.00 EUR\nVAT: 2.00 EUR\nTotal: 12.00 EUR", ("EUR", 1200)),
        ("Total due: 12.00 EUR\nTotal of last year: 99.00 EUR", ("EUR", 1200)),
        ("Page total: 5.00 EUR\nTotal: 12.00 EUR", ("EUR", 1200)),
        ("Grand total\n   $12.00", ("USD", 1200)),
        ("Gesamtbetrag inkl. MwSt.: 11,90 €", ("EUR", 1190)),
        ("Sous-total : 10,00 €\nNet à payer : 12,00 €", ("EUR", 1200)),
        ("All prices in GBP\nTotal 1,250.50", ("GBP", 125050)),
        ("Prices in GBP or EUR\nTotal 1,250.50", None),
        ("Total: twelve euros", None),
        ("The fee is 12.00 EUR", None),
        ("Subtotal: 12.00 EUR", None),
    ],
)
def test_the_label_decides_which_amount_is_the_total(
    text: str, total: tuple[str, int] | None
) -> None:
    assert total_of(text) == total


def test_subtotal_and_each_tax_are_found_beside_the_total() -> None:
    text = "Net total 100.00 EUR\nVAT 7% 3.50 EUR\nVAT 19% 9.50 EUR\nTotal incl. VAT 113.00 EUR"
    found = extract(text).totals
    assert found.subtotal is not None
    assert found.subtotal.amount_minor == 10000
    assert [tax.amount_minor for tax in found.taxes] == [350, 950]
    assert found.total is not None
    assert found.total.amount_minor == 11300


def test_without_a_label_only_the_largest_amount_is_told() -> None:
    found = extract("Paid 5.00 EUR and 90.00 EUR").totals
    assert (found.total, found.label) == (None, "")
    assert found.largest is not None
    assert found.largest.amount_minor == 9000


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("Invoice No. A-17", "invoice", "A-17"),
        ("Invoice #2026/0017.", "invoice", "2026/0017"),
        ("INVOICE\nInvoice number:\n   77", "invoice", "77"),
        ("Rechnungs-Nr.: R 12", "invoice", None),
        ("Rechnungs-Nr.: R12", "invoice", "R12"),
        ("Facture n° F-3", "invoice", "F-3"),
        ("Numéro de facture : 2026-3", "invoice", "2026-3"),
        ("# Invoice 20260017", "invoice", "20260017"),
        ("Invoice 3", "invoice", None),
        ("Bestellnummer: B-1", "order", "B-1"),
        ('{"order_id": "X-9"', "order", "X-9"),
        ("PO number 4471", "order", "4471"),
        ("Contract no. C.5", "contract", "C.5"),
        ("ticket number is unknown", "ticket", None),
        ("Kundennummer: K-2", "customer", "K-2"),
    ],
)
def test_a_labelled_number_is_found(text: str, kind: str, number: str | None) -> None:
    assert extract(text).reference(kind) == number


@pytest.mark.parametrize(
    ("text", "sender", "recipient"),
    [
        ("From: Ann <a@example.com>\nTo: Bob <b@example.com>", "Ann <a@example.com>", "Bob <b@example.com>"),
        ("Acme Tools GmbH\nBill to: Bob Ltd", "Acme Tools GmbH", "Bob Ltd"),
        ("Bill to:\n  Bob Ltd", "", "Bob Ltd"),
        ("1.buyer.name: Bob", "", "Bob"),
        ("This is between Ann & Sons Ltd, London, and Bob SA.", "Ann & Sons Ltd", "Bob SA"),
        ("The talk between you and me", "", ""),
        ("Librairie du Vieux Port SAS", "Librairie du Vieux Port SAS", ""),
    ],
)  # fmt: skip
def test_the_parties_are_named(text: str, sender: str, recipient: str) -> None:
    found = find_parties(text)
    assert (found.sender, found.recipient) == (sender, recipient)


def test_labels_tell_the_date_from_the_due_date_and_the_birthday() -> None:
    facts = extract(
        "Born: 01.02.1980\nOrder of 03.03.2026\nDate: 05.03.2026\nPayment due: 04.04.2026"
    )
    assert (facts.document_date, facts.due_date) == ("2026-03-05", "2026-04-04")
    assert extract("Geburtsdatum: 01.02.1980").document_date is None


def test_addresses_are_distinct_and_bounded() -> None:
    text = "A@example.com a@example.com, b@example.org; x@y not@one @example.com a..@ " * 3
    assert find_addresses(text, count_max=5) == ("a@example.com", "b@example.org")
    assert find_addresses(text, count_max=1) == ("a@example.com",)


def test_the_lists_of_a_result_have_an_end() -> None:
    text = "\n".join(
        f"EUR {number}.00 2026-01-{number % 28 + 1:02d} a{number}@example.com order no. A-{number}"
        for number in range(300)
    )
    facts = extract(text)
    assert facts.amounts_count == 300
    for found in (facts.amounts, facts.dates, facts.email_addresses, facts.references):
        assert len(found) <= LIST_MAX


@given(st.text(max_size=300))
def test_any_text_gives_facts_that_are_plain_json(text: str) -> None:
    facts = extract(text)
    assert msgspec.json.decode(msgspec.json.encode(facts), type=type(facts)) == facts


HOSTILE = {
    "one letter": "a" * 400_000,
    "one digit": "1" * 400_000,
    "digits and dots": "1.1." * 100_000,
    "digits and blanks": "1 2 3 " * 70_000,
    "at signs": "a@" * 200_000,
    "domains": "a@" + "a." * 200_000,
    "capitals": "DE12 " * 80_000,
    "long number": "DE89" * 100_000,
    "currencies": "EUR " * 100_000,
    "labels": "total: " * 60_000,
    "label lines": "total\n" * 60_000,
    "references": "invoice number " * 30_000,
    "companies": "Alpha Beta " * 40_000,
    "between": "between " * 50_000,
    "dashes": "- " * 200_000,
    "stops": ". " * 200_000,
    "attacks": "ignore ignore the the the " * 16_000,
    "open attacks": "ignore all instructions " * 16_000,
    "quotes": '"' * 400_000,
    "blank lines": "\n" * 400_000,
    "blanks": " " * 400_000,
    "orders": "send send send " * 27_000,
    "years": "2026 - 2026 " * 33_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_worked_through_in_linear_time(name: str) -> None:
    # Processor time, not the clock: a pattern that backtracks would need minutes for these.
    start = time.process_time()
    text = HOSTILE[name]
    extract(text)
    answer_classification(text, kind="txt")
    answer_summary(text)
    assert time.process_time() - start < 10


def test_the_huge_log_is_worked_through_whole(samples: Path) -> None:
    facts = extract((samples / HUGE_LOG).read_text())
    assert facts.amounts_count == 20_000
