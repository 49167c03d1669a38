"""What crosses the border of the kernel, from Python and from frames."""

from typing import Any

import msgspec
import pytest

from interlock.kernel.backoff import Backoff
from interlock.kernel.border import check_command, make_command
from interlock.kernel.command import CODES, Refusal
from interlock.kernel.decide import VERBS
from interlock.kernel.errors import Invalid, NotFound, Refused, Unavailable, error_of
from interlock.kernel.ledger import LogEntry, LogPage
from interlock.kernel.mail.receive import GetMessages
from interlock.kernel.program import ProgramState
from interlock.kernel.task.create import CreateTask
from interlock.kernel.topic.receive import GetEvents
from interlock.kernel.wait import place_of
from interlock.kernel.wire import (
    FRAME_BYTES_MAX,
    Calls,
    FrameReader,
    Hello,
    WireError,
    decode_command,
    decode_request,
    encode_frame,
    encode_raw,
)


def test_every_verb_is_named_once_and_says_what_it_answers() -> None:
    for verb, command in VERBS.items():
        assert command.verb == verb
        assert command.reply
        assert command.__doc__


def test_a_command_from_a_frame_is_checked_like_one_from_python() -> None:
    framed = CreateTask(title="t", payload=' {"a": 1} ')

    assert check_command(framed).payload == '{"a":1}'  # type: ignore[attr-defined]
    assert check_command(framed) == make_command(CreateTask, {"title": "t", "payload": {"a": 1}})
    plain = CreateTask(title="t")
    assert check_command(plain) is plain
    compact = CreateTask(title="t", payload="[1]")
    assert check_command(compact) is compact


@pytest.mark.parametrize("payload", ['{"a":1,"a":2}', "NaN", "", '"\\ud800"'])
def test_a_frame_with_json_that_readers_read_differently_is_refused(payload: str) -> None:
    with pytest.raises(Invalid, match="create_task"):
        check_command(CreateTask(title="t", payload=payload))


def test_a_refusal_becomes_the_error_that_its_reader_would_act_on() -> None:
    for code in CODES:
        error = error_of(Refusal(code=code, message="m", details={"a": 1}))
        assert (error.code, error.message, error.details) == (code, "m", {"a": 1})
    assert type(error_of(Refusal(code="not_found", message="m"))) is NotFound
    assert type(error_of(Refusal(code="disk_full", message="m"))) is Unavailable
    assert type(error_of(Refusal(code="paused", message="m"))) is Refused


def test_frames_are_cut_wherever_the_stream_was_broken() -> None:
    command = CreateTask(title="t", payload="[1]")
    stream = encode_frame(Hello()) + encode_frame(Calls(calls=[(7, encode_raw(command))]))
    for step in (1, 2, 3, 7, len(stream)):
        reader = FrameReader()
        frames: list[bytes] = []
        for at in range(0, len(stream), step):
            frames += reader.feed(stream[at : at + step])
        hello, calls = [decode_request(frame) for frame in frames]
        assert hello == Hello()
        assert isinstance(calls, Calls)
        [(number, raw)] = calls.calls
        assert (number, decode_command(raw)) == (7, command)


def test_a_frame_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(WireError):
        FrameReader().feed((FRAME_BYTES_MAX + 1).to_bytes(4, "big"))


def test_readers_of_one_mailbox_or_group_wait_where_their_things_appear() -> None:
    def mail(**fields: Any) -> Any:
        return place_of(make_command(GetMessages, {"agent": "bob", **fields}))

    topic = place_of(make_command(GetEvents, {"topic": "docs", "group": "g"}))

    assert mail().channels == ("mail:bob",)
    assert mail() == mail(limit=3)
    assert mail() != mail(message_type="ACK")
    assert (mail().is_choosy, mail(reply_to="m").is_choosy) == (False, True)
    assert topic.channels == ("topic:docs",)


def test_a_page_of_the_log_reads_as_plain_values() -> None:
    entry = LogEntry(pos=1, body='{"type":"X","at_us":1}')

    assert entry.event == {"type": "X", "at_us": 1}
    assert LogPage(next_after=1, entries=(entry,))
    assert not LogPage(next_after=1)
    assert ProgramState(agent="a")


def test_commands_are_values_that_nobody_can_change() -> None:
    for command in VERBS.values():
        assert command.__struct_config__.frozen
        assert issubclass(command, msgspec.Struct)


def test_a_ready_struct_is_checked_like_any_other_value() -> None:
    careless = Backoff(base_s="soon")  # type: ignore[arg-type]
    with pytest.raises(Invalid, match="backoff"):
        make_command(CreateTask, {"title": "x", "backoff": careless})
    kept = make_command(CreateTask, {"title": "x", "backoff": Backoff(base_s=2)})
    assert isinstance(kept.backoff.base_s, float)
