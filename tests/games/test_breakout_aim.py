"""Where the ball gets to: on paths written into RAM, and in real play."""

from __future__ import annotations

import numpy as np
import pytest

from rlxai.games.breakout_aim import ball_to_be_hit, opposite_column, passes_column, reaches_column
from rlxai.games.breakout_behaviour import BreakoutBehaviour
from rlxai.games.breakout_bricks import write_bricks
from rlxai.games.breakout_state import read_bricks, read_state
from rlxai.games.edits import game_edits


def frames(path, bricks=None):
    """RAM of a ball at each (left, top), the wall standing but for column 6, or as given."""
    ram = np.zeros((len(path), 128), np.uint8)
    wall = np.ones((6, 18), bool)
    wall[:, 6] = False
    for number, (left, top) in enumerate(path):
        write_bricks(ram[number], wall if bricks is None else bricks[number])
        ram[number, 99], ram[number, 101] = left + 49, top - 9
    return ram


THROUGH_COLUMN_6 = [(56, 150), (57, 110), (58, 92), (59, 80), (60, 66), (60, 58), (61, 50)]


def test_a_ball_on_its_way_through_a_column_reaches_and_passes_it():
    ram = frames(THROUGH_COLUMN_6)
    assert reaches_column(ram, 6)
    assert passes_column(ram, 6)
    for column in (5, 7, 11):
        assert not reaches_column(ram, column)
        assert not passes_column(ram, column)
    assert not reaches_column(ram[:2], 6)


def test_a_ball_that_comes_from_above_or_turns_back_does_not_pass():
    assert not passes_column(frames(THROUGH_COLUMN_6[4:]), 6)
    back = THROUGH_COLUMN_6[:5] + THROUGH_COLUMN_6[3::-1]
    assert reaches_column(frames(back), 6)
    assert not passes_column(frames(back), 6)
    lost = [*THROUGH_COLUMN_6[:3], (60, 9), *THROUGH_COLUMN_6[5:]]  # ram[101] is 0: no ball
    assert not passes_column(frames(lost), 6)


def test_a_brick_that_goes_is_a_column_reached_although_the_ball_is_not_seen_in_it():
    bricks = np.ones((3, 6, 18), bool)
    bricks[2, 5, 11] = False
    ram = frames([(96, 110), (97, 96), (97, 99)], bricks)
    assert reaches_column(ram, 11)
    assert not reaches_column(ram, 10)


def test_the_opposite_column_is_as_far_from_its_side():
    assert [opposite_column(column) for column in (0, 6, 11, 17)] == [17, 11, 6, 0]


def test_in_real_play_every_way_above_the_wall_leads_through_a_column(deep_play):
    ram = deep_play.ram
    lives = np.array([int(frame[-1, 57]) for frame in ram])
    played = BreakoutBehaviour().read(ram, np.zeros(len(ram) - 1), lives, over=False)
    above = played.events["ball-above-wall"].decisions
    assert len(above)
    for decision in above:
        around = ram[max(decision - 12, 0) : decision + 2].reshape(-1, 128)
        through = [column for column in range(18) if passes_column(around, column)]
        assert len(through) == 1
        assert reaches_column(around, through[0])
        assert not read_bricks(around[-1])[:, through[0]].all()


def test_rallies_start_under_a_finished_closed_wall_when_the_ball_comes_down(deep_play):
    starts = [frame for frame in deep_play.ram[:, -1] if ball_to_be_hit(frame)]
    for frame in starts:
        assert read_state(frame).ball_velocity[1] > 0
        assert read_state(frame).ball.top > 93
    ram = frames([(56, 150)], np.ones((1, 6, 18), bool))[0]
    ram[103] = 1
    assert ball_to_be_hit(ram)
    for byte, value in ((103, 255), (101, 0), (94, 200)):  # it rises; there is none; the wall is being built
        other = ram.copy()
        other[byte] = value
        assert not ball_to_be_hit(other)
    assert not ball_to_be_hit(frames([(56, 150)])[0] | ram * 0)  # there is a way through, and it does not come down


def test_the_battery_and_aims_are_edits_by_name():
    edits = game_edits("breakout")
    assert {edit.name for presence in edits.presences.values() for edit in presence.edits} <= {
        edit.name for edit in edits.battery.values()
    }
    aim = edits.aims["tunnel"]
    for place in aim.places:
        assert aim.opposite(place) != place
        assert aim.edit(place).refusal(np.zeros(128, np.uint8)) == ""
    with pytest.raises(KeyError):
        edits.aims["ball"]
