"""The front door: one set of verbs, in process and over a socket."""

from pathlib import Path

import pytest

import interlock
from interlock import NotFound, StoreError
from interlock.plane import socket_path

LONG_NAME = "deep" * 30


@pytest.fixture
def temporary(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that stands for /tmp."""
    folder = tmp_path_factory.mktemp("tmp")
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


async def test_a_ledger_in_memory_keeps_nothing_and_has_no_address() -> None:
    async with interlock.open(":memory:") as plane:
        assert plane.address == ""
        ref = await plane.create_task("a")
    async with interlock.open(":memory:") as plane:
        with pytest.raises(NotFound):
            await plane.get_task(ref.task_id)


async def test_a_ledger_that_is_not_served_has_no_socket(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ledger"
    async with interlock.open(path, serve=False) as plane:
        assert plane.address == ""
        assert not socket_path(path).exists()
        with pytest.raises(interlock.CannotConnect):
            async with interlock.connect(path):
                raise AssertionError("nobody listens")


async def test_a_ledger_is_reached_by_its_path_and_by_its_owners_address(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ledger"
    async with interlock.open(path) as owner:
        for address in (path, str(path), owner.address, f"unix:{owner.address}"):
            async with interlock.connect(address) as client:
                ref = await client.create_task("a")
                assert (await owner.get_task(ref.task_id)).status == "ready"


async def test_a_refusal_is_the_same_error_on_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "fleet.ledger"
    async with interlock.open(path) as owner, interlock.connect(path) as client:
        for plane in (owner, client):
            with pytest.raises(NotFound) as refused:
                await plane.get_task("task-0-9")
            assert refused.value.code == "not_found"
            assert refused.value.details == {"task_id": "task-0-9"}


def test_the_socket_stands_beside_the_ledger() -> None:
    path = Path("/fleet.ledger")
    assert socket_path(path) == Path("/fleet.ledger.sock")


async def test_a_ledger_whose_path_is_too_long_for_a_socket_is_served_all_the_same(
    tmp_path: Path, temporary: Path
) -> None:
    path = tmp_path / LONG_NAME / "fleet.ledger"
    path.parent.mkdir()
    async with interlock.open(path) as owner:
        socket = Path(owner.address)
        assert socket.parent.parent == temporary
        assert socket.parent.stat().st_mode & 0o077 == 0
        async with interlock.connect(path) as client:
            assert (await client.create_task("a")).status == "ready"


@pytest.mark.parametrize("kind", ["open to others", "a link", "a file"])
def test_a_folder_that_others_can_use_is_no_place_for_a_socket(
    temporary: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / LONG_NAME / "fleet.ledger"
    folder = socket_path(path).parent
    folder.rmdir()
    if kind == "open to others":
        folder.mkdir()
        folder.chmod(0o777)
    elif kind == "a link":
        (temporary / "elsewhere").mkdir(mode=0o700)
        folder.symlink_to(temporary / "elsewhere")
    else:
        folder.touch()
    with pytest.raises(StoreError, match="others can use"):
        socket_path(path)
