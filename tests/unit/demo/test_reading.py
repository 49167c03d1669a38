"""Reading a document: what it is, what it says, or why it cannot be read."""

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.demo import pdf, picture
from interlock.demo.decoding import clean_text, decode_text
from interlock.demo.markup import html_to_text
from interlock.demo.picture import find_ocr
from interlock.demo.reader import DOCUMENT_BYTES_MAX, ReadResult, read_document
from interlock.demo.strict_json import json_to_text
from interlock.demo.unreadable import Unreadable

Read = Callable[..., ReadResult]


@pytest.mark.parametrize(
    ("content", "encoding", "text"),
    [
        ("Grüße".encode(), "utf-8", "Grüße"),
        (b"\xef\xbb\xbf" + "Grüße".encode(), "utf-8-sig", "Grüße"),
        ("Grüße".encode("utf-16"), "utf-16", "Grüße"),
        ("Grüße an alle".encode("utf-16-le"), "utf-16-le", "Grüße an alle"),
        ("Grüße an alle".encode("utf-16-be"), "utf-16-be", "Grüße an alle"),
        (b"\xff\xfe\x00\x00" + "Grüße".encode("utf-32-le"), "utf-32", "Grüße"),
        ("10 € für Grüße".encode("cp1252"), "cp1252", "10 € für Grüße"),
        (b"caf\xe9 \x81", "latin-1", "café "),
        ("naïve façade ".encode() + b"caf\xe9", "utf-8+cp1252", "naïve façade café"),
    ],
)
def test_the_ladder_of_encodings_finds_the_right_one(
    content: bytes, encoding: str, text: str
) -> None:
    decoded = decode_text(content)
    assert (decoded.encoding, decoded.text) == (encoding, text)
    is_certain = encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
    assert bool(decoded.warnings) is not is_certain


def test_a_damaged_utf_16_text_loses_only_the_damaged_character() -> None:
    decoded = decode_text("Grüße an alle".encode("utf-16") + b"\x00")
    assert decoded.text.startswith("Grüße an alle")
    assert "damaged" in decoded.warnings[0]


@given(st.binary(max_size=300))
def test_any_bytes_decode_to_clean_text(content: bytes) -> None:
    text = decode_text(content).text
    text.encode("utf-8")
    assert not set(text) & {chr(code) for code in range(32)} - set("\t\n")


@given(st.text())
def test_cleaning_a_clean_text_changes_nothing(text: str) -> None:
    assert clean_text(clean_text(text)) == clean_text(text)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.txt", b"<!DOCTYPE html><p>Hello there</p>", "html"),
        ("a.json", b"<html><body>Hello</body></html>", "html"),
        ("a.txt", b'{"order": 1}', "json"),
        ("a.txt", b"[draft] a letter that is no list", "txt"),
        ("a.md", b"# Title", "md"),
        ("unnamed", b"# Title\n\n## Part\ntext", "md"),
        ("unnamed", b"a;b;c\n1;2;3\n4;5;6\n7;8;9\n", "csv"),
        ("a.csv", b"one,two\n1,2\n", "csv"),
        ("a.txt", b"one, two\nthree, four\nfive, six\nseven, eight\n", "txt"),
        ("a.txt", b"From: a@example.com\nTo: b@example.com\nMIME-Version: 1.0\n\nHi", "eml"),
        ("a.txt", b"From: the board\nTo: all members\n\nDear all", "txt"),
        ("a.eml", b"From: a@example.com\nSubject: x\n\nHi", "eml"),
        ("a.txt", b"2026-01-01T10:00:00Z INFO a\n" * 4, "log"),
        ("a.log", b"no time stamps in here", "txt"),
    ],
)
def test_content_decides_what_a_document_is(
    name: str, content: bytes, kind: str, read: Read
) -> None:
    assert read(content, name=name).kind == kind


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        ("\ufeff\n".encode("utf-16"), "empty"),
        (bytes(range(256)) * 8, "binary"),
        (b"\x00\x01\x02\x03" * 100, "binary"),
        (b"\xff\xfe" + bytes(range(256)) * 8, "binary"),
        (b"PK\x03\x04 a zip", "unsupported_format"),
        (b"\x1f\x8b a gzip", "unsupported_format"),
        (b"{\\rtf1 rich}", "unsupported_format"),
        (b"<html><script>only a script</script></html>", "no_text"),
        (b"%PDF-1.7 and nothing else", "broken_pdf"),
        (b'{"a": 1, "a": 2}', "duplicate_keys"),
        (b'{"b": {"a": 1, "a": 1}}', "duplicate_keys"),
        (b'{"a": -Infinity}', "non_finite_number"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "too_deep"),
        (b"\x89PNG\r\n\x1a\n", "ocr_unavailable"),
        (b"\xff\xd8\xff\xe0", "ocr_unavailable"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(
    content: bytes, reason: str, read: Read
) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(content)
    assert refusal.value.reason == reason


def test_only_regular_files_that_exist_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, reason in (("pipe", "not_a_file"), (".", "not_a_file"), ("gone", "missing")):
        with pytest.raises(Unreadable) as refusal:
            read_document(tmp_path / name)
        assert refusal.value.reason == reason


def test_a_name_that_the_system_refuses_is_a_reasoned_refusal(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as refusal:
        read_document(tmp_path / ("x" * 5_000))
    assert refusal.value.reason == "not_permitted"


def test_a_document_at_the_limit_is_read_and_one_byte_more_is_not(read: Read) -> None:
    line = b"a line of ordinary words\n"
    content = (line * (DOCUMENT_BYTES_MAX // len(line) + 1))[:DOCUMENT_BYTES_MAX]
    found = read(content)
    assert found.size_bytes == DOCUMENT_BYTES_MAX
    assert "cut after" in found.warnings[0]
    with pytest.raises(Unreadable) as refusal:
        read(content + b"a")
    assert refusal.value.reason == "too_large"


def test_the_name_of_a_result_holds_no_broken_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("text")
    assert read_document(path).source == "a.txt"
    assert read_document(path, source="sub/\udcff\n.txt").source == "sub/?\n.txt"


def test_a_head_is_the_document_without_its_text(read: Read) -> None:
    document = read(b"some text")
    assert document.head.sha256 == document.sha256
    assert not hasattr(document.head, "text")


def test_broken_json_is_still_read_as_plain_text(read: Read) -> None:
    found = read(b'{"order_number": "X-1", oops', name="a.json")
    assert found.tier == "plain_text"
    assert found.failures[0].tier == "strict_json"
    assert "X-1" in found.text


def test_a_broken_table_is_still_read_as_plain_text(read: Read) -> None:
    found = read(b'a;b\n1;2\n3;4\n5;6\n"open;7\n8;9\n', name="a.csv")
    assert found.tier == "plain_text"
    assert found.failures[0].tier == "table"


def test_json_is_told_with_its_numbers_as_written(tmp_path: Path) -> None:
    text, warnings = json_to_text(
        '{"a_b": {"c": [1.10, 12345678901234567890]}, "d": null, "e": true}', path=tmp_path
    )
    assert text == "a b.c.1: 1.10\na b.c.2: 12345678901234567890\nd: \ne: true"
    assert warnings == ()


def test_json_with_very_many_values_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("interlock.demo.strict_json.LINES_MAX", 3)
    text, warnings = json_to_text("[1,2,3,4]", path=tmp_path)
    assert text == "1: 1\n2: 2\n3: 3"
    assert "first 3 values" in warnings[0]


def test_a_json_text_cannot_smuggle_in_half_a_character(read: Read) -> None:
    assert read(b'{"a": "x\\ud800y"}').text == "a: x?y"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>one</p><p>two</p>", "one\n\ntwo"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "a\tb"),
        ("a<!-- hidden --> b", "a b"),
        ("a<!-- never closed b", "a"),
        ("a<script>x<b>y</script>b", "ab"),
        ("a<SCRIPT src=x>y</Script >b", "ab"),
        ("a<script>never closed", "a"),
        ("a<style>p {}</style><br/>b", "a\nb"),
        ("1 < 2 &amp; 3 > 2", "1 < 2 & 3 > 2"),
        ("<a title='x'>link</a", "link<a"[:4] + "</a"),
        ("&lt;script&gt;", "<script>"),
    ],
)
def test_a_page_shows_what_a_reader_would_see(page: str, text: str) -> None:
    assert html_to_text(page) == text


@given(st.text(alphabet="<>/!-ascriptylebod \"'=&;#x1\n"))
def test_any_markup_ends_as_text(page: str) -> None:
    assert isinstance(html_to_text(page), str)


def test_a_mail_with_many_parts_is_read_to_a_limit(read: Read) -> None:
    part = b"--b\nContent-Type: text/plain\n\nword\n"
    mail = (
        b"From: a@example.com\nSubject: many\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n" + part * 80 + b"--b--\n"
    )
    found = read(mail, name="a.eml")
    assert found.text.count("word") == 49
    assert "first 50 parts" in found.warnings[0]


def test_a_mail_with_an_unknown_charset_is_still_read(read: Read) -> None:
    mail = b"From: a@example.com\nSubject: x\nContent-Type: text/plain; charset=klingon\n\nHello"
    found = read(mail, name="a.eml")
    assert "Hello" in found.text
    assert "klingon" in found.warnings[0]


def test_a_mail_header_cannot_pretend_to_be_two(read: Read) -> None:
    mail = b"From: a@example.com\nSubject: =?utf-8?q?x=0AFrom:_b@example.com?=\n\nHello"
    assert "\nFrom: b" not in read(mail, name="a.eml").text


def test_a_compressed_bomb_in_a_damaged_pdf_is_inflated_to_a_limit() -> None:
    bomb = zlib.compress(b"(" + b"a" * 5_000_000 + b")")
    text, warnings = pdf.raw_strings(
        b"%PDF-1.4\nstream\n" + bomb + b"\nendstream\nstream\n(some readable letters here) Tj",
        path=Path("a.pdf"),
    )
    assert text == "some readable letters here"
    assert "damaged" in warnings[0]


def test_a_damaged_and_encrypted_pdf_gives_no_ciphertext_for_text(
    samples: Path, read: Read
) -> None:
    cut = (samples / "encrypted.pdf").read_bytes().replace(b"/Root 1 0 R", b"/Root 9 9 R")
    with pytest.raises(Unreadable) as refusal:
        read(cut.replace(b"/Standard", b"/Unknown"), name="a.pdf")
    assert refusal.value.reason == "encrypted"


def test_a_damaged_pdf_shows_its_escaped_signs() -> None:
    text, _ = pdf.raw_strings(
        rb"stream" + b"\n" + rb"(Caf\351 \(open\) \\ all the year round) Tj T* (x) Tj",
        path=Path("a.pdf"),
    )
    assert text == "Café (open) \\ all the year round\nx"


def test_a_long_pdf_is_read_to_a_limit(samples: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PAGES_MAX", 1)
    found = read_document(samples / "contract-two-pages.pdf")
    assert "first 1 of 2 pages" in found.warnings[0]
    assert "Clause 5" not in found.text


@pytest.mark.parametrize(
    ("script", "reason"),
    [("exit 3", "ocr_failed"), ("printf ' '", "no_text"), ("exec tail -f /dev/null", "ocr_failed")],
)
def test_text_recognition_that_does_not_work_is_a_reasoned_refusal(
    script: str, reason: str, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last one hangs: it is ended after the limit.
    monkeypatch.setattr(picture, "SECONDS_MAX", 0.3 if "tail" in script else 30)
    command = tmp_path / "recognise"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o700)
    with pytest.raises(Unreadable) as refusal:
        read_document(samples / "invoice-scan.png", find_ocr=lambda: str(command))
    assert refusal.value.reason == reason


def test_text_recognition_is_looked_for_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ocr() is None
    (tmp_path / "tesseract").write_text("#!/bin/sh\n")
    (tmp_path / "tesseract").chmod(0o700)
    assert find_ocr() == str(tmp_path / "tesseract")
