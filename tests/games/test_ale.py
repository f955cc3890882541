from __future__ import annotations

import cv2
import numpy as np
import pytest
from ale_py import ALEInterface, roms

from rlxai.errors import InvalidValue
from rlxai.games import Emulator, available_games


def raw_interface(game):
    ale = ALEInterface()
    ale.setFloat("repeat_action_probability", 0.0)
    ale.setInt("random_seed", 0)
    ale.loadROM(roms.get_rom_path(game))
    return ale


@pytest.mark.parametrize("game", ["breakout", "pong", "space_invaders", "seaquest", "ms_pacman", "air_raid"])
def test_colours_and_greys_are_the_emulators(game):
    ale, emulator = raw_interface(game), Emulator(game)
    ale.reset_game()
    frames = emulator.reset(0, fire=False)
    random = np.random.default_rng(0)
    for _ in range(60):
        action = int(random.integers(len(emulator.actions)))
        frames = emulator.step(action, skip=4)
        for screen, ram in zip(frames.screens, frames.ram, strict=True):
            ale.act(ale.getMinimalActionSet()[action])
            np.testing.assert_array_equal(emulator.palette[screen], ale.getScreenRGB())
            np.testing.assert_array_equal(emulator.grey[screen], ale.getScreenGrayscale())
            np.testing.assert_array_equal(ram, ale.getRAM())


@pytest.mark.parametrize("game", ["breakout", "pong", "space_invaders", "seaquest", "ms_pacman"])
def test_grey_is_that_of_the_palette(game):
    emulator = Emulator(game)
    screens = emulator.reset(30, fire=True).screens
    grey = cv2.cvtColor(emulator.palette[None], cv2.COLOR_RGB2GRAY)[0]
    np.testing.assert_array_equal(grey[screens], emulator.grey[screens])


def test_actions_carry_ale_names():
    assert Emulator("breakout").actions == ("NOOP", "FIRE", "RIGHT", "LEFT")
    assert Emulator("pong").actions == ("NOOP", "FIRE", "RIGHT", "LEFT", "RIGHTFIRE", "LEFTFIRE")


def test_games_are_functions_of_noops_and_actions():
    def play(seed):
        emulator = Emulator("breakout", seed=seed)
        start = emulator.reset(5, fire=True).repeated(4)
        return np.stack([start.ram, *(emulator.step(t % 4, 4).ram for t in range(50))])

    np.testing.assert_array_equal(play(0), play(1))


def test_reset_shows_one_screen_of_its_own():
    emulator = Emulator("breakout")
    frames = emulator.reset(5, fire=True)
    before = frames.screens.copy()
    for _ in range(10):
        emulator.step(2, skip=4)
    assert frames.screens.shape == (1, 210, 160)
    np.testing.assert_array_equal(frames.screens, before)


def test_close_names_are_offered_for_an_unknown_game():
    with pytest.raises(InvalidValue, match="'brakeout'; close names: breakout"):
        Emulator("brakeout")
    with pytest.raises(InvalidValue, match="space_invaders"):
        Emulator("SpaceInvaders-v5")
    with pytest.raises(InvalidValue, match="snake case"):
        Emulator("??")


def test_games_whose_loading_would_end_the_process_are_not_offered():
    assert "breakout" in available_games()
    for game in set(roms.get_all_rom_ids()) - set(available_games()):
        assert not ALEInterface.isSupportedROM(roms.get_rom_path(game))
        with pytest.raises(InvalidValue, match="no Atari game"):
            Emulator(game)


@pytest.mark.parametrize("action", [-1, 4])
def test_actions_out_of_range(action):
    emulator = Emulator("breakout")
    emulator.reset(0, fire=True)
    with pytest.raises(InvalidValue, match=r"action must be 0 to 3 \(NOOP, FIRE, RIGHT, LEFT\)"):
        emulator.step(action, skip=4)


def test_other_numbers_out_of_range():
    with pytest.raises(InvalidValue, match="sticky"):
        Emulator("breakout", sticky=1.0)
    with pytest.raises(InvalidValue, match="seed"):
        Emulator("breakout", seed=-1)
    emulator = Emulator("breakout")
    with pytest.raises(InvalidValue, match="noops"):
        emulator.reset(-1, fire=True)
    with pytest.raises(InvalidValue, match="2 emulator frames"):
        emulator.step(0, skip=1)
