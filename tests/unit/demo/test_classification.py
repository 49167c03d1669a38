"""The class of a document: words and structure decide, and the evidence is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo.classifier import (
    CLASSES,
    EVIDENCE_MAX,
    classify,
    classify_as_other,
    classify_by_keywords,
)


def test_the_evidence_names_what_spoke_for_the_class() -> None:
    found = classify("Invoice number: A-1\nAmount due: EUR 5.00", kind="txt")
    assert found.document_class == "invoice"
    assert {evidence.signal for evidence in found.evidence} == {"invoice", "amount due"}


def test_structure_speaks_where_words_do_not() -> None:
    lines = "2026-01-01T10:00:00Z all is well\n" * 3
    assert classify(lines, kind="log").document_class == "log"
    assert classify_by_keywords(lines).document_class == "other"
    years = "Baker 2010 - 2015, miller 2015 - today, skills: bread"
    assert classify(years, kind="txt").document_class == "cv"


def test_a_word_repeated_without_end_proves_no_more_than_twice() -> None:
    once = classify("balance", kind="txt")
    often = classify("balance " * 1_000, kind="txt")
    assert once.document_class == often.document_class == "other"


def test_too_little_evidence_gives_other_with_low_confidence() -> None:
    assert classify("A poem about rain", kind="txt").confidence == 0.5
    weak = classify("The quantity of rain", kind="txt")
    assert (weak.document_class, weak.confidence) == ("other", 0.3)


def test_a_rival_lowers_the_confidence_and_is_named() -> None:
    alone = classify("Invoice number: A-1", kind="txt")
    contested = classify("Invoice number: A-1\nPurchase order", kind="txt")
    assert contested.runner_up == "order"
    assert contested.confidence < alone.confidence


def test_the_last_tier_knows_nothing_and_says_so() -> None:
    found = classify_as_other()
    assert (found.document_class, found.confidence, found.evidence) == ("other", 0.0, ())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Lebenslauf\nBerufserfahrung\nAusbildung", "cv"),
        ("Sehr geehrte Frau Klee,\nMit freundlichen Grüßen", "letter"),
        ("Kontoauszug\nAnfangssaldo", "statement"),
        ("Compte rendu\nOrdre du jour", "meeting_notes"),
        ("Das Programm stürzt ab, Ticket 12, Fehlermeldung", "support_mail"),
        ("Contrat de bail\nci-après le preneur", "contract"),
        ("Bon de commande\nAdresse de livraison", "order"),
    ],
)
def test_three_languages_are_understood(text: str, name: str) -> None:
    assert classify(text, kind="txt").document_class == name


@given(st.text(max_size=300))
def test_any_text_gets_a_class_with_a_confidence_between_0_and_1(text: str) -> None:
    found = classify(text, kind="txt")
    assert found.document_class in CLASSES
    assert 0 <= found.confidence <= 1
    assert len(found.evidence) <= EVIDENCE_MAX
