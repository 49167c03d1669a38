"""What a handler raises to say how it failed, and what a worker raises when it cannot go on."""

from interlock.kernel.errors import InterlockError
from interlock.kernel.limits import NOTE_CHARS_MAX
from interlock.kernel.task.finish import ErrorClass


class Fail(InterlockError):
    """Ends the attempt with `error_class`; its subclasses say it by their name.

    TRANSIENT, DEPENDENCY and TIMEOUT are tried again while attempts are left; PERMANENT and POLICY are not.
    """

    error_class: ErrorClass = "TRANSIENT"

    def __init__(self, message: str = "", *, error_class: ErrorClass | None = None) -> None:
        super().__init__(message)
        if error_class is not None:
            self.error_class = error_class


class Transient(Fail):
    """May succeed when tried again. Every other exception of a handler counts as this."""


class Permanent(Fail):
    """Will fail each time: a dead letter at once."""

    error_class: ErrorClass = "PERMANENT"


class Policy(Fail):
    """Is not allowed: a dead letter at once."""

    error_class: ErrorClass = "POLICY"


class Dependency(Fail):
    """Something that the task depends on failed: tried again."""

    error_class: ErrorClass = "DEPENDENCY"


class NoAnswer(Dependency, TimeoutError):
    """No RESULT to a question came in time. The question expires with its asker's patience."""


class Cancelled(InterlockError):
    """Raised by `Context.raise_if_cancelled`: the result is no longer wanted."""


class HandlerStuck(InterlockError):
    """A handler ended neither when asked nor when cancelled. Its task was given up and the worker has stopped:
    only a fresh process gets rid of it."""


class PoolExhausted(InterlockError):
    """The children of a pool crashed more often than the pool may start them again."""


def error_class_of(error: BaseException) -> ErrorClass:
    """The class under which a handler's exception is reported."""
    return error.error_class if isinstance(error, Fail) else "TRANSIENT"


def error_text_of(error: BaseException) -> str:
    """What is reported of an exception: its text, with the type in front unless the handler chose it."""
    text = str(error)
    if not isinstance(error, Fail) or not text:
        text = f"{type(error).__name__}: {text}".rstrip(": ")
    return text.encode(errors="replace").decode()[:NOTE_CHARS_MAX]
