"""The report: everything a run has to say, and nothing a document could do with it."""

import json
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo import report
from interlock.demo.filing import FiledResult
from interlock.demo.report import (
    AgentLatency,
    DocumentRow,
    RunSummary,
    render_report,
    report_dict,
    row_of,
)
from interlock.demo.report_page import TEXT_CHARS_MAX, escape

SUMMARY = RunSummary(
    documents_in=3,
    results_out=2,
    dead_letters=1,
    tasks=1_234,
    retries=6,
    reclaimed_leases=5,
    stale_writes_refused=4,
    duplicates=0,
    losses=0,
    latencies=(AgentLatency("reader", 10.25, 99.75, 66),),
    throughput_per_s=12.5,
    verify_ok=True,
    verify_text="chain and state hold at position 99",
    kills=7,
    duration_s=5.5,
)
ROWS = (
    DocumentRow(
        source="b.txt",
        outcome="result",
        document_class="support_mail",
        confidence=0.875,
        key_facts={"ticket number": "T-1"},
        tiers={"read": "plain_text"},
        attempts=2,
        warnings=("mixed encodings",),
        destination="support-mails/undated/b.json",
        summary=("The printer is on fire.",),
    ),
    DocumentRow(
        source="a.pdf", outcome="dead_letter", reason="encrypted", detail="needs a password"
    ),
)
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</td></table></style></title><svg onload=alert(1)>",
    "javascript:alert(1)",
    "&lt;script&gt;",
    "\u202egnp.exe\x00\x1b[31m\ud800",
    "<!-- --> ]]> <![CDATA[",
)


class Tags(HTMLParser):
    """Collects what a browser would build."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def row_of_hostile(text: str) -> list[DocumentRow]:
    fields = {
        "document_class": text,
        "key_facts": {text: text},
        "tiers": {text: text},
        "warnings": (text,),
        "destination": text,
        "summary": (text,),
        "reason": text,
        "detail": text,
    }
    return [msgspec.structs.replace(row, source=text, **fields) for row in (ROWS[0], ROWS[1])]


def summary_of_hostile(text: str) -> RunSummary:
    latencies = (AgentLatency(text, 1.0, 2.0, 3),)
    return msgspec.structs.replace(SUMMARY, verify_text=text, latencies=latencies)


def structure(text: str) -> tuple[list[str], set[str]]:
    found = Tags(render_report(summary_of_hostile(text), results=row_of_hostile(text)))
    return found.tags, found.attributes


HARMLESS = structure("harmless")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_string_is_inert_in_the_report(text: str) -> None:
    assert structure(text) == HARMLESS


@given(st.text(alphabet="<>\"'&;/=!-abcsript \x00\u202e\ud800", min_size=1, max_size=60))
def test_no_string_whatever_changes_the_structure_of_the_page(text: str) -> None:
    assert structure(text) == HARMLESS


def test_the_page_has_no_script_and_asks_for_nothing_outside() -> None:
    page = render_report(SUMMARY, results=ROWS)
    found = Tags(page)
    assert not {"script", "iframe", "img", "link", "object", "form", "a"} & set(found.tags)
    assert not any(name.startswith("on") or name in ("src", "href") for name in found.attributes)
    assert "default-src 'none'" in page
    assert "http:" not in page
    assert "https:" not in page


def test_hidden_signs_are_shown_by_their_number() -> None:
    assert escape("a\u202eb\x00") == "a[U+202E]b[U+0000]"
    assert escape("\ud800") == "[U+D800]"


def test_foreign_text_can_end_no_attribute_and_has_a_bound() -> None:
    assert escape("\"'<&>") == "&quot;&#x27;&lt;&amp;&gt;"
    assert len(escape("x" * 10_000)) == TEXT_CHARS_MAX


def test_the_page_shows_every_figure_of_the_run() -> None:
    shown = " ".join(Tags(render_report(SUMMARY, results=ROWS)).texts)
    for figure in (
        "1,234",
        "12.5",
        "5.5",
        "10.2 / 99.8 ms, 66 tasks",
        "position 99",
        "7",
        "6",
        "5",
        "4",
    ):
        assert figure in shown
    for fact in (
        "b.txt",
        "support mail",
        "0.88",
        "T-1",
        "plain_text",
        "mixed encodings",
        "on fire",
    ):
        assert fact in shown
    for fact in ("a.pdf", "encrypted", "needs a password"):
        assert fact in shown


def test_the_page_is_the_same_each_time_and_in_any_order() -> None:
    assert render_report(SUMMARY, results=ROWS) == render_report(SUMMARY, results=ROWS[::-1])


@pytest.mark.parametrize(
    ("change", "is_complete"),
    [
        ({}, True),
        ({"losses": 1}, False),
        ({"duplicates": 1}, False),
        ({"verify_ok": False}, False),
        ({"results_out": 1}, False),
    ],
)
def test_a_run_is_complete_only_when_each_document_ended_once_and_verify_holds(
    change: dict[str, int], *, is_complete: bool
) -> None:
    summary = msgspec.structs.replace(SUMMARY, **change)
    assert summary.is_complete is is_complete
    assert ("not complete" in render_report(summary, results=ROWS)) is not is_complete


def test_the_json_report_is_plain_json_sorted_by_document() -> None:
    found = report_dict(SUMMARY, results=ROWS)
    assert json.loads(json.dumps(found)) == found
    assert [document["source"] for document in found["documents"]] == ["a.pdf", "b.txt"]
    assert found["summary"]["kills"] == 7
    assert found["summary"]["latencies"][0]["p95_ms"] == 99.75


def test_a_report_without_documents_says_so() -> None:
    page = render_report(msgspec.structs.replace(SUMMARY, latencies=()), results=())
    assert "None." in page
    assert "No task was timed." in page
    assert "No document reached a result." in page


def test_a_very_long_report_points_to_the_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "ROWS_MAX", 1)
    rows = [msgspec.structs.replace(ROWS[0], source=f"{number}.txt") for number in range(4)]
    page = render_report(SUMMARY, results=rows)
    assert "3 more are in the JSON report" in page
    assert "1.txt" not in page


def test_a_row_tells_which_tiers_fell_and_which_checks_failed() -> None:
    filed = FiledResult(
        destination="orders/undated/a.json",
        result={
            "source": "a.json",
            "class": {"document_class": "order", "confidence": 0.8},
            "document": {"warnings": ["w"]},
            "checks": [
                {"name": "x", "outcome": "failed", "detail": "no total"},
                {"name": "y", "outcome": "passed", "detail": "fine"},
            ],
            "tier_failures": {"read": [{"tier": "strict_json", "error": "broken"}], "summary": []},
            "key_facts": {"total": "EUR 1.00"},
            "tiers": {"read": "plain_text"},
            "summary": ["s"],
        },
    )
    row = row_of(filed, attempts=3)
    assert row.warnings == ("w", "read: tier strict_json failed (broken)", "no total")
    assert (row.attempts, row.document_class, row.summary) == (3, "order", ("s",))
