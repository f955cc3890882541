"""The player draws the colours that Python draws."""

import base64
from importlib import resources

import numpy as np
import pytest

from rlxai.replay import colour, compose, player

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser):
    """An empty page with the player's colour module as `colour`."""
    script = resources.files(player).joinpath("colour.js").read_bytes()
    page = browser.new_page()
    url = "data:text/javascript;base64," + base64.b64encode(script).decode()
    page.evaluate("async url => { window.colour = await import(url) }", url)
    yield page
    page.close()


@pytest.mark.parametrize(("name", "opacity"), [*((name, 0.85) for name in colour.names()), ("blue-orange", 0.4)])
def test_player_and_video_blend_alike(page, generator, name, opacity):
    palette = generator.integers(0, 256, (256, 3), dtype=np.uint8)
    drawn = page.evaluate(
        """([lut, palette, opacity]) => {
            const { blendTable, bytesFromBase64, gameColours } = window.colour;
            const table = blendTable(bytesFromBase64(lut), gameColours(palette, true), { opacity, threshold: 0 });
            return Array.from(new Uint8Array(table.buffer));
        }""",
        [base64.b64encode(colour.lut(name).tobytes()).decode(), palette.ravel().tolist(), opacity],
    )
    grey = np.rint(palette @ np.array(compose.LUMA)).astype(np.uint8)
    expected = compose.blend_table(name, opacity=opacity)[:, grey].astype(int)  # (255, 256, 3)
    difference = np.abs(np.array(drawn).reshape(255, 256, 4)[..., :3] - expected)
    assert difference.max() <= 1, "rounding alone may differ"
    assert (difference > 0).mean() < 0.01


def test_levels_are_those_of_python(page):
    cases = [(0.5, 1.0), (1.0, 0.3), (1.0, 0.0), (0.0, 1.0)]
    drawn = page.evaluate(
        "cases => cases.map(([map, scale]) => Array.from(window.colour.levelTable(map, scale)).slice(1))", cases
    )
    stored = np.arange(-127, 128)
    for levels, (map_scale, scale) in zip(drawn, cases, strict=True):
        expected = colour.level(stored * map_scale / 127, scale).astype(int)
        assert np.abs(np.array(levels) - expected).max() <= (1 if scale else 0)


def test_what_is_not_a_number_is_drawn_as_zero(page):
    assert set(page.evaluate("Array.from(window.colour.levelTable(NaN, 1))")) == {127}
    assert set(page.evaluate("Array.from(window.colour.levelTable(1, NaN))")) == {127}
