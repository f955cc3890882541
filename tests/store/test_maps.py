from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest

from rlxai.errors import RunError
from rlxai.store import MapsWriter, open_maps


def relevance(frames: int, seed: int = 0) -> np.ndarray:
    """Maps over many orders of magnitude, sparse like LRP's."""
    generator = np.random.default_rng(seed)
    values = generator.standard_normal((frames, 4, 84, 84)) * 10.0 ** generator.uniform(-9, 3, (frames, 1, 1, 1))
    return np.where(generator.random(values.shape) < 0.1, values, 0).astype(np.float32)


def write_maps(folder: Path, shape: tuple[int, ...], batches: Iterable[np.ndarray]) -> None:
    writer = MapsWriter(folder, shape)
    for batch in batches:
        writer.add(batch)
    writer.close()


@pytest.mark.parametrize("frames", [1, 5, 256, 300, 520])
def test_maps_come_back_within_half_a_level_of_each_frames_own_scale(tmp_path, frames):
    stored = relevance(frames)
    batches = np.array_split(stored, 3) if frames > 3 else [stored]
    write_maps(tmp_path, stored.shape, batches)
    maps = open_maps(tmp_path)
    assert maps.shape == stored.shape
    assert len(maps) == frames
    level = np.abs(stored).max(axis=(1, 2, 3), keepdims=True) / 32767
    assert (np.abs(maps[0:frames] - stored) <= 0.51 * level).all()
    np.testing.assert_array_equal(maps[frames - 1 : frames], maps[0:frames][-1:])


def test_zero_maps_are_exactly_zero(tmp_path):
    write_maps(tmp_path, (3, 1, 8, 8), [np.zeros((3, 1, 8, 8), np.float32)])
    assert not open_maps(tmp_path)[0:3].any()


@pytest.mark.parametrize("frames", [2, 4])
def test_too_few_and_too_many_frames_are_an_error(tmp_path, frames):
    with pytest.raises(ValueError, match=f"{frames} frames of relevance for 3 decisions"):
        write_maps(tmp_path, (3, 1, 8, 8), [np.ones((frames, 1, 8, 8), np.float32)])


def test_the_bytes_do_not_depend_on_the_batches(tmp_path):
    stored = relevance(300)
    contents = []
    for name, parts in (("one", 1), ("several", 7)):
        (tmp_path / name).mkdir()
        write_maps(tmp_path / name, stored.shape, np.array_split(stored, parts))
        files = [path for path in (tmp_path / name).rglob("*") if path.is_file()]
        contents.append({path.relative_to(tmp_path / name): path.read_bytes() for path in files})
    assert contents[0] == contents[1]


def test_a_flipped_bit_is_never_read_as_a_number(tmp_path):
    stored = relevance(8)
    write_maps(tmp_path, stored.shape, [stored])
    clean = open_maps(tmp_path)[0:8]
    (shard,) = [path for path in (tmp_path / "maps.zarr" / "maps" / "c").rglob("*") if path.is_file()]
    original = shard.read_bytes()
    generator = np.random.default_rng(1)
    for position in generator.integers(0, len(original), 60):
        damaged = bytearray(original)
        damaged[position] ^= 1 << generator.integers(8)
        shard.write_bytes(damaged)
        try:
            read = open_maps(tmp_path)[0:8]
        except RunError as error:
            assert "damaged" in str(error)
        else:
            np.testing.assert_array_equal(read, clean)


def test_missing_maps_are_named(tmp_path):
    with pytest.raises(RunError, match=r"maps\.zarr: the maps cannot be read"):
        open_maps(tmp_path)


def test_a_file_that_goes_after_the_maps_were_opened_is_damage_and_never_zeros(tmp_path):
    stored = relevance(520)
    write_maps(tmp_path, stored.shape, [stored])
    maps = open_maps(tmp_path)
    (tmp_path / "maps.zarr" / "maps" / "c" / "1" / "0" / "0" / "0").unlink()
    assert np.abs(maps[0:256]).max() > 0
    assert np.abs(maps[512:520]).max() > 0
    for damaged in (slice(256, 300), slice(200, 520)):
        with pytest.raises(RunError, match="are damaged"):
            maps[damaged]
