"""What the driver finds in a folder: every file, under a name for people, for the agent that can read it."""

import os
from pathlib import Path

import pytest

from interlock.demo.intake import capability_for, take_in


@pytest.mark.parametrize(
    ("name", "content", "capability"),
    [
        ("a.md", b"# Notes", "md"),
        ("a.JPEG", b"anything", "jpg"),
        ("a.txt", b"%PDF-1.7", "pdf"),
        ("a.pdf", b"\x89PNG\r\n\x1a\n", "png"),
        ("a.txt", b"PK\x03\x04", "any"),
        ("a.docx", b"text", "any"),
        ("a", b"text", "any"),
    ],
)
def test_the_first_bytes_and_then_the_extension_say_who_reads(
    tmp_path: Path, name: str, content: bytes, capability: str
) -> None:
    (tmp_path / name).write_bytes(content)
    assert capability_for(tmp_path / name) == capability


def test_what_cannot_be_opened_goes_to_the_generalist_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "dangling.txt").symlink_to(tmp_path / "nowhere")
    assert [found.capability for found in take_in(tmp_path)] == ["any", "any"]


def test_a_name_that_is_no_text_still_leads_to_its_file(tmp_path: Path) -> None:
    for name in (b"caf\xe9.txt", b"caf\xe8.txt", b"a\x1b[31m.txt", b"% 20.txt"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(name)
    found = take_in(tmp_path)
    assert len({document.id for document in found}) == 4
    for document in found:
        assert os.fsencode(document.file.name) == document.file.read_bytes()
        assert document.path.isascii()
        assert document.source.encode()
        assert "\x1b" not in document.source


def test_a_document_keeps_its_id_wherever_its_folder_lies(tmp_path: Path) -> None:
    ids = []
    for folder in (tmp_path / "here", tmp_path / "there"):
        (folder / "deep").mkdir(parents=True)
        (folder / "deep" / "letter.txt").write_text(f"in {folder}")
        [document] = take_in(folder)
        assert document.source == "deep/letter.txt"
        ids.append(document.id)
    assert ids[0] == ids[1]
