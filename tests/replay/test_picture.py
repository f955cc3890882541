import cv2
import numpy as np
import pytest

from rlxai.replay import compose
from rlxai.replay.picture import Planes, Rgb, planes_of, to_yuv


@pytest.fixture
def index(generator):
    return generator.integers(0, 255 * 256, (30, 20)).astype(np.uint16)


def test_colours_become_those_of_opencv(generator):
    rgb = generator.integers(0, 256, (64, 64, 3), np.uint8)
    large = rgb.repeat(2, axis=0).repeat(2, axis=1)
    luma, u, v = planes_of(cv2.cvtColor(large, cv2.COLOR_RGB2YUV_I420), 128)
    yuv = to_yuv(rgb).astype(int)
    for ours, theirs in zip(np.moveaxis(yuv, -1, 0), (luma[::2, ::2], u, v), strict=True):
        assert np.abs(ours - theirs).max() <= 1


def test_black_and_white_are_the_ends_of_the_range():
    assert to_yuv(np.array([[0, 0, 0], [255, 255, 255]])).tolist() == [[16, 128, 128], [235, 128, 128]]


def test_rgb_is_the_table_enlarged(index):
    blend = compose.blend_table("blue-orange")
    page = Rgb(100, 80, (1, 2, 3))
    page.game(6, 4, index, page.table(blend), 3)
    expected = blend.reshape(-1, 3)[index].repeat(3, axis=0).repeat(3, axis=1)
    assert (page.data[6:96, 4:64] == expected).all()
    assert (page.data[:6] == (1, 2, 3)).all()


@pytest.mark.parametrize("zoom", [2, 3, 4])
def test_planes_are_those_of_the_rgb_picture(index, zoom):
    blend, note = compose.blend_table("bwr"), np.full((8, 12, 3), (200, 30, 90), np.uint8)
    pages = [kind(150, 120, (17, 19, 24)) for kind in (Rgb, Planes)]
    for page in pages:
        page.game(4, 2, index, page.table(blend), zoom)
        page.put(140, 100, note)
    expected = cv2.cvtColor(pages[0].data, cv2.COLOR_RGB2YUV_I420)
    assert pages[1].data.shape == expected.shape
    # OpenCV takes one of four pixels for chroma, which is the same wherever all four belong to one game pixel.
    tolerance = 1 if zoom % 2 == 0 else 255
    for ours, theirs, most in zip(
        planes_of(pages[1].data, 150), planes_of(expected, 150), (1, tolerance, tolerance), strict=True
    ):
        assert np.abs(ours.astype(int) - theirs).max() <= most


def test_a_copy_is_painted_on_by_itself():
    for kind in (Rgb, Planes):
        page = kind(4, 4, (0, 0, 0))
        twin = page.copy()
        twin.put(0, 0, np.full((4, 4, 3), 255, np.uint8))
        assert (page.data != twin.data).any()
