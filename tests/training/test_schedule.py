from __future__ import annotations

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.training.schedule import Schedule


@pytest.mark.parametrize("stride", [1, 3, 8, 100, 250])
def test_every_acts_once_per_crossing_whatever_the_stride(stride):
    schedule = Schedule.of(100, None)
    acted = [now for now in range(stride, 1001, stride) if schedule.crossed(now - stride, now)]
    # The first step on or after each multiple; several multiples in one stride are one crossing.
    expected = sorted({-(-multiple // stride) * stride for multiple in range(100, 1001, 100)})
    assert acted == [step for step in expected if step <= 1000]


def test_at_acts_once_for_each_step_crossed():
    schedule = Schedule.of(None, np.array([0, 10, 11, 50]))
    assert [now for now in range(8, 80, 8) if schedule.crossed(now - 8, now)] == [16, 56]
    assert not schedule.crossed(50, 100)


@pytest.mark.parametrize(
    ("every", "at", "said"),
    [
        (None, None, "either every="),
        (10, [20], "either every="),
        (0, None, "every must be whole numbers of at least 1, met 0"),
        (2.5, None, "met 2.5"),
        (True, None, "met True"),
        (None, [5, -1], "at must be whole numbers of at least 0, met -1"),
    ],
)
def test_senseless_schedules_are_refused(every, at, said):
    with pytest.raises(InvalidValue, match=said):
        Schedule.of(every, at)
