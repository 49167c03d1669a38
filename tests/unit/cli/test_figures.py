"""A run counts as complete only if nothing is missing, and says what is."""

import io
import sys
from pathlib import Path

import pytest

from interlock.cli.figures import Figures, print_figures, summarise_run, write_report
from interlock.demo.board import DocumentEnd
from interlock.demo.filing import FiledResult
from interlock.demo.fleet import Order
from interlock.demo.intake import Intake
from interlock.demo.outcome import Outcome
from interlock.demo.saboteur import Kill
from interlock.observe.facts import Latency, LedgerFacts
from interlock.observe.fault import Fault
from interlock.observe.verify import Verification

DOCUMENTS = tuple(
    Intake(f"document-{name}", source=f"{name}.txt", path=f"/{name}.txt", capability="txt")
    for name in ("a", "b")
)
RESULT = DocumentEnd("result", "t1")
DEAD = DocumentEnd("dead_letter", "t2", reason="empty", detail="0 bytes")
FILED = FiledResult("letters/undated/a.json", {
    "source": "a.txt",
    "class": {"document_class": "letter", "confidence": 0.9},
    "document": {"warnings": []},
    "key_facts": {"from": "A \x1b[31m"},
    "summary": ["Dear reader."],
    "checks": [],
    "tiers": {"read": "plain_text"},
    "tier_failures": {},
})  # fmt: skip
KILL = Kill(agent="reader", pid=4711, task_id="t1", fence=3)


def facts(**changes: int) -> LedgerFacts:
    counts = {
        "head": 9, "first_us": 1, "last_us": 2, "tasks": 6, "completed": 5, "cancelled": 0, "dead": 1, "claims": 7,
        "retries": 1, "leases_reclaimed": 1, "stale_writes_refused": 0, "duplicates": 0, "losses": 0,
    }  # fmt: skip
    latency = Latency(count=2, p50_ms=3.0, p95_ms=9.0)
    return LedgerFacts(**(counts | changes), events={}, agents={"reader": latency}, queues={})


def verification(fault: Fault | None = None) -> Verification:
    return Verification(shard="0", head=9, hash="00" * 32, commits=4, events=9, rows=5, fault=fault)


def outcome(**changes: object) -> Outcome:
    fields: dict[str, object] = {
        "documents": DOCUMENTS,
        "ends": {DOCUMENTS[0].id: RESULT, DOCUMENTS[1].id: DEAD},
        "results": {DOCUMENTS[0].id: FILED},
        "attempts": {DOCUMENTS[0].id: 2},
        "retries": {"reader": 1},
        "doubled": 0,
        "kills": (KILL,),
        "duration_s": 2.0,
    }
    return Outcome(**(fields | changes))  # type: ignore[arg-type]


def summarise(found: Outcome, **changes: int) -> Figures:
    order = Order(ledger=Path("fleet.db"), documents=DOCUMENTS, kills=1, seed=5)
    return summarise_run(order, found, facts=facts(**changes), verification=verification())


def told(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> str:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    print_figures(figures)
    return out.getvalue()


def test_a_result_and_a_reasoned_dead_letter_are_complete(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = summarise(outcome())
    assert figures.summary.is_complete
    shown = told(figures, monkeypatch)
    assert "Every document reached a result or a named dead letter" in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["b.txt", "empty", "0", "bytes"] in rows
    assert ["workers", "killed", "1", "of", "1"] in rows
    assert ["reader", "2", "1", "1", "3.0", "9.0"] in rows
    assert ["generalist", "0", "0", "0"] in rows


@pytest.mark.parametrize(
    ("changes", "counts", "word"),
    [
        ({"ends": {DOCUMENTS[0].id: RESULT}}, {}, "not complete"),
        ({"ends": {DOCUMENTS[0].id: RESULT}, "is_stopped": True}, {}, "Stopped before"),
        ({"ends": {DOCUMENTS[0].id: RESULT}, "is_stalled": True}, {}, "Nothing moved"),
        ({"doubled": 1}, {}, "not complete"),
        ({}, {"losses": 1}, "not complete"),
        ({}, {"duplicates": 1}, "not complete"),
        (
            {"ends": {DOCUMENTS[0].id: RESULT, DOCUMENTS[1].id: DocumentEnd("dead_letter", "t2", reason="given_up")}},
            {},
            "1 documents were given up",
        ),
    ],
)  # fmt: skip
def test_anything_missing_is_told_and_counts(
    changes: dict[str, object],
    counts: dict[str, int],
    word: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    figures = summarise(outcome(**changes), **counts)
    assert not figures.summary.is_complete
    shown = told(figures, monkeypatch)
    assert word in shown
    if len(figures.outcome.ends) < 2:
        assert figures.summary.losses == 1
        assert ["b.txt", "not", "done"] in [line.split() for line in shown.splitlines()]


def test_a_ledger_that_does_not_verify_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    order = Order(ledger=Path("fleet.db"), documents=DOCUMENTS)
    broken = verification(Fault(pos=4, kind="chain", message="the hash differs"))
    figures = summarise_run(order, outcome(), facts=facts(), verification=broken)
    assert not figures.summary.is_complete
    assert "WRONG at position 4: the hash differs" in told(figures, monkeypatch)


def test_a_long_list_of_dead_letters_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = tuple(
        Intake(f"d{number}", source=f"{number}.txt", path="/x", capability="txt")
        for number in range(30)
    )
    ends = {document.id: DEAD for document in documents}
    figures = summarise(outcome(documents=documents, ends=ends, results={}))
    shown = told(figures, monkeypatch)
    assert "10 more are in the report" in shown
    assert shown.count("0 bytes") == 20


def test_an_existing_report_is_replaced_as_a_whole(tmp_path: Path) -> None:
    for name in ("report.html", "report.json", "answers.jsonl", "copy.json"):
        (tmp_path / name).write_text("x" * 1_000_000)
    figures = write_report(summarise(outcome()), folder=tmp_path, json_file=tmp_path / "copy.json")
    assert figures.page == tmp_path / "report.html"
    assert {path.name for path in tmp_path.iterdir()} == {
        "report.html", "report.json", "answers.jsonl", "copy.json",
    }  # fmt: skip
    for path in tmp_path.iterdir():
        assert "xxx" not in path.read_text()
        assert path.stat().st_mode & 0o777 == 0o644


def test_the_answers_do_not_depend_on_how_often_they_were_tried() -> None:
    calm = outcome(attempts={}, kills=(), retries={}, duration_s=99.0)
    assert calm.answers() == outcome().answers()
    other = outcome(ends={DOCUMENTS[0].id: RESULT})
    assert other.answers_digest() != calm.answers_digest()
