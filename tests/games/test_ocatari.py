"""OCAtari's boxes as objects of further games; needs its files of rules (`pip install --no-deps ocatari termcolor`)."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
from ale_py import ALEInterface, roms

from rlxai.errors import InvalidValue
from rlxai.games import Breakout
from rlxai.games.objects import FURTHER, game_objects
from rlxai.games.objects import _further as further
from rlxai.games.ocatari import OCAtariObjects

CHICKEN_YELLOW = (252, 252, 84)


@pytest.fixture(autouse=True)
def rules():
    if find_spec("ocatari") is None:
        pytest.skip("OCAtari is not installed")
    further.cache_clear()
    yield
    further.cache_clear()


def frames(game, count, seed=0):
    """(screen RGB, RAM) of random play."""
    ale = ALEInterface()
    ale.setInt("random_seed", seed)
    ale.setFloat("repeat_action_probability", 0.0)
    ale.loadROM(roms.get_rom_path(game))
    generator, buttons = np.random.default_rng(seed), ale.getMinimalActionSet()
    for _ in range(count):
        ale.act(buttons[generator.integers(len(buttons))])
        yield ale.getScreenRGB(), ale.getRAM()


def test_the_chicken_of_freeway_is_where_its_yellow_is():
    objects = OCAtariObjects("freeway")
    assert objects.names == ("chicken", "car", "score")
    for screen, ram in list(frames("freeway", 400))[100::20]:
        chicken = objects.boxes(ram)[0]
        yellow = (screen == CHICKEN_YELLOW).all(axis=2)
        yellow[:110] = False  # the line in the middle of the road has that colour
        yellow[:, 60:100] = yellow[:, 120:] = False  # so have some cars
        assert yellow.any()
        assert (yellow & chicken).sum() > 0.75 * yellow.sum()


def test_breakout_s_paddle_and_bricks_agree_with_our_own():
    theirs, ours = OCAtariObjects("breakout"), Breakout()
    for _, ram in list(frames("breakout", 300))[100::20]:
        two = np.stack([ram, ram])
        found = dict(zip(theirs.names, theirs.masks(two), strict=True))
        truth = dict(zip(ours.names, ours.masks(two), strict=True))
        for name, own in (("player", "paddle"), ("block", "bricks")):
            overlap = np.minimum(found[name], truth[own]).sum() / np.maximum(found[name], truth[own]).sum()
            assert overlap > 0.9, name


def test_masks_are_shares_of_cells_and_the_same_again():
    objects = OCAtariObjects("space_invaders")
    ram = np.stack([ram for _, ram in list(frames("space_invaders", 120))[-2:]])
    masks = objects.masks(ram, 96)
    assert (masks.shape, masks.dtype) == ((len(objects.names), 96, 96), np.float32)
    assert masks.min() == 0
    assert masks.max() <= 1
    assert masks.any()
    np.testing.assert_array_equal(masks, objects.masks(ram, 96))
    assert objects.in_play(ram[0])


@pytest.mark.parametrize(("game", "sentence"), [("tetris", "no rules for 'tetris'"), ("../freeway", "no rules for")])
def test_a_game_without_rules_is_refused_in_one_sentence(game, sentence):
    with pytest.raises(InvalidValue, match=sentence):
        OCAtariObjects(game)


def test_a_rule_that_crashes_is_reported_in_one_sentence():
    objects = OCAtariObjects("freeway")
    with pytest.raises(InvalidValue, match=r"^OCAtari cannot read a state of freeway \(IndexError"):
        objects.boxes(np.zeros(3, np.uint8))


def test_it_is_used_only_where_asked_for_and_never_for_games_known_exactly(monkeypatch):
    assert game_objects("freeway") is None
    monkeypatch.setenv(FURTHER, "ocatari")
    further.cache_clear()
    assert isinstance(game_objects("freeway"), OCAtariObjects)
    assert isinstance(game_objects("breakout"), Breakout)
    monkeypatch.setenv(FURTHER, "magic")
    further.cache_clear()
    with pytest.raises(InvalidValue, match="'magic'; allowed: ocatari"):
        game_objects("freeway")
