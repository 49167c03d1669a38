"""A sorted set of positions behaves like a sorted list, however its runs are cut."""

from random import Random

import pytest

from interlock.kernel import positions as module
from interlock.kernel.positions import Positions


@pytest.mark.parametrize("seed", range(6))
def test_positions_stay_in_order_whatever_comes_and_goes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RUN_MAX", 4)
    random = Random(seed)
    kept = Positions()
    expected: list[int] = []
    newest = 100
    for _ in range(600):
        dice = random.random()
        if dice < 0.3:
            newest += 1 + random.randrange(3)
            kept.add(newest)
            expected.append(newest)
        elif dice < 0.6:
            pos = random.randrange(1, newest)
            if pos not in expected:
                kept.add(pos)
                expected = sorted([*expected, pos])
        elif expected:
            ends = (expected[0], expected[-1], random.choice(expected))
            pos = random.choice((*ends, random.randrange(0, newest + 2)))
            kept.remove(pos)
            expected = [each for each in expected if each != pos]
        assert len(kept) == len(expected)
        if expected:
            assert kept.first() == expected[0]
        edge = random.randrange(0, newest + 2)
        assert list(kept.above(edge)) == [pos for pos in expected if pos > edge]
        assert list(kept.below(edge)) == [pos for pos in reversed(expected) if pos < edge]


def test_an_empty_set_has_nothing_above_or_below() -> None:
    assert list(Positions().above(0)) == []
    assert list(Positions().below(9)) == []
    assert not Positions()
