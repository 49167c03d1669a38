"""The doctor says what is wrong with a ledger and what to do, and changes nothing."""

import os
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from interlock.store import doctor
from interlock.store.doctor import Finding, doctor_ledger
from interlock.store.room import reserve_path
from tests.unit.store.ledgers import break_rule, garble_pages, make_ledger, open_small


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    path = tmp_path / "mounts"
    path.write_text("proc /proc proc rw 0 0\n/dev/sda / ext4 rw 0 0\n")
    return path


def findings(ledger: Path, mounts: Path) -> dict[str, Finding]:
    return {finding.check: finding for finding in doctor_ledger(ledger, mounts=mounts)}


async def test_a_healthy_ledger_has_good_findings_only(ledger: Path, mounts: Path) -> None:
    await make_ledger(ledger)
    reserve_path(ledger).touch()
    before = ledger.read_bytes()
    found = findings(ledger, mounts)
    assert {finding.level for finding in found.values()} == {"ok"}
    assert set(found) >= {"sqlite", "schema", "journal_mode", "page_size", "integrity", "room"}
    assert found["owner"].message == "nobody owns it now"
    assert found["file system"].message == "ext4"
    assert ledger.read_bytes() == before


async def test_the_living_owner_is_named(ledger: Path, mounts: Path) -> None:
    store = await open_small(ledger, address="unix:/run/hub.sock")
    message = findings(ledger, mounts)["owner"].message
    await store.close()
    assert message == f"owned by unix:/run/hub.sock (process {os.getpid()})"


def test_a_missing_ledger_is_an_error(ledger: Path, mounts: Path) -> None:
    assert findings(ledger, mounts)["file"].level == "error"


@pytest.mark.parametrize("content", [b"", b"no database" * 1_000])
def test_a_file_that_is_no_ledger_is_an_error(ledger: Path, mounts: Path, content: bytes) -> None:
    ledger.write_bytes(content)
    assert findings(ledger, mounts)["file"].level == "error"


@pytest.mark.parametrize("damage", [garble_pages, break_rule])
async def test_damage_is_found(ledger: Path, mounts: Path, damage: Callable[[Path], None]) -> None:
    await make_ledger(ledger, commits=200)
    damage(ledger)
    found = [
        finding for finding in doctor_ledger(ledger, mounts=mounts) if finding.level == "error"
    ]
    assert [finding.check for finding in found] in (["integrity"], ["file"])


async def test_a_ledger_out_of_the_log_mode_is_an_error(ledger: Path, mounts: Path) -> None:
    await make_ledger(ledger)
    intruder = apsw.Connection(str(ledger))
    intruder.execute("PRAGMA journal_mode = delete").fetchall()
    intruder.close()
    assert findings(ledger, mounts)["journal_mode"].level == "error"


async def test_an_old_sqlite_is_an_error(
    ledger: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.40.1")
    assert findings(ledger, mounts)["sqlite"].level == "error"


async def test_a_write_ahead_log_that_cannot_start_again_is_a_warning(
    ledger: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "WAL_BYTES_WORRY", 10)
    store = await open_small(ledger)
    level = findings(ledger, mounts)["write-ahead log"].level
    await store.close()
    assert level == "warning"


async def test_too_little_room_is_an_error_and_a_missing_reserve_a_warning(
    ledger: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await make_ledger(ledger)
    assert findings(ledger, mounts)["room"].level == "warning"
    monkeypatch.setattr(doctor, "HEADROOM_BYTES", 1 << 62)
    assert findings(ledger, mounts)["room"].level == "error"


@pytest.mark.parametrize(
    ("kind", "level"), [("nfs4", "error"), ("cifs", "error"), ("xfs", "ok"), ("tmpfs", "ok")]
)
async def test_a_network_file_system_is_an_error(
    ledger: Path, mounts: Path, kind: str, level: str
) -> None:
    await make_ledger(ledger)
    folder = str(ledger.parent).replace(" ", "\\040")
    with mounts.open("a") as file:
        file.write(f"server:/ {folder} {kind} rw 0 0\n")
    assert findings(ledger, mounts)["file system"].level == level


@pytest.mark.parametrize("content", [None, "", "short\n", "a /elsewhere nfs rw 0 0\n"])
async def test_a_file_system_that_cannot_be_found_out_is_unknown(
    ledger: Path, mounts: Path, content: str | None
) -> None:
    await make_ledger(ledger)
    mounts.unlink()
    if content is not None:
        mounts.write_text(content)
    assert findings(ledger, mounts)["file system"].message == "of unknown type"
