"""Alarms ring once they are due, earliest first, and cost no more than what is set."""

from random import Random

from interlock.kernel import alarm
from interlock.kernel.alarm import Alarms
from interlock.kernel.backoff import delay_us, draw


def test_alarms_ring_in_the_order_of_their_times_up_to_the_limit() -> None:
    alarms = Alarms()
    for key, due_us in (("c", 30), ("a", 10), ("b", 20), ("d", 40)):
        alarms.set(key, due_us)

    assert alarms.ringing(9, limit=10) == []
    assert alarms.ringing(30, limit=10) == ["a", "b", "c"]
    assert alarms.ringing(30, limit=2) == ["a", "b"]
    assert alarms.next_us() == 10


def test_an_alarm_moved_later_or_earlier_rings_at_its_new_time() -> None:
    alarms = Alarms()
    alarms.set("a", 10)
    alarms.set("b", 50)
    alarms.set("a", 60)
    alarms.set("b", 20)

    assert alarms.ringing(19, limit=9) == []
    assert alarms.ringing(20, limit=9) == ["b"]
    assert alarms.ringing(60, limit=9) == ["b", "a"]


def test_an_alarm_taken_away_never_rings() -> None:
    alarms = Alarms()
    alarms.set("a", 10)
    alarms.clear("a")
    alarms.clear("unknown")

    assert alarms.next_us() is None
    assert alarms.ringing(100, limit=9) == []


def test_an_alarm_set_again_at_its_old_time_rings_once() -> None:
    alarms = Alarms()
    for due_us in (10, 20, 10, 20, 10):
        alarms.set("a", due_us)

    assert alarms.ringing(30, limit=9) == ["a"]


def test_memory_stays_in_proportion_to_what_is_set() -> None:
    alarms = Alarms()
    alarms.set("steady", 5)
    for due_us in range(100_000, 0, -1):
        alarms.set("busy", due_us)

    assert len(alarms._heap) <= 2 * len(alarms.due) + alarm._SLACK + 1
    assert alarms.ringing(5, limit=9) == ["busy", "steady"]


def test_alarms_agree_with_a_plain_search() -> None:
    random = Random(7)
    alarms = Alarms()
    plain: dict[str, int] = {}
    for _ in range(5_000):
        key = f"k{random.randrange(50)}"
        if random.random() < 0.3:
            alarms.clear(key)
            plain.pop(key, None)
        else:
            plain[key] = random.randrange(1_000)
            alarms.set(key, plain[key])
        now_us = random.randrange(1_000)
        expected = sorted((due, name) for name, due in plain.items() if due <= now_us)
        assert alarms.ringing(now_us, limit=100) == [name for _, name in expected]
        assert alarms.next_us() == min(plain.values(), default=None)


def test_a_backoff_lies_between_nothing_and_its_ceiling_and_depends_on_the_position_alone() -> None:
    for failures, ceiling_ms in ((1, 100), (2, 200), (5, 1_000), (200, 1_000)):
        delays = [
            delay_us(base_ms=100, cap_ms=1_000, failures=failures, pos=pos) for pos in range(2_000)
        ]
        assert min(delays) >= 0
        assert max(delays) <= ceiling_ms * 1_000
        assert max(delays) > ceiling_ms * 900
        assert len(set(delays)) > 1_900
        assert delays[0] == delay_us(base_ms=100, cap_ms=1_000, failures=failures, pos=0)


def test_a_draw_is_spread_evenly() -> None:
    counts = [0] * 10
    for pos in range(10_000):
        counts[draw(pos, below=10)] += 1

    assert all(900 < count < 1_100 for count in counts)
