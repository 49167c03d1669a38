"""Who is who in the fleet: its agents, their queues, and the topics over which they hear of each other.

driver --read--> reader or generalist --document.uploaded--> extractor, classifier, summariser
       --document.extracted, .classified, .summarised--> orchestrator --file--> archivist
"""

from typing import Final

import msgspec

from interlock import Backoff
from interlock.demo.content import EXTENSIONS

DRIVER: Final = "driver"
READER: Final = "reader"
EXTRACTOR: Final = "extractor"
CLASSIFIER: Final = "classifier"
SUMMARISER: Final = "summariser"
ARCHIVIST: Final = "archivist"
GENERALIST: Final = "generalist"
ORCHESTRATOR: Final = "orchestrator"

SPECIALISTS: Final = (READER, EXTRACTOR, CLASSIFIER, SUMMARISER, ARCHIVIST)
WORKING: Final = (*SPECIALISTS, GENERALIST)
"""Those who claim tasks."""
ROLES: Final = (*WORKING, ORCHESTRATOR)

READ: Final = "read"
FILE: Final = "file"

KINDS: Final = tuple(sorted(set(EXTENSIONS.values())))
"""What the reader offers: a capability for each kind of document."""
ANY: Final = "any"
"""What the generalist offers: the documents that no specialist takes."""

UPLOADED: Final = "document.uploaded"
ESCALATION: Final = "escalation"


class Aspect(msgspec.Struct, frozen=True):
    """One view of a document: who answers, in which queue, and the topic that tells of the answer.

    A `critical` one that is given up takes its document with it; without another one the document is filed.
    """

    name: str
    agent: str
    queue: str
    topic: str
    critical: bool = True


EXTRACTION: Final = Aspect("extraction", EXTRACTOR, "extract", "document.extracted")
CLASSIFICATION: Final = Aspect("classification", CLASSIFIER, "classify", "document.classified")
SUMMARY: Final = Aspect("summary", SUMMARISER, "summarise", "document.summarised", critical=False)
ASPECTS: Final = (EXTRACTION, CLASSIFICATION, SUMMARY)

QUEUES: Final = (READ, *(aspect.queue for aspect in ASPECTS), FILE)
"""In the order in which a document passes them."""

LEASE_S: Final = 2.0
"""Short, so that the work of a killed process is taken up soon; heartbeats keep that of a busy one."""

LISTEN_S: Final = 2.0
GRACE_S: Final = 0.3
"""An event in the hands of a killed process comes again when its listener's time and grace are over."""

TASK_LIMIT_S: Final = 60.0
"""The rules take linear time; what runs longer hangs, and a fresh process tries again."""

RETRIES: Final = Backoff(base_s=0.1, cap_s=1.0)

ATTEMPTS_MIN: Final = 8
"""A document that takes down its worker each time must end; one that meets bad luck must not."""

# Longer names are cut: a title is for people.
TITLE_CHARS_MAX: Final = 200


def titled(verb: str, source: str) -> str:
    """A task's title: what is done to which document."""
    return f"{verb} {source}"[:TITLE_CHARS_MAX]
