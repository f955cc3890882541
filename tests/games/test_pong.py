"""Pong's masks and behaviour against real screens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from rlxai.games import Emulator, game_objects
from rlxai.games.behaviour import game_behaviour
from rlxai.games.pong import Pong, ball_in_play, paddle_rows, pong_pixels
from tests.games.test_breakout import area_resize

FIELD = slice(34, 194)
WHITE, GREEN, BROWN = 14, 200, 56
"""Palette indices of ball and walls, of the agent's paddle and score, of the opponent's."""
DECISIONS = 900


@dataclass(frozen=True)
class Play:
    screens: np.ndarray  # uint8 (T, 4, 210, 160) palette indices
    ram: np.ndarray  # uint8 (T + 1, 4, 128)
    rewards: np.ndarray  # float (T,)


@pytest.fixture(scope="module")
def play() -> Play:
    """Rallies, misses, both paddles everywhere."""
    emulator, random = Emulator("pong"), np.random.default_rng(0)
    frames = emulator.reset(0, fire=False).repeated(4)
    ram, screens, rewards = [frames.ram], [], []
    for decision in range(DECISIONS):
        latest = frames.ram[-1]
        above = int(latest[54]) - int(latest[51]) - 8
        follows = "NOOP" if abs(above) < 4 else "LEFT" if above > 0 else "RIGHT"
        button = follows if decision % 400 < 250 else str(random.choice(emulator.actions))
        frames = emulator.step(emulator.actions.index(button), skip=4)
        ram.append(frames.ram)
        screens.append(frames.screens)
        rewards.append(frames.reward)
    return Play(np.stack(screens), np.stack(ram), np.array(rewards))


def test_pixels_equal_the_screen(play):
    """Exactly, in every frame: balls, also half outside, beside and over a paddle; both scores, a frame late."""
    balls, right, late, score = 0, 0, 0, None
    frames = zip(play.screens.reshape(-1, 210, 160), play.ram[1:].reshape(-1, 128), strict=True)
    next(frames)  # it still has the colours of the title
    for screen, ram in frames:
        ball, paddle, opponent, wall, digits = pong_pixels(ram)
        field = screen[FIELD]
        np.testing.assert_array_equal(field == WHITE, ball[FIELD])
        np.testing.assert_array_equal(field == GREEN, paddle[FIELD] & ~ball[FIELD])
        np.testing.assert_array_equal(field == BROWN, opponent[FIELD] & ~ball[FIELD])
        np.testing.assert_array_equal((screen == WHITE) & ~ball, wall)
        points = ram[13], ram[14]
        if score in (None, points):
            np.testing.assert_array_equal(np.isin(screen[:24], (GREEN, BROWN)), digits[:24])
        else:
            late += 1
        score = points
        balls += ball.any()
        right += ball[:, 127:140].any()
    assert balls > 2000
    assert right > 100
    assert late == (play.rewards != 0).sum() > 8


def test_masks_are_coverage_of_the_pixels_of_either_frame(play):
    for ram in play.ram[5::60, 2:]:
        pixels = pong_pixels(ram[0]) | pong_pixels(ram[1])
        masks = Pong().masks(ram)
        assert masks.shape == (len(Pong.names), 84, 84)
        assert masks.dtype == np.float32
        for mask, expected in zip(masks, pixels, strict=True):
            np.testing.assert_allclose(mask, area_resize(expected, 84), atol=1e-5)
            assert mask.max() <= 1


@pytest.mark.parametrize("scores", [(0, 10), (7, 21), (12, 9), (18, 3), (19, 20), (4, 15), (6, 11)])
def test_digits_of_any_score(scores):
    """The game draws a score that was written into RAM two frames later."""
    from ale_py import Action, ALEInterface, roms

    ale = ALEInterface()
    ale.loadROM(roms.get_rom_path("pong"))
    ale.reset_game()
    for _ in range(30):
        ale.act(Action.NOOP)
    for byte, score in zip((13, 14), scores, strict=True):
        ale.setRAM(byte, min(score, 20))
    for _ in range(2):
        ale.act(Action.NOOP)
    np.testing.assert_array_equal(np.isin(ale.getScreen()[:24], (GREEN, BROWN)), pong_pixels(ale.getRAM())[4][:24])


def test_the_registry_has_it():
    objects = game_objects("pong")
    assert objects.names == ("ball", "paddle", "opponent", "wall", "score")
    assert objects.in_play(np.zeros(128, np.uint8))


def test_behaviour_is_what_the_screens_show(play):
    played = game_behaviour("pong").read(play.ram, play.rewards, np.zeros(DECISIONS + 1, int), over=False)
    latest = play.screens[:, -1]
    for t in range(1, DECISIONS, 23):
        white, green = (np.flatnonzero((latest[t - 1][FIELD] == c).any(axis=1)) + 34 for c in (WHITE, GREEN))
        assert len(white) == 0 or abs(played.series["ball"][t] - (white[0] + white[-1] + 1) / 2) <= 2
        assert paddle_rows(play.ram[t, -1])[0] + 8 == played.series["paddle"][t]
        assert len(green) < 16 or played.series["paddle"][t] == (green[0] + green[-1] + 1) / 2
    hits, serves = played.events["paddle-hit"], played.events["serve"]
    assert len(hits) >= 5
    assert np.abs(hits.facts["offset"]).max() <= 12  # half a paddle and half a ball, and a frame's way
    points = np.sort(np.concatenate([played.events[name].decisions for name in ("point-won", "point-lost")]))
    np.testing.assert_array_equal(points, np.flatnonzero(play.rewards))
    assert 0 <= len(serves) - len(points) <= 1
    assert (serves.decisions[: len(points)] < points).all()
    assert played.series["in-play"][1:].any()
    assert not all(map(ball_in_play, play.ram[:, -1]))
