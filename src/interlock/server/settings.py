"""What a server is told at its start. Flags, `INTERLOCK_*` variables and the toml file mean the same, in that order."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

PREFIX: Final = "INTERLOCK_"
LISTS: Final = frozenset({"allowed_hosts", "allowed_origins", "webhook_networks"})
"""Settings that hold several values; in a variable they are parted by commas."""

Port = Annotated[int, Meta(ge=0, le=65_535)]
Bytes = Annotated[int, Meta(ge=1_024, le=64 * 1024 * 1024)]


class BadSettings(ValueError):
    """A setting that cannot be used; the text names it and where it came from."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How `interlock up` runs."""

    store: str = "interlock.db"
    """The path of the ledger, or `:memory:`."""
    host: str = "127.0.0.1"
    port: Port = 7470
    """0 for any free one."""
    require_keys: bool = False
    """Whether keys are needed on this machine, too, before the first one is made."""
    allowed_hosts: tuple[str, ...] = ()
    """Names under which this server may be called, besides its own address and those of this machine."""
    allowed_origins: tuple[str, ...] = ()
    """Origins whose pages may use this server from a browser."""
    webhook_networks: tuple[str, ...] = ()
    """Networks that are not public and that webhooks may reach all the same, such as `10.1.0.0/16`."""
    webhook_http: bool = False
    """Whether webhooks may be posted without TLS."""
    body_bytes_max: Bytes = 1024 * 1024
    log_json: bool = False
    """One JSON object for each line of the log, for programs."""
    access_log: bool = False
    """A line for each request."""
    conformance: bool = False
    """Serves at `/mcp` what the official suite of the protocol expects, over an empty ledger that is not kept."""


def read_settings(
    flags: Mapping[str, Any], *, environment: Mapping[str, str], config: Path | None = None
) -> Settings:
    """The settings from all three places; a flag that is None was not given. Raises `BadSettings`."""
    told: dict[str, Any] = {}
    if config is not None:
        told |= _checked(_read_toml(config), f"{config}", strict=True)
    told |= _checked(_of_environment(environment), "the environment", strict=False)
    told |= {name: value for name, value in flags.items() if value is not None}
    return _made(told, "the command line", strict=True)


def _read_toml(config: Path) -> dict[str, Any]:
    try:
        with config.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise BadSettings(f"{config} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"{config} is no TOML: {error}") from error


def _of_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in Settings.__struct_fields__:
        text = environment.get(PREFIX + name.upper())
        if text is not None:
            parts = [part.strip() for part in text.split(",") if part.strip()]
            found[name] = parts if name in LISTS else text
    return found


def _checked(told: dict[str, Any], place: str, *, strict: bool) -> dict[str, Any]:
    """The values with their types, those that were told only."""
    made = _made(told, place, strict=strict)
    return {name: getattr(made, name) for name in told}


def _made(told: dict[str, Any], place: str, *, strict: bool) -> Settings:
    try:
        return msgspec.convert(told, Settings, strict=strict)
    except msgspec.ValidationError as error:
        known = ", ".join(Settings.__struct_fields__)
        raise BadSettings(f"{place}: {error}; the settings are {known}") from error
