from __future__ import annotations

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.replay import colour, compose


@pytest.mark.parametrize("name", colour.names())
def test_zero_relevance_leaves_the_dimmed_game(name):
    table = compose.blend_table(name, dim=0.6)
    assert (table[127] == np.rint(0.6 * np.arange(256))[:, None]).all()


@pytest.mark.parametrize("name", colour.names())
def test_blending_is_the_literal_formula(name):
    lut, table = colour.lut(name).astype(float), compose.blend_table(name, dim=0.5, opacity=0.8)
    zero = lut[127]
    for level in (0, 1, 60, 126, 128, 200, 254):
        a = max(abs(lut[level] - zero)) / 255
        for grey in (0, 37, 255):
            pixel = (1 - 0.8 * a) * 0.5 * grey + 0.8 * (lut[level] - (1 - a) * zero)
            assert np.abs(table[level, grey] - pixel).max() <= 0.5 + 1e-9


def test_full_opacity_on_black_shows_the_table_itself():
    assert (compose.blend_table("blue-orange", opacity=1)[:, 0] == colour.lut("blue-orange")).all()


@pytest.mark.parametrize(("dim", "opacity"), [(-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5)])
def test_numbers_outside_their_domain_are_refused(dim, opacity):
    with pytest.raises(InvalidValue, match="must be 0 to 1"):
        compose.blend_table("heat", dim=dim, opacity=opacity)


@pytest.mark.parametrize("cell", [(0, 0), (83, 83), (41, 17), (70, 80)])
def test_a_map_cell_covers_its_part_of_the_screen(cell):
    levels = np.full((84, 84), 127, np.uint8)
    levels[cell] = 254
    rows, columns = np.nonzero(compose.stretch(levels, 210, 160) == 254)
    for found, at, pixels in ((rows, cell[0], 210), (columns, cell[1], 160)):
        centres = np.arange(pixels) + 0.5
        inside = np.flatnonzero((centres >= at * pixels / 84) & (centres < (at + 1) * pixels / 84))
        assert np.unique(found).tolist() == inside.tolist()
    assert len(rows) == len(np.unique(rows)) * len(np.unique(columns))


def test_paint_looks_every_pixel_up():
    rng = np.random.default_rng(0)
    grey, levels = rng.integers(0, 256, (6, 5), np.uint8), rng.integers(0, 255, (6, 5)).astype(np.uint8)
    table = compose.blend_table("bwr")
    picture = compose.paint(grey, levels, table)
    for y, x in np.ndindex(6, 5):
        assert (picture[y, x] == table[levels[y, x], grey[y, x]]).all()


def test_grey_levels_are_those_of_the_emulator():
    ale_py = pytest.importorskip("ale_py")
    ale_py.ALEInterface.setLoggerMode(ale_py.LoggerMode.Error)
    ale = ale_py.ALEInterface()
    ale.loadROM(ale_py.roms.get_rom_path("seaquest"))
    ale.reset_game()
    index, rgb, grey = ale.getScreen(), ale.getScreenRGB(), ale.getScreenGrayscale()
    palette = np.zeros((256, 3), np.uint8)
    palette[index] = rgb
    assert len(np.unique(index)) > 5
    assert np.abs(compose.grey_levels(palette)[index].astype(int) - grey).max() <= 1
