"""Whatever hostile input reaches a verb, in process or through the socket: it is refused, and nothing changes."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from interlock.hub.listener import Listener
from interlock.kernel.errors import Invalid
from interlock.plane import Plane
from tests.unit.hub.raw_client import RawClient
from tests.unit.hub.stage import Stage
from tests.unit.kernel import hostile

_NO_UTF_8 = b"\xed\xa0\x80"
"""What a lone surrogate would be in UTF-8, if that allowed it."""
_STANDS_FOR_IT = "\ue000"

HAS_NO_BYTES = {"a priority beyond all numbers"}
"""msgpack cannot say it."""


def raw_create_task(fields: dict[str, Any]) -> bytes:
    """The bytes that a client would send who checks nothing."""
    marked = msgspec.convert(_marked(fields), dict[str, Any])
    encoded = msgspec.msgpack.encode({"type": "CreateTask", **marked})
    return encoded.replace(_STANDS_FOR_IT.encode(), _NO_UTF_8)


def _marked(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(_STANDS_FOR_IT if "\ud800" <= c <= "\udfff" else c for c in value)
    if isinstance(value, dict):
        return {key: _marked(item) for key, item in value.items()}
    return value


@pytest.fixture
async def raw(listener: Listener) -> AsyncIterator[RawClient]:
    client = await RawClient.connect(listener.path)
    yield client
    await client.close()


@pytest.mark.parametrize("name", hostile.FIELDS)
async def test_a_method_refuses_a_field_that_is_wrong(stage: Stage, name: str) -> None:
    plane = Plane(stage.hub, address="")
    fields = {"title": "", **hostile.FIELDS[name]}
    if name == "an unknown field":
        with pytest.raises(TypeError, match="unexpected keyword"):
            await plane.create_task(**fields)
    else:
        with pytest.raises(Invalid):
            await plane.create_task(**fields)
    assert stage.hub.head == 0
    assert stage.disk.commits == []


@pytest.mark.parametrize("name", hostile.values())
async def test_a_method_refuses_a_payload_that_is_no_json(stage: Stage, name: str) -> None:
    plane = Plane(stage.hub, address="")
    payload = hostile.values()[name]
    with pytest.raises(Invalid):
        await plane.create_task("t", payload=payload)
    with pytest.raises(Invalid):
        await plane.send_message("b", message_type="STATUS", payload=payload, agent="a")
    with pytest.raises(Invalid):
        await plane.complete_task("task-0-1", fence=1, result=payload)
    assert stage.hub.head == 0


@pytest.mark.parametrize("name", sorted(hostile.FIELDS.keys() - HAS_NO_BYTES))
async def test_a_frame_with_a_field_that_is_wrong_is_refused(
    stage: Stage, raw: RawClient, name: str
) -> None:
    raw.call((1, raw_create_task(hostile.FIELDS[name])))
    assert (await raw.answers({1}))[1].code == "invalid"
    assert stage.hub.head == 0


@pytest.mark.parametrize("name", hostile.JSON_TEXTS)
async def test_a_frame_with_a_hostile_payload_is_refused(
    stage: Stage, raw: RawClient, name: str
) -> None:
    raw.call((1, raw_create_task({"title": "t", "payload": hostile.JSON_TEXTS[name]})))
    assert (await raw.answers({1}))[1].code == "invalid"
    assert stage.hub.head == 0


async def test_a_frame_with_a_raw_surrogate_in_a_payload_is_refused(
    stage: Stage, raw: RawClient
) -> None:
    raw.call((1, raw_create_task({"title": "t", "payload": hostile.RAW_SURROGATE})))
    assert (await raw.answers({1}))[1].code == "invalid"
    assert stage.hub.head == 0


@pytest.mark.parametrize("name", ["", "DropEverything", "Command", "TaskCreated", "Refusal"])
async def test_a_command_that_is_none_of_ours_is_refused(
    stage: Stage, raw: RawClient, name: str
) -> None:
    raw.call((1, msgspec.msgpack.encode({"type": name, "title": "t"})))
    assert (await raw.answers({1}))[1].code == "invalid"
    assert stage.hub.head == 0
