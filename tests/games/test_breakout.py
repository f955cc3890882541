"""Breakout's state and masks against the real screen."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from ale_py import Action, ALEInterface, roms

from rlxai.games import (
    Breakout,
    Emulator,
    channel_cells,
    follow_ball,
    game_objects,
    open_columns,
    read_state,
    render_grey,
)
from rlxai.games.breakout_render import LIVES, SCORE
from rlxai.games.breakout_state import ball_in_play

NAMES = Breakout.names
FIELD = slice(17, None)  # rows below the score


@pytest.fixture
def ale():
    """A game that runs and has its wall up, for edits of RAM."""
    ale = ALEInterface()
    ale.setFloat("repeat_action_probability", 0.0)
    ale.loadROM(roms.get_rom_path("breakout"))
    ale.reset_game()
    for _ in range(60):
        ale.act(Action.FIRE)
    return ale


def screen_after(ale, state, edits):
    """(grey screen, RAM) one frame after some bytes were set."""
    ale.restoreState(state)
    for byte, value in edits.items():
        ale.setRAM(byte, value)
    ale.act(Action.NOOP)
    return ale.getScreenGrayscale(), ale.getRAM()


def area_resize(pixels, size):
    """INTER_AREA as its definition says: the mean over the pixels of a cell, weighted by overlap."""

    def overlap(pixels, cells):
        edges = np.arange(cells + 1) * pixels / cells
        low = np.maximum(edges[:-1, None], np.arange(pixels))
        high = np.minimum(edges[1:, None], np.arange(pixels) + 1)
        return np.maximum(high - low, 0) * cells / pixels

    height, width = pixels.shape
    return overlap(height, size) @ pixels @ overlap(width, size).T


def test_rendered_screens_equal_real_ones(deep_play):
    for screens, ram in zip(deep_play.screens, deep_play.ram, strict=True):
        for screen, bytes_ in zip(screens, ram, strict=True):
            np.testing.assert_array_equal(render_grey(bytes_)[FIELD], screen[FIELD])


def test_rendered_planes_equal_real_ones(deep_play):
    for screens, ram in zip(deep_play.screens[::10], deep_play.ram[::10], strict=True):
        real, drawn = screens[2:].max(axis=0), np.maximum(render_grey(ram[2]), render_grey(ram[3]))
        drawn[:17] = real[:17]
        shrunk = [cv2.resize(screen, (84, 84), interpolation=cv2.INTER_AREA) for screen in (real, drawn)]
        np.testing.assert_array_equal(*shrunk)


def test_ball_anywhere_on_the_screen(ale):
    state = ale.cloneState()
    still = dict.fromkeys((100, 102, 103, 104, 105, 106), 0)
    for x in (6, 7, 8, 30, 44, 45, 46, 54, 55, 56, 80, 119, 150, 151, 152):
        for y in range(25, 205, 2 if x == 80 else 5):
            for row in (y, y + 1):
                screen, ram = screen_after(ale, state, {99: x + 49, 101: row - 9} | still)
                np.testing.assert_array_equal(render_grey(ram)[FIELD], screen[FIELD], err_msg=f"ball at {x}, {row}")


def test_every_brick_is_where_its_bits_say(ale):
    state = ale.cloneState()
    ram = ale.getRAM()
    full = read_state(ram).bricks
    assert full.all()
    seen = np.zeros_like(full)
    for byte in range(36):
        for bit in range(8):
            if not ram[byte] >> bit & 1:
                continue
            pair = 0b11 << (bit & ~1)
            screen, after = screen_after(ale, state, {byte: int(ram[byte]) & ~pair, 94: 0})
            np.testing.assert_array_equal(render_grey(after)[FIELD], screen[FIELD])
            seen |= full ^ read_state(after).bricks
    assert seen.all()


def test_score_and_lives_follow_the_emulator(deep_play):
    emulator = Emulator("breakout")
    frames, total, lives = emulator.reset(0, fire=True), 0.0, set()
    while not frames.over:
        before = total
        button = follow_ball(frames.ram[-1]) if total < 20 else "FIRE"  # good play for a while, then none
        frames = emulator.step(emulator.actions.index(button), skip=4)
        total += frames.reward
        if not frames.over:
            state = read_state(frames.ram[-1])
            assert state.lives == frames.lives
            assert state.score in (before, total)  # the screen's score can lag by a frame
            lives.add(state.lives)
    assert lives == {1, 2, 3, 4, 5}
    assert total >= 20
    assert read_state(deep_play.ram[-1, -1]).score > 100


def test_velocity_moves_the_ball(deep_play):
    moves = []
    for before, after in zip(deep_play.ram[:, 2], deep_play.ram[:, 3], strict=True):
        old, new = read_state(before), read_state(after)
        flying = old.ball and new.ball and old.ball_velocity == new.ball_velocity and 100 < old.ball.top < 150
        if flying and 20 < old.ball.left < 140:
            vx, vy = old.ball_velocity
            moves.append((new.ball.left - old.ball.left - vx, new.ball.top - old.ball.top - vy))
    assert len(moves) > 50
    assert np.abs(moves).max() < 1  # whole pixels against fractions


def test_paddle_shrinks_when_the_ball_has_touched_the_top(deep_play):
    widths = {read_state(ram).paddle.right - read_state(ram).paddle.left for ram in deep_play.ram[:, -1]}
    assert widths == {16, 12}


def test_deep_play_opens_tunnels(deep_play):
    opened = np.array([open_columns(ram).any() for ram in deep_play.ram[:, -1]])
    above = np.array([read_state(ram).ball_above for ram in deep_play.ram[:, -1]])
    assert not opened[0]
    assert opened[-1]
    assert above.sum() > 20
    assert not (above & ~opened).any()  # no other way up


def test_masks_are_coverage_of_pixels(deep_play):
    objects = Breakout()
    for ram in deep_play.ram[::25, 2:]:
        bricks = np.zeros((210, 160), bool)
        tunnel = np.zeros((210, 160), bool)
        cells = read_state(ram[0]).bricks | read_state(ram[1]).bricks
        for row, column in np.ndindex(6, 18):
            area = np.s_[57 + 6 * row : 63 + 6 * row, 8 + 8 * column : 16 + 8 * column]
            bricks[area] = cells[row, column]
            tunnel[area] = not cells[:, column].any()
        paddle, ball = np.zeros_like(bricks), np.zeros_like(bricks)
        for state in map(read_state, ram):
            paddle[state.paddle.area] = True
            if state.ball:
                ball[state.ball.area] = True
        expected = {"bricks": bricks, "tunnel": tunnel, "paddle": paddle, "ball": ball}
        masks = dict(zip(NAMES, objects.masks(ram), strict=True))
        for name, pixels in expected.items():
            np.testing.assert_allclose(masks[name], area_resize(pixels, 84), atol=1e-5, err_msg=name)


def test_masks_match_the_colours_on_the_screen(deep_play):
    """Black is where nothing is; bricks, paddle and ball are what is left beside the walls."""
    for screens, ram in zip(deep_play.screens[::25, 2:], deep_play.ram[::25, 2:], strict=True):
        masks = dict(zip(NAMES, Breakout().masks(ram), strict=True))
        shown = (screens.max(axis=0) > 0).astype(np.float32)
        shown[:17] = 0
        parts = np.clip(masks["bricks"] + masks["paddle"] + masks["visible-ball"] + masks["wall"], 0, 1)
        np.testing.assert_allclose(parts[8:], area_resize(shown, 84)[8:], atol=1e-5)


def test_visible_ball_is_what_vanishes_with_the_ball(deep_play):
    hidden = 0
    for ram in deep_play.ram[:, -1]:
        without = ram.copy()
        without[101] = 0
        change = render_grey(ram) != render_grey(without)
        masks = dict(zip(NAMES, Breakout().masks(np.stack([ram, ram])), strict=True))
        np.testing.assert_allclose(masks["visible-ball"], area_resize(change, 84), atol=1e-5)
        hidden += masks["ball"].any() and not change.any()
    assert hidden > 0  # within the wall it cannot be seen


def test_tunnels_are_channels_and_bricks_block_them(deep_play):
    grown = np.zeros(len(NAMES))
    for ram in deep_play.ram[::10, 2:]:
        masks = dict(zip(NAMES, Breakout().masks(ram), strict=True))
        assert (masks["tunnel"] <= masks["channel"]).all()
        assert (masks["channel"] + masks["bricks"] <= 1 + 1e-5).all()
        grown += [mask.any() for mask in masks.values()]
    assert (grown > 0).all()


def test_channels():
    grid = np.array([[c == "#" for c in row] for row in (
        "##################".replace("##", ".#", 1),
        "..################",
        "#.################",
        "#..###.###########",
        "##.##..###########",
        "##.##.############",
    )])  # fmt: skip
    expected = ~grid
    expected[3:, 5:7] = False  # a dead end
    np.testing.assert_array_equal(channel_cells(grid), expected)


def test_diagonal_neighbours_are_no_channel():
    grid = np.ones((6, 18), bool)
    grid[[0, 1, 2, 3, 4, 5], [3, 3, 4, 4, 5, 5]] = False
    assert not channel_cells(grid).any()


def test_full_wall_has_no_channel():
    assert not channel_cells(np.ones((6, 18), bool)).any()
    assert channel_cells(np.zeros((6, 18), bool)).all()


@pytest.mark.parametrize("size", [42, 84, 96])
def test_masks_of_any_size(deep_play, size):
    masks = Breakout().masks(deep_play.ram[-1, 2:], size)
    assert masks.shape == (10, size, size)
    assert masks.dtype == np.float32
    assert masks.min() >= 0
    assert masks.max() <= 1


def test_ball_is_in_play_until_it_is_lost(ale):
    assert ball_in_play(ale.getRAM())
    lives = ale.lives()
    while ale.lives() == lives:
        ale.act(Action.NOOP)
    assert not game_objects("breakout").in_play(ale.getRAM())
    for _ in range(4):
        ale.act(Action.FIRE)
    assert game_objects("breakout").in_play(ale.getRAM())


def test_games_without_known_objects():
    assert game_objects("seaquest") is None


def test_score_and_lives_cover_all_of_the_score_line_that_ever_changes(deep_play):
    line = deep_play.screens[:, 3, :17]  # (T, 17, 160)
    changing = (line != line[0]).any(axis=0)
    covered = np.zeros((17, 160), bool)
    for area in (SCORE, LIVES):
        assert changing[area].any()
        covered[area] = True
    assert not (changing & ~covered).any()


def test_fixed_masks_are_those_of_their_areas(deep_play):
    masks = dict(zip(Breakout.names, Breakout().masks(deep_play.ram[50, 2:]), strict=True))
    rows = slice(32, 93)
    areas = {"score": [SCORE], "lives": [LIVES], "corners": [(rows, slice(8, 24)), (rows, slice(136, 152))]}
    for name, rectangles in areas.items():
        pixels = np.zeros((210, 160), np.float32)
        for rectangle in rectangles:
            pixels[rectangle] = 1
        wanted = cv2.resize(pixels, (84, 84), interpolation=cv2.INTER_AREA)
        np.testing.assert_allclose(masks[name], wanted, atol=1e-6)
