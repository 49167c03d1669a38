"""A conversation: the calls of one client and their answers, whatever carries the frames between the two."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from interlock.hub.batch import Answer
from interlock.kernel.border import check_command
from interlock.kernel.command import Command, Refusal, Reply
from interlock.kernel.errors import Invalid
from interlock.kernel.wire import (
    ANSWER_BYTES_MAX,
    CALLS_MAX,
    FRAME_BYTES_SOFT,
    MALFORMED,
    PROTOCOL,
    Abandon,
    Answers,
    Calls,
    Hello,
    Welcome,
    WireError,
    decode_command,
    decode_request,
    encode_body,
)

NO_FRAME: Final = (WireError, *MALFORMED)
"""What `take` raises for bytes that do not belong into a conversation: whoever carries it ends it."""


class Conversation:
    """Takes frames, submits their commands, and sends the answers of one turn of the loop in one frame.

    `greet` says for which shard a client that said hello is welcome, or raises `WireError`; `submit` decides a
    command; `send` takes the body of a frame away. Ended by `abandon`.
    """

    def __init__(
        self,
        *,
        greet: Callable[[Hello], str],
        submit: Callable[[Command], Answer],
        send: Callable[[bytes], None],
    ) -> None:
        self._greet = greet
        self._submit = submit
        self._send = send
        self._loop = asyncio.get_running_loop()
        self._answers: list[tuple[int, Reply]] = []
        self._waiting: dict[int, tuple[asyncio.Future[Reply], Command]] = {}
        self.is_welcome = False
        """Whether the client has said hello and was let in."""

    def take(self, body: bytes) -> None:
        """One frame of the client. Raises `NO_FRAME`."""
        frame = decode_request(body)
        if isinstance(frame, Calls):
            if not self.is_welcome:
                raise WireError("calls came before hello")
            for number, raw in frame.calls:
                self._call(number, raw)
        elif isinstance(frame, Abandon):
            for number in frame.calls:
                waiting = self._waiting.pop(number, None)
                if waiting is not None:
                    waiting[0].cancel()
        else:
            self._welcome(frame)

    def flush(self) -> None:
        """Sends what is answered."""
        answers, self._answers = self._answers, []
        if answers:
            self._send_answers(answers)

    def abandon(self) -> None:
        """Nobody waits for the calls that are still open."""
        waiting, self._waiting = self._waiting, {}
        for future, _ in waiting.values():
            future.cancel()

    async def drain(self, seconds: float) -> None:
        """Waits that long at the most until all that is on its way to the disk is answered. Long polls are not
        waited for: they begin anew elsewhere."""
        waiting = self._waiting.values()
        leaving = [future for future, command in waiting if not getattr(command, "wait_s", 0.0)]
        if leaving:
            await asyncio.wait(leaving, timeout=seconds)

    def _welcome(self, hello: Hello) -> None:
        shard = self._greet(hello)
        self._send(encode_body(Welcome(shard=shard)))
        if hello.protocol != PROTOCOL:
            raise WireError(f"protocol {hello.protocol} is not {PROTOCOL}")
        self.is_welcome = True

    def _call(self, number: int, raw: msgspec.Raw) -> None:
        if len(self._waiting) >= CALLS_MAX:
            message = f"{CALLS_MAX} calls of this connection wait"
            self._answer(number, Refusal(code="limit", message=message))
            return
        try:
            command = check_command(decode_command(raw))
            answer = self._submit(command)
        except Invalid as error:
            self._answer(number, Refusal(code="invalid", message=error.message))
        except MALFORMED as error:
            self._answer(number, Refusal(code="invalid", message=f"no command: {error}"))
        else:
            if isinstance(answer, asyncio.Future):
                self._waiting[number] = answer, command
                answer.add_done_callback(partial(self._finish, number))
            else:
                self._answer(number, answer)

    def _finish(self, number: int, done: "asyncio.Future[Reply]") -> None:
        if self._waiting.pop(number, None) is not None and not done.cancelled():
            self._answer(number, done.result())

    def _answer(self, number: int, reply: Reply) -> None:
        if not self._answers:
            self._loop.call_soon(self.flush)
        self._answers.append((number, reply))

    def _send_answers(self, answers: list[tuple[int, Reply]]) -> None:
        """Sends them in one frame, or in several where one would be too long."""
        body = encode_body(Answers(answers=answers))
        if len(body) > FRAME_BYTES_SOFT and len(answers) > 1:
            middle = len(answers) // 2
            self._send_answers(answers[:middle])
            self._send_answers(answers[middle:])
        elif len(body) > ANSWER_BYTES_MAX:
            self._send_answers([(answers[0][0], _too_long(len(body)))])
        else:
            self._send(body)


def _too_long(length_bytes: int) -> Refusal:
    message = (
        f"the answer has {length_bytes} bytes, over the {ANSWER_BYTES_MAX} that one frame takes: "
        "ask for fewer items, or in the owner's process"
    )
    return Refusal(code="limit", message=message)
