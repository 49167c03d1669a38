"""A broken promise."""


class Violation(Exception):
    """Something that must hold did not. `promise` is its name, the same for every way to break it."""

    def __init__(self, promise: str, detail: str) -> None:
        super().__init__(f"{promise}: {detail}")
        self.promise = promise
        self.detail = detail
