"""Flags, environment and file mean the same, in that order; whatever cannot be used is named."""

from pathlib import Path

import pytest

from interlock.server.settings import BadSettings, Settings, read_settings


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A file with some settings."""
    path = tmp_path / "interlock.toml"
    path.write_text('port = 1\nhost = "::1"\nstore = "a.db"\nallowed_hosts = ["a.example.com"]\n')
    return path


def test_without_a_word_it_listens_on_this_machine_alone() -> None:
    found = read_settings({}, environment={})

    assert found == Settings()
    assert (found.host, found.port) == ("127.0.0.1", 7470)


def test_flags_go_before_the_environment_and_that_before_the_file(config: Path) -> None:
    environment = {
        "INTERLOCK_PORT": "2",
        "INTERLOCK_HOST": "localhost",
        "INTERLOCK_URL": "http://a",
    }
    found = read_settings({"port": 3, "host": None}, environment=environment, config=config)

    assert (found.port, found.host, found.store) == (3, "localhost", "a.db")
    assert found.allowed_hosts == ("a.example.com",)


def test_every_setting_may_stand_in_the_environment() -> None:
    environment = {
        "INTERLOCK_LOG_JSON": "true",
        "INTERLOCK_ACCESS_LOG": "0",
        "INTERLOCK_BODY_BYTES_MAX": "2048",
        "INTERLOCK_ALLOWED_ORIGINS": "https://a.example.com, https://b.example.com,",
    }
    found = read_settings({}, environment=environment)

    assert (found.log_json, found.access_log, found.body_bytes_max) == (True, False, 2048)
    assert found.allowed_origins == ("https://a.example.com", "https://b.example.com")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1", "prot"),
        ("port = 70000", "port"),
        ('port = "1"', "port"),
        ("port = ", "is no TOML"),
        ("body_bytes_max = 0", "body_bytes_max"),
        ('allowed_hosts = "a"', "allowed_hosts"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_fault(
    tmp_path: Path, text: str, told: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text)

    with pytest.raises(BadSettings, match=told) as raised:
        read_settings({}, environment={}, config=path)
    assert "bad.toml" in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"none\.toml cannot be read"):
        read_settings({}, environment={}, config=tmp_path / "none.toml")


def test_a_variable_that_cannot_be_used_is_named() -> None:
    with pytest.raises(BadSettings, match=r"the environment: .*port"):
        read_settings({}, environment={"INTERLOCK_PORT": "many"})
