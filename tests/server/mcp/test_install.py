"""`interlock mcp install`: the change is shown, then made, and nothing else in the file is touched."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from interlock.cli import main

KEY = "il_default_1_" + "0" * 64
URL = "http://127.0.0.1:7470"

USER_FILES = {
    "claude-code": ".claude.json",
    "cursor": ".cursor/mcp.json",
    "gemini": ".gemini/settings.json",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it, and a project in it where the command is run."""
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(project)
    return tmp_path


def install(*arguments: str, answer: str = "") -> Result:
    """Runs the command."""
    return CliRunner().invoke(main, ["mcp", "install", *arguments], input=answer)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.mark.parametrize("client", USER_FILES)
def test_a_client_finds_the_server_and_the_key_in_its_file(home: Path, client: str) -> None:
    done = install(client, "--url", URL, "--key", KEY, "--yes")

    path = home / USER_FILES[client]
    entry = read(path)["mcpServers"]["interlock"]
    assert done.exit_code == 0, done.output
    assert f"{URL}/mcp" in entry.values()
    assert entry["headers"] == {"Authorization": f"Bearer {KEY}"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_vs_code_asks_for_the_key_of_a_project_and_keeps_it_out_of_the_file(home: Path) -> None:
    install("vscode", "--scope", "project", "--key", KEY, "--yes")

    text = (home / "project" / ".vscode" / "mcp.json").read_text()
    written = json.loads(text)
    assert KEY not in text
    assert written["servers"]["interlock"]["type"] == "http"
    assert written["inputs"][0]["password"] is True
    assert written["inputs"][0]["id"] in written["servers"]["interlock"]["headers"]["Authorization"]


@pytest.mark.parametrize("client", ["claude-code", "cursor", "gemini"])
def test_a_projects_file_holds_no_key(home: Path, client: str) -> None:
    install(client, "--scope", "project", "--key", KEY, "--yes")

    [path] = [each for each in (home / "project").rglob("*.json") if each.is_file()]
    assert KEY not in path.read_text()
    assert "INTERLOCK_KEY" in path.read_text()


def test_a_client_can_start_the_server_itself(home: Path) -> None:
    install("claude-code", "--stdio", "--scope", "project", "--key", KEY, "--yes")

    entry = read(home / "project" / ".mcp.json")["mcpServers"]["interlock"]
    assert (entry["command"], entry["args"]) == ("interlock", ["mcp", "--url", URL])
    assert entry["env"] == {"INTERLOCK_KEY": "${INTERLOCK_KEY}"}


def test_everything_else_in_the_file_stays_and_the_old_file_is_kept(home: Path) -> None:
    path = home / ".cursor" / "mcp.json"
    path.parent.mkdir()
    before = {"theme": "dark", "mcpServers": {"other": {"command": "x", "args": ["ü"]}}}
    path.write_text(json.dumps(before, indent=4))
    path.chmod(0o640)

    install("cursor", "--yes")

    after = read(path)
    assert after["mcpServers"].pop("interlock") == {"url": f"{URL}/mcp"}
    assert after == before
    assert read(path.with_name("mcp.json.before-interlock")) == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert '\n    "theme"' in path.read_text()


def test_the_change_is_shown_without_the_key_before_it_is_made(home: Path) -> None:
    asked = install("cursor", "--key", KEY, answer="n\n")

    assert f'+      "url": "{URL}/mcp"' in asked.output
    assert KEY not in asked.output
    assert "Write this?" in asked.output
    assert asked.exit_code == 1
    assert not (home / ".cursor" / "mcp.json").exists()


def test_a_dry_run_changes_nothing(home: Path) -> None:
    told = install("cursor", "--dry-run", "--json")

    assert json.loads(told.output)["changed"] is False
    assert "interlock" in json.loads(told.output)["diff"]
    assert not (home / ".cursor").exists()


def test_installed_again_nothing_changes(home: Path) -> None:
    install("cursor", "--yes")
    before = (home / ".cursor" / "mcp.json").read_bytes()
    again = install("cursor", "--yes")

    assert "says so already" in again.output
    assert (home / ".cursor" / "mcp.json").read_bytes() == before
    assert not (home / ".cursor" / "mcp.json.before-interlock").exists()


@pytest.mark.parametrize("text", ['{"a": 1, // mine\n}', "[]", '{"mcpServers": []}', "\xff"])
def test_a_file_that_cannot_be_changed_without_harm_is_left_alone(home: Path, text: str) -> None:
    path = home / ".gemini" / "settings.json"
    path.parent.mkdir()
    path.write_text(text, encoding="latin-1")

    refused = install("gemini", "--yes")

    assert refused.exit_code == 1
    assert path.read_text(encoding="latin-1") == text


def test_where_there_are_comments_the_command_says_what_to_add(home: Path) -> None:
    path = home / ".gemini" / "settings.json"
    path.parent.mkdir()
    path.write_text("{} // mine")

    refused = install("gemini", "--key", KEY, "--yes")

    assert f'"httpUrl": "{URL}/mcp"' in refused.output
    assert KEY not in refused.output


def test_json_output_does_not_ask(home: Path) -> None:
    assert install("cursor", "--json").exit_code == 2
    assert json.loads(install("cursor", "--json", "--yes").output)["changed"] is True
