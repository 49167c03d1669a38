"""Records a life of a ledger, cuts the power at every moment of it, and opens what is left.

`lose_power_often` is the harness; the tests run it with a small budget, the soak with a large one.
"""

import random
import shutil
import uuid
from pathlib import Path
from typing import Literal, NamedTuple

from interlock.kernel.errors import InterlockError
from interlock.store.options import SqliteOptions
from interlock.store.sqlite import SqliteStore
from tests.crash.disk_image import Disk
from tests.crash.life import SHARD, Life, few_pages_per_checkpoint, refuse_wrong_content
from tests.crash.recording_vfs import Operation, RecordingVfs, Trace


class PowerLossReport(NamedTuple):
    """How many images were opened, of what life, and what was wrong with them, one line each."""

    images: int
    checkpoints: int
    log_restarts: int
    lost: list[str]
    broken: list[str]


async def lose_power_often(
    folder: Path,
    *,
    seed: int,
    images: int,
    commits: int = 60,
    synchronous: Literal["full", "normal"] = "full",
    is_lying_disk: bool = False,
) -> PowerLossReport:
    """Opens `images` disk images of one recorded life, spread evenly over its operations.

    An acknowledged commit that is gone counts as lost; a partial commit, a wrong row, a chain that does not
    hold or a ledger that does not open or go on counts as broken.
    """
    life = Life(commits=commits, seed=seed)
    trace = Trace(is_lying=is_lying_disk)
    with few_pages_per_checkpoint():
        await _record(life, folder / "recorded", trace, synchronous=synchronous)
    dice = random.Random(seed)
    lost: list[str] = []
    broken: list[str] = []
    moments = sorted(dice.randrange(len(trace.operations)) for _ in range(images))
    disk, acknowledged, applied = Disk(), 0, 0
    for number, moment in enumerate(moments):
        for operation in trace.operations[applied:moment]:
            if operation.kind == "ack":
                acknowledged = operation.offset
            else:
                disk.apply(operation)
        applied = moment
        image = folder / f"image-{number}"
        image.mkdir()
        disk.lose_power(image, dice)
        where = f"seed {seed}, image {number}, operation {moment}, acknowledged {acknowledged}"
        try:
            head = await _open(life, image / "ledger.db")
        except (InterlockError, AssertionError) as error:
            broken.append(f"{where}: {error}")
        else:
            if head < acknowledged:
                lost.append(f"{where}: head {head}")
        shutil.rmtree(image)
    checkpoints, log_restarts = _checkpoints(trace)
    return PowerLossReport(images, checkpoints, log_restarts, lost=lost, broken=broken)


def _checkpoints(trace: Trace) -> tuple[int, int]:
    syncs = [name for kind, name, _, _ in trace.operations if (kind, name) == ("sync", "ledger.db")]
    log_headers = [
        name
        for kind, name, offset, _ in trace.operations
        if (kind, name, offset) == ("write", "ledger.db-wal", 0)
    ]
    return len(syncs), len(log_headers)


async def _record(
    life: Life, folder: Path, trace: Trace, *, synchronous: Literal["full", "normal"]
) -> None:
    folder.mkdir()
    name = f"recording-{uuid.uuid4().hex}"
    vfs = RecordingVfs(name, trace)
    options = SqliteOptions(synchronous=synchronous, headroom_bytes=0, vfs=name)
    # Two owners, one after the other: a clean end and a new start are moments like others.
    half = len(life.batches) // 2
    head = 0
    for batches in (life.batches[:half], life.batches[half:]):
        store = await SqliteStore.open(folder / "ledger.db", options=options)
        grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
        for events, rows in batches:
            head = await store.commit(grant, head=head, events=events, puts=rows, now_us=head)
            trace.add(Operation("ack", offset=head))
        await store.close()
    vfs.unregister()


async def _open(life: Life, path: Path) -> int:
    """The head of the image, after everything about it was found right."""
    store = await SqliteStore.open(path, options=SqliteOptions(headroom_bytes=0))
    try:
        grant = await store.acquire(SHARD, owner="hub", ttl_ms=10_000)
        await refuse_wrong_content(store, grant, life)
        after = await store.commit(grant, head=grant.head, events=["{}"], puts=[], now_us=1)
        assert after == grant.head + 1, "the ledger does not go on"
    finally:
        await store.close()
    return grant.head
