"""Chunks hold what the store holds, in the bytes that the player reads."""

import gzip

import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.replay.chunks import CHUNK, chunk_range, frames_chunk, maps_chunk, quantise


@pytest.fixture
def screens(generator: np.random.Generator) -> np.ndarray:
    return generator.integers(0, 9, (CHUNK + 5, 4, 21, 16), dtype=np.uint8)


def test_frames_of_all_chunks_are_the_screens(screens):
    parts = [np.frombuffer(gzip.decompress(frames_chunk(screens, k)), np.uint8) for k in (0, 1)]
    assert len(parts[0]) == CHUNK * 4 * 21 * 16
    np.testing.assert_array_equal(np.concatenate(parts).reshape(screens.shape), screens)


def test_equal_frames_give_equal_bytes(screens):
    assert frames_chunk(screens, 0) == frames_chunk(screens.copy(), 0)


def test_maps_sum_the_stacked_frames_and_keep_254_levels(generator):
    maps = generator.standard_normal((CHUNK + 3, 4, 8, 8)).astype(np.float32)
    payload = gzip.decompress(maps_chunk(maps, 1))
    scales, levels = np.frombuffer(payload, "<f4", 3), np.frombuffer(payload, np.int8, offset=12).reshape(3, 8, 8)
    for n in range(3):
        summed = maps[CHUNK + n, 0] + maps[CHUNK + n, 1] + maps[CHUNK + n, 2] + maps[CHUNK + n, 3]
        assert scales[n] == np.float32(np.abs(summed).max())
        assert np.abs(levels[n] * float(scales[n]) / 127 - summed).max() <= scales[n] / 254 * (1 + 1e-4)


def test_a_map_of_zeros_has_scale_zero():
    scale, levels = quantise(np.zeros((2, 3, 3), np.float32))
    assert scale.tolist() == [0, 0]
    assert not levels.any()


@pytest.mark.parametrize("k", [-1, 2, 10**9])
def test_other_chunks_are_refused(k):
    with pytest.raises(InvalidValue, match="chunks are 0 to 1"):
        chunk_range(k, CHUNK + 1)
