"""Generates `src/interlock/verbs.py`: one typed method for each verb."""

import inspect
import subprocess
import sys
from textwrap import fill, indent
from typing import Any

import msgspec
from verb_fields import Field, fields_of, python_type, structs_in

from interlock.kernel.command import Command, Reply
from interlock.kernel.decide import VERBS

DOCSTRING_CHARS_MAX = 110

HEAD = '''"""Every verb as a typed method. Generated from the kernel's commands by `make docs`: do not edit.

A method sends only what differs from the command's defaults. Arguments marked as any value are JSON.
"""
'''

CLASS = '''
Names: TypeAlias = tuple[str, ...] | list[str]
"""Several names."""


class Verbs:
    """The verbs of the plane. Whoever inherits it brings `_call`."""

    async def _call(self, command_type: type[Command], fields: dict[str, Any]) -> Any:
        """Carries a command to the hub and returns its reply; raises what a refusal means."""
        raise NotImplementedError
'''


def render() -> str:
    """The module's text, formatted."""
    methods = "\n".join(_method(command) for command in VERBS.values())
    draft = HEAD + "\n" + _imports() + CLASS + "\n" + methods
    for arguments in (["check", "--fix-only", "--quiet"], ["format"]):
        command = [sys.executable, "-m", "ruff", *arguments]
        command += ["--stdin-filename", "src/interlock/verbs.py", "-"]
        draft = subprocess.run(
            command, input=draft, capture_output=True, text=True, check=True
        ).stdout
    return draft


def _imports() -> str:
    found: set[type[Any]] = {Command}
    for command in VERBS.values():
        found |= {command, *_replies(command)}
        for field in fields_of(command):
            found |= structs_in(field.annotation)
    lines = [
        "from collections.abc import Sequence",
        "from datetime import datetime",
        "from typing import Any, Literal, TypeAlias",
        "",
        "from msgspec import UNSET, UnsetType",
        "",
    ]
    lines += sorted(f"from {kind.__module__} import {kind.__name__}" for kind in found)
    return "\n".join(lines) + "\n"


def _replies(command: type[Command]) -> list[type[Reply]]:
    return [_reply_named(name.strip()) for name in command.reply.split("|")]


def _reply_named(name: str) -> type[Reply]:
    waiting = [Reply]
    while waiting:
        kind = waiting.pop()
        if kind.__name__ == name:
            return kind
        waiting += kind.__subclasses__()
    raise SystemExit(f"there is no reply {name}: correct the `reply` of the command that names it")


def _method(command: type[Command]) -> str:
    fields = fields_of(command)
    first = [field for field in fields if field.is_required][:1]
    rest = [field for field in fields if field not in first]
    parameters = ["self", *map(_parameter, first), "*", *map(_parameter, rest)]
    required = ", ".join(f'"{field.name}": {field.name}' for field in fields if field.is_required)
    body = [f"fields: dict[str, Any] = {{{required}}}"]
    for field in fields:
        if not field.is_required:
            body += [f"if {_is_given(field)}:", f'    fields["{field.name}"] = {field.name}']
    body += [
        f"reply: {command.reply} = await self._call({command.__name__}, fields)",
        "return reply",
    ]
    docstring = f'"""{_told(command)}\n"""'
    if "\n" not in docstring[3:-4]:
        docstring = docstring.replace('\n"""', '"""')
    text = f"async def {command.verb}({', '.join(parameters)}) -> {command.reply}:\n"
    text += indent(docstring, "    ") + "\n" + indent("\n".join(body), "    ") + "\n"
    return indent(text, "    ")


def _told(command: type[Command]) -> str:
    """The command's docstring; a paragraph that would be too wide at its new depth is filled again."""
    paragraphs = inspect.cleandoc(command.__doc__ or "").split("\n\n")
    return "\n\n".join(
        fill(paragraph, DOCSTRING_CHARS_MAX)
        if any(len(line) > DOCSTRING_CHARS_MAX for line in paragraph.splitlines())
        else paragraph
        for paragraph in paragraphs
    )


def _parameter(field: Field) -> str:
    kind = python_type(field.annotation)
    if field.is_required:
        return f"{field.name}: {kind}"
    shown = _shown_default(field)
    if shown == "None" and kind != "Any" and "None" not in kind.split(" | "):
        kind += " | None"
    return f"{field.name}: {kind} = {shown}"


def _shown_default(field: Field) -> str:
    """The default in the signature; None stands for one that only the command can spell."""
    if field.default is msgspec.UNSET:
        return "UNSET"
    is_plain = field.default is None or isinstance(field.default, str | int | float | tuple)
    return "None" if field.is_json or not is_plain else repr(field.default)


def _is_given(field: Field) -> str:
    shown = _shown_default(field)
    if shown in ("None", "UNSET"):
        return f"{field.name} is not {shown}"
    if shown == "False":
        return f"{field.name} is not False"
    return f"{field.name} != {shown}"
