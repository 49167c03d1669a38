"""Which task comes next, and that finding it stays cheap."""

from interlock.kernel.ready import ConcurrencyGate, ReadyQueue


class Work:
    """Ready positions in a queue, taken one after the other."""

    def __init__(self) -> None:
        self.queue = ReadyQueue()
        self.ready: dict[int, str] = {}

    def add(
        self, pos: int, *, priority: int = 4, key: str = "", capabilities: tuple[str, ...] = ()
    ) -> None:
        """Makes the task at a position ready."""
        self.ready[pos] = key
        self.queue.add(pos, priority=priority, fairness_key=key, capabilities=capabilities)

    def take(self, *capabilities: str) -> int | None:
        """Claims the next task."""
        pos = self.queue.take(capabilities, self.ready.__contains__)
        if pos is not None:
            self.queue.charge(self.ready.pop(pos))
        return pos


def test_priorities_go_before_tenants_and_tenants_before_age() -> None:
    work = Work()
    for pos in (1, 2, 3):
        work.add(pos, key="a")
    work.add(4, key="b")
    work.add(5, key="a", priority=8)

    assert [work.take() for _ in range(6)] == [5, 4, 1, 2, 3, None]


def test_lanes_of_different_capabilities_share_one_order() -> None:
    work = Work()
    work.add(1, capabilities=("a",))
    work.add(2)
    work.add(3, capabilities=("a", "b"), priority=9)
    work.add(4, capabilities=("b",))

    assert [work.take("a") for _ in range(3)] == [1, 2, None]
    assert [work.take("a", "b") for _ in range(3)] == [3, 4, None]


def test_what_is_no_longer_ready_is_passed_over() -> None:
    work = Work()
    for pos in range(6):
        work.add(pos, key="a" if pos % 2 else "b", priority=pos)
    for pos in (5, 4, 1):
        del work.ready[pos]

    assert [work.take() for _ in range(4)] == [3, 2, 0, None]


def test_a_task_that_is_ready_again_stands_at_its_old_place() -> None:
    work = Work()
    for pos in (1, 2, 3):
        work.add(pos)
    assert work.take() == 1
    work.add(1)

    assert [work.take() for _ in range(3)] == [1, 2, 3]


def test_ten_thousand_tenants_that_came_and_went_leave_little_behind() -> None:
    work = Work()
    for pos in range(10_000):
        work.add(pos, key=f"tenant {pos}", capabilities=(f"skill {pos}",))
        assert work.take(f"skill {pos}") == pos
        assert work.take(f"skill {pos}") is None

    assert len(work.queue._shares) <= 1_100
    assert not work.queue._lanes


def test_a_tenant_whose_share_was_forgotten_joins_at_the_present() -> None:
    work = Work()
    work.add(0, key="patient")
    for pos in range(1, 3_000):
        work.add(pos, key=f"t{pos}", priority=9)
        assert work.take() == pos

    work.add(3_000, key="late")
    assert {work.take(), work.take()} == {0, 3_000}


def test_a_key_lets_one_through_and_then_the_next_by_rank() -> None:
    gate = ConcurrencyGate()
    waiting = {2, 3, 4}

    def never(pos: int) -> bool:
        return pos < 0

    assert gate.enter("k", pos=1, priority=4, is_claimable=never)
    for pos, priority in ((2, 1), (3, 9), (4, 5)):
        assert not gate.enter("k", pos=pos, priority=priority, is_claimable=never)
    assert gate.holds("k", 1)
    assert not gate.is_free_for("k", 2, never)
    assert gate.leave("k", 99, waiting.__contains__) is None
    waiting.discard(3)

    assert gate.leave("k", 1, waiting.__contains__) == 4
    assert gate.leave("k", 4, waiting.__contains__) == 2
    assert gate.leave("k", 2, waiting.__contains__) is None
    assert gate.is_free_for("k", 5, never)
    assert not gate._waiting


def test_those_who_wait_in_vain_leave_nothing_behind() -> None:
    gate = ConcurrencyGate()
    gate.enter("k", pos=1, priority=4, is_claimable=lambda pos: False)
    gate.enter("k", pos=2, priority=4, is_claimable=lambda pos: False)

    assert gate.leave("k", 1, lambda pos: False) is None
    assert not gate._waiting
