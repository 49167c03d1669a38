"""How a run of the fleet ended, document by document, and its answers in a form that two runs can compare."""

import hashlib
from collections.abc import Iterator

import msgspec

from interlock.demo.board import GIVEN_UP, DocumentEnd
from interlock.demo.filing import FiledResult
from interlock.demo.intake import Intake
from interlock.demo.report import DocumentRow, row_of
from interlock.demo.saboteur import Kill


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """`ends`, `results` and `attempts` are by document id, `retries` by agent.

    A document without an end was lost.
    """

    documents: tuple[Intake, ...]
    ends: dict[str, DocumentEnd]
    results: dict[str, FiledResult]
    attempts: dict[str, int]
    retries: dict[str, int]
    doubled: int
    kills: tuple[Kill, ...]
    duration_s: float
    is_stopped: bool = False
    is_stalled: bool = False

    @property
    def endless(self) -> tuple[Intake, ...]:
        """The documents that were lost."""
        return tuple(document for document in self.documents if document.id not in self.ends)

    @property
    def unexplained(self) -> int:
        """How many dead letters no agent gave a reason for."""
        return sum(end.reason == GIVEN_UP for end in self.ends.values())

    def rows(self) -> list[DocumentRow]:
        """Each document's end, for the report. A lost one has no row."""
        return [self._row(found) for found in self.documents if found.id in self.ends]

    def answers(self) -> bytes:
        """All results and dead letters, one line of canonical JSON each, in the order of the documents.

        They depend on the documents alone: neither kills nor the number of processes change a byte.
        """
        return b"".join(line + b"\n" for line in self._answer_lines())

    def answers_digest(self) -> str:
        """The SHA-256 of `answers`, in hex."""
        return hashlib.sha256(self.answers()).hexdigest()

    def _answer_lines(self) -> Iterator[bytes]:
        for document in self.documents:
            end = self.ends.get(document.id)
            filed = self.results.get(document.id)
            if filed is not None:
                answer = {"destination": filed.destination, "result": filed.result}
                yield msgspec.json.encode(answer, order="sorted")
            elif end is not None:
                dead = {"reason": end.reason, "detail": end.detail}
                answer = {"source": document.source, "dead_letter": dead}
                yield msgspec.json.encode(answer, order="sorted")

    def _row(self, document: Intake) -> DocumentRow:
        attempts = self.attempts.get(document.id, 1)
        filed = self.results.get(document.id)
        if filed is not None:
            return row_of(filed, attempts=attempts)
        end = self.ends[document.id]
        return DocumentRow(
            source=document.source,
            outcome="dead_letter",
            attempts=attempts,
            reason=end.reason,
            detail=end.detail,
        )
