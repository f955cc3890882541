"""Pictures of stacks and of signed values."""

import numpy as np
import pytest

from rlxai.features.picture import colours, in_colours, in_signs, mosaic
from rlxai.features.sheet import Strip, sheet


@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_colours_add_up_to_white(count):
    assert colours(count).sum(0) == pytest.approx([1, 1, 1])
    assert colours(count).min() >= 0


def test_what_stands_still_is_grey_and_what_moves_is_not():
    planes = np.zeros((4, 3, 3))
    planes[:, 0, 0] = 0.6
    planes[0, 1, 1], planes[3, 2, 2] = 0.6, 0.6
    shown = in_colours(planes)
    assert len(set(shown[0, 0].tolist())) == 1
    red, _, blue = shown[1, 1].astype(int)
    assert blue > red
    red, _, blue = shown[2, 2].astype(int)
    assert red > blue


def test_signs():
    shown = in_signs(np.array([[-2.0, 0.0, 2.0]]))
    assert shown[0].tolist() == [[33, 102, 172], [247, 247, 247], [179, 88, 6]]


def test_mosaic_and_sheet(tmp_path):
    one = np.full((4, 4, 3), 9, np.uint8)
    picture = mosaic([[one, None], [None, one]], 8, 2)
    assert picture.shape == (18, 18, 3)
    assert (picture[:8, :8] == 9).all()
    assert (picture[:8, 10:] == 255).all()
    figure = sheet([Strip(str(unit), [one, None]) for unit in range(5)], ["a", "b"], title="t", caption="c", columns=2)
    assert len(figure.axes) == 2
