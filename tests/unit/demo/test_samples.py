"""The sample documents come out as their expectations say, every time and byte for byte."""

import functools
import importlib.util
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from interlock.demo.checks import check_result
from interlock.demo.filing import FiledResult, file_result
from interlock.demo.reader import read_document
from interlock.demo.sample_set import SAMPLES, TooManyDocuments, list_documents, load_expected
from interlock.demo.specialists import answer_classification, answer_extraction, answer_summary
from interlock.demo.unreadable import REASONS, Unreadable

ROOT = Path(__file__).parents[3]
EXPECTED = load_expected()


def filed(path: Path, *, ocr: str | None = None) -> FiledResult:
    document = read_document(path, find_ocr=lambda: ocr)
    extraction = answer_extraction(document.text)
    classification = answer_classification(document.text, kind=document.kind)
    return file_result(
        document,
        extraction=extraction,
        classification=classification,
        summary=answer_summary(document.text),
        checks=check_result(extraction=extraction, classification=classification),
    )


once = functools.cache(filed)


def told(result: dict[str, Any]) -> dict[str, Any]:
    """The fields of a filed result under the names that the expectations use."""
    facts, document = result["facts"], result["document"]
    total = facts["totals"]["total"]
    numbers = {
        f"{reference['kind']}_number": reference["number"]
        for reference in reversed(facts["references"])
    }
    is_cv = result["class"]["document_class"] == "cv"
    return numbers | {
        "class": result["class"]["document_class"],
        "kind": document["kind"],
        "encoding": document["encoding"],
        "read_tier": document["tier"],
        "total": [total["currency"], total["amount_minor"]] if total else None,
        "document_date": facts["document_date"],
        "due_date": facts["due_date"],
        "ibans_valid": facts["ibans_valid"],
        "ibans_invalid": [wrong["iban"] for wrong in facts["ibans_invalid"]],
        "sender": "" if is_cv else facts["sender"],
        "recipient": "" if is_cv else facts["recipient"],
        "instructions_suspected": len(facts["instructions_suspected"]),
        "summary_tier": result["tiers"]["summary"],
        "failed_checks": [c["name"] for c in result["checks"] if c["outcome"] == "failed"],
    }


DEFAULTS: dict[str, Any] = {
    "read_tier": "plain_text",
    "total": None,
    "document_date": None,
    "due_date": None,
    "ibans_valid": [],
    "ibans_invalid": [],
    "sender": "",
    "recipient": "",
    "instructions_suspected": 0,
    "summary_tier": "extractive",
    "failed_checks": [],
}
RESULTS = sorted(name for name, fields in EXPECTED.items() if "dead_letter" not in fields)
DEAD_LETTERS = sorted(EXPECTED.keys() - set(RESULTS))


@pytest.mark.parametrize("name", RESULTS)
def test_a_sample_comes_out_as_expected(name: str, samples: Path) -> None:
    assert told(once(samples / name).result) == DEFAULTS | EXPECTED[name]


@pytest.mark.parametrize("name", DEAD_LETTERS)
def test_a_hopeless_sample_is_refused_with_its_reason(name: str, samples: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        filed(samples / name)
    assert refusal.value.reason == EXPECTED[name]["dead_letter"]
    assert refusal.value.detail
    assert name in str(refusal.value)


def test_every_sample_has_an_expectation(samples: Path) -> None:
    assert {path.name for path in list_documents(samples)} == EXPECTED.keys()


def test_the_samples_cover_every_class_and_most_reasons() -> None:
    assert len(EXPECTED) >= 60
    assert {EXPECTED[name]["class"] for name in RESULTS} == {
        "invoice", "letter", "contract", "support_mail", "cv", "meeting_notes", "log", "statement", "order", "other",
    }  # fmt: skip
    assert {EXPECTED[name]["total"][0] for name in RESULTS if "total" in EXPECTED[name]} == {
        "EUR", "USD", "GBP", "CHF",
    }  # fmt: skip
    assert len({EXPECTED[name]["dead_letter"] for name in DEAD_LETTERS} & REASONS) >= 10


@pytest.mark.parametrize("name", RESULTS)
def test_the_same_document_is_filed_the_same_each_time(name: str, samples: Path) -> None:
    first, again = once(samples / name), filed(samples / name)
    assert first.to_bytes() == again.to_bytes()
    assert first.destination == again.destination


@pytest.mark.parametrize("name", RESULTS)
def test_a_filed_result_fits_into_a_message(name: str, samples: Path) -> None:
    result = once(samples / name)
    assert len(result.to_bytes()) < 60_000
    assert msgspec.json.decode(result.to_bytes()) == result.result


def test_all_samples_are_filed_at_different_places(samples: Path) -> None:
    places = [once(samples / name).destination for name in RESULTS]
    assert len(set(places)) == len(places)


def test_a_machine_with_text_recognition_reads_the_picture(samples: Path, tmp_path: Path) -> None:
    command = tmp_path / "recognise"
    command.write_text("#!/bin/sh\nprintf 'INVOICE NUMBER: 2026-518\\nTOTAL DUE: EUR 84.50\\n'\n")
    command.chmod(0o700)
    expected = EXPECTED["invoice-scan.png"]["with_ocr"]
    found = told(filed(samples / "invoice-scan.png", ocr=str(command)).result)
    assert found == DEFAULTS | expected


def test_the_made_samples_are_what_their_script_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    spec = importlib.util.spec_from_file_location(
        "make_sample_files", ROOT / "scripts/make_sample_files.py"
    )
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    sys.modules.pop("dot_picture", None)
    script.main(tmp_path)
    made = list_documents(tmp_path)
    assert len(made) >= 10
    for path in made:
        assert path.read_bytes() == (SAMPLES / "documents" / path.name).read_bytes(), path.name


def test_hidden_files_are_no_documents_and_subfolders_are_searched(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.txt", ".hidden", ".git/config"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    found = [path.relative_to(tmp_path).as_posix() for path in list_documents(tmp_path)]
    assert found == ["a/c.txt", "b.txt"]


def test_a_folder_with_too_many_documents_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("interlock.demo.sample_set.DOCUMENTS_MAX", 2)
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("text")
    with pytest.raises(TooManyDocuments, match="more than 2"):
        list_documents(tmp_path)
