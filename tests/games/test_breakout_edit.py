"""Edits of Breakout: exactly drawn, kept by the game where they may be played on, refused where not."""

from __future__ import annotations

import re

import numpy as np
import pytest
from ale_py import Action, ALEInterface, roms

from rlxai.errors import InvalidValue
from rlxai.games import channel_cells, follow_ball, read_state, render_grey
from rlxai.games.breakout_bricks import write_bricks
from rlxai.games.breakout_edit import BreakoutEdits
from rlxai.games.breakout_render import BRICK_GREYS, ball_pixels, box_pixels, brick_pixels, walls
from rlxai.games.breakout_state import read_bricks
from rlxai.games.edit import IDENTITY
from rlxai.games.edits import parse_edit, usage

ALL = (
    "ball-removed", "ball-moved:17:-9", "ball-mirrored", "paddle-moved:-20", "tunnel-carved:3", "tunnel-closed",
    "row-removed:1", "bricks-removed", "bricks-restored", "bricks-shifted:5", "bricks-mirrored",
    "bricks-recoloured:2", "score-hidden", "lives-hidden", "stilled",
)  # fmt: skip
FOR_OBSERVATIONS_ONLY = {"ball-removed", "paddle-moved", "bricks-recoloured", "score-hidden", "lives-hidden", "stilled"}
PAINTED = re.compile("recoloured|hidden|stilled")  # not drawn from RAM


def edit(text):
    return parse_edit("breakout", text)


@pytest.fixture(scope="module")
def ale():
    """A game played until it has holes in its wall and a ball on the screen."""
    ale = ALEInterface()
    ale.setFloat("repeat_action_probability", 0.0)
    ale.loadROM(roms.get_rom_path("breakout"))
    ale.reset_game()
    ram = ale.getRAM()
    while read_state(ram).bricks.sum() > 70 or not 110 < (read_state(ram).ball or read_state(ram).paddle).top < 150:
        button = getattr(Action, follow_ball(ram))
        for _ in range(4):
            ale.act(button)
        ram = ale.getRAM()
    return ale


def edited_screens(ale, state, change, frames):
    """(screen, RAM) of each frame after an edit of the emulator's RAM."""
    ale.restoreState(state)
    before = ale.getRAM()
    after = change.ram(before)
    for byte in np.flatnonzero(after != before):
        ale.setRAM(int(byte), int(after[byte]))
    for _ in range(frames):
        yield ale.act(Action.NOOP), ale.getScreenGrayscale(), ale.getRAM()


@pytest.mark.parametrize("text", [text for text in ALL if text.split(":")[0] not in FOR_OBSERVATIONS_ONLY])
def test_an_edit_that_may_be_played_on_stays_costs_no_reward_and_is_drawn_as_the_emulator_does(ale, text):
    state = ale.cloneState()
    change = edit(text)
    wanted = read_state(change.playable(ale.getRAM()))
    reward = 0
    for number, (points, screen, ram) in enumerate(edited_screens(ale, state, change, 60)):
        reward += points
        np.testing.assert_array_equal(render_grey(ram)[17:], screen[17:])
        assert not (read_state(ram).bricks & ~wanted.bricks).any()  # none comes back
        if number < 4:  # the ball is not yet at the bricks
            np.testing.assert_array_equal(read_state(ram).bricks, wanted.bricks)
            assert points == 0
            distance = np.subtract(read_state(ram).ball.area[1].start, wanted.ball.area[1].start)
            assert abs(distance - wanted.ball_velocity[0] * (number + 1)) <= 1
    ale.restoreState(state)


def test_what_the_game_would_undo_is_refused_and_would_indeed_be_undone(ale):
    state, ram = ale.cloneState(), ale.getRAM()
    for text in ALL:
        if text.split(":")[0] in FOR_OBSERVATIONS_ONLY:
            with pytest.raises(InvalidValue, match=f"^{text} is for observations only: the game .*[^.]$"):
                edit(text).playable(ram)
            with pytest.raises(InvalidValue, match="for observations only"):
                (edit("tunnel-carved:0") + edit(text)).playable(ram)
    *_, (_, _, after) = edited_screens(ale, state, edit("paddle-moved:-20"), 12)
    *_, (_, _, otherwise) = edited_screens(ale, state, IDENTITY, 12)
    assert abs(read_state(after).paddle.left - read_state(otherwise).paddle.left) <= 1  # of 20
    assert any(read_state(ram).ball for _, _, ram in edited_screens(ale, state, edit("ball-removed"), 30))
    ale.restoreState(state)


def test_a_wall_that_is_being_built_is_not_edited():
    ale = ALEInterface()
    ale.loadROM(roms.get_rom_path("breakout"))
    ale.reset_game()
    kept = []
    for frame in range(60):
        ale.act(Action.NOOP)
        state, ram = ale.cloneState(), ale.getRAM()
        if frame % 6 == 0:
            *_, (_, _, later) = edited_screens(ale, state, edit("bricks-removed"), 60)
            stays = not read_state(later).bricks.any()
            assert stays or edit("bricks-removed").refusal(ram)
            kept.append(not edit("bricks-removed").refusal(ram))
            assert not kept[-1] or stays
            ale.restoreState(state)
    assert not kept[0]
    assert kept[-1]


def changed_pixels(before, after):
    return render_grey(before) != render_grey(after)


@pytest.mark.parametrize("text", ALL)
def test_an_edit_changes_no_pixel_but_those_of_its_object(deep_play, text):
    changed = 0
    for ram in deep_play.ram[::7, 3]:
        new = edit(text).ram(ram)
        before, after = read_state(ram), read_state(new)
        if text.startswith("ball"):
            allowed = ball_pixels(before.ball) | ball_pixels(after.ball)
        elif text.startswith("paddle"):
            allowed = box_pixels(before.paddle) | box_pixels(after.paddle)
        elif PAINTED.search(text):
            allowed = np.zeros((210, 160), bool)
        else:
            allowed = brick_pixels(before.bricks ^ after.bricks)
        pixels = changed_pixels(ram, new)
        assert not (pixels & ~allowed).any()
        changed += pixels.sum()
    assert (changed > 0) == (not PAINTED.search(text))


def test_edits_do_what_they_say(deep_play):
    opened = mirrored = 0
    for ram in deep_play.ram[::7, 3]:
        state = read_state(ram)
        assert read_state(edit("ball-removed").ram(ram)).ball is None
        assert not read_bricks(edit("tunnel-carved:3").ram(ram))[:, 3].any()
        assert not channel_cells(read_bricks(edit("tunnel-closed").ram(ram))).any()
        opened += channel_cells(state.bricks).any()
        np.testing.assert_array_equal(read_bricks(edit("bricks-shifted:5").ram(ram))[:, 5:], state.bricks[:, :-5])
        np.testing.assert_array_equal(read_bricks(edit("bricks-mirrored").ram(ram)), state.bricks[:, ::-1])
        assert not read_bricks(edit("row-removed:1").ram(ram))[1].any()
        assert read_bricks(edit("bricks-restored").ram(ram)).all()
        for text in ("bricks-shifted:18", "bricks-shifted:7 + bricks-shifted:-7", "bricks-mirrored + bricks-mirrored"):
            np.testing.assert_array_equal(read_bricks(edit(text).ram(ram)), state.bricks)
        if state.ball and 8 <= state.ball.left <= 150:
            new = read_state(edit("ball-mirrored").ram(ram))
            assert (new.ball.left + state.ball.right, new.ball.top) == (160, state.ball.top)
            assert new.ball_velocity == (-state.ball_velocity[0], state.ball_velocity[1])
            assert (edit("ball-mirrored + ball-mirrored").ram(ram) == ram).all()
            mirrored += 1
        if state.ball and 40 < state.ball.left < 120 and 120 < state.ball.top < 150:
            new = read_state(edit("ball-moved:17:-9").ram(ram))
            assert (new.ball.left, new.ball.top) == (state.ball.left + 17, state.ball.top - 9)
        moved = read_state(edit("paddle-moved:-160").ram(ram)).paddle
        assert (moved.left, moved.right - moved.left) == (8, state.paddle.right - state.paddle.left)
    assert opened
    assert mirrored > 20


def test_a_ball_is_never_moved_out_of_the_field(deep_play):
    for ram in deep_play.ram[::25, 3]:
        if read_state(ram).ball:
            for text in ("ball-moved:160:0", "ball-moved:-160:0", "ball-moved:0:200", "ball-moved:0:-200"):
                ball = read_state(edit(text).ram(ram)).ball
                there = read_state(ram).ball
                assert not (ball_pixels(ball) & walls()).any()
                assert ball.left == there.left if text.startswith("ball-moved:0") else ball.top == there.top


def test_edits_of_many_frames_are_those_of_each_and_leave_their_argument_alone(deep_play):
    ram = deep_play.ram[:6].copy()
    for text in ALL:
        change = edit(text)
        many = change.ram(ram)
        assert many.shape == ram.shape
        assert many.dtype == np.uint8
        np.testing.assert_array_equal(many[4, 2], change.ram(ram[4, 2]))
        np.testing.assert_array_equal(ram, deep_play.ram[:6])
    np.testing.assert_array_equal(IDENTITY.ram(ram), ram)


def test_edits_compose_in_their_order(deep_play):
    ram = deep_play.ram[100, 3]
    both = edit("bricks-restored+ tunnel-carved:9 + score-hidden")
    assert both.name == "bricks-restored + tunnel-carved:9 + score-hidden"
    assert read_bricks(both.ram(ram)).sum() == 17 * 6
    assert read_bricks(edit("tunnel-carved:9 + bricks-restored").ram(ram)).all()
    assert both.paint is not None
    screen = np.random.default_rng(0).integers(1, 256, (210, 160), np.uint8)
    np.testing.assert_array_equal(both.paint(screen), edit("score-hidden").paint(screen))
    two = edit("lives-hidden + score-hidden").paint(screen)
    assert ((two == 0) == ((both.paint(screen) == 0) | (edit("lives-hidden").paint(screen) == 0))).all()


def test_recoloured_bricks_swap_the_colours_of_their_rows_and_nothing_else(deep_play):
    change = edit("bricks-recoloured:2")
    for screens, ram in zip(deep_play.screens[::40], deep_play.ram[::40], strict=True):
        before = screens[3].copy()
        after = change.paint(before)
        np.testing.assert_array_equal(before, screens[3])
        bricks = read_state(ram[3]).bricks
        for row, column in np.argwhere(bricks):
            cell = slice(57 + 6 * row, 63 + 6 * row), slice(8 + 8 * column, 16 + 8 * column)
            np.testing.assert_array_equal(after[cell], BRICK_GREYS[(row + 2) % 6])
        empty = ~brick_pixels(np.ones((6, 18), bool))
        np.testing.assert_array_equal(after[empty], before[empty])
        np.testing.assert_array_equal(after == 0, before == 0)
        np.testing.assert_array_equal(edit("bricks-recoloured:4").paint(after), before)


def test_writing_bricks_is_the_inverse_of_reading_them(deep_play, generator):
    for ram in deep_play.ram[::50, 3]:
        for density in (0.1, 0.5, 0.9):
            bricks, new = generator.random((6, 18)) < density, ram.copy()
            write_bricks(new, bricks)
            np.testing.assert_array_equal(read_bricks(new), bricks)
            np.testing.assert_array_equal(new[36:], ram[36:])
            write_bricks(new, read_bricks(ram))
            assert (read_bricks(new) == read_bricks(ram)).all()


@pytest.mark.parametrize(
    ("game", "text", "said"),
    [
        ("seaquest", "ball-removed", "states of seaquest cannot be edited; games with edits: breakout"),
        (None, "ball-removed", "states of an unknown game cannot be edited"),
        ("breakout", "ball", r"no edit is written 'ball'; known: ball-removed, ball-moved:right:down"),
        ("breakout", "ball-moved:1", "no edit is written 'ball-moved:1'"),
        ("breakout", "ball-moved:1:x", "no edit is written 'ball-moved:1:x'"),
        ("breakout", "ball-removed + ", "no edit is written ''"),
        ("breakout", "tunnel-carved:18", "tunnel-carved takes 0 to 17, met 18"),
        ("breakout", "tunnel-carved:-1", "tunnel-carved takes 0 to 17, met -1"),
        ("breakout", "ball-moved:0:-300", "ball-moved takes -210 to 210, met -300"),
    ],
)
def test_what_is_no_edit_is_refused_in_one_sentence(game, text, said):
    with pytest.raises(InvalidValue, match=said):
        parse_edit(game, text)


def test_every_kind_of_edit_is_tested_here():
    assert {text.split(":")[0] for text in ALL} == set(BreakoutEdits.kinds)
    assert len(usage(BreakoutEdits())) == len(ALL)
