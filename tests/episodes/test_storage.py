from __future__ import annotations

import contextlib
import json
import shutil

import numpy as np
import pyarrow.parquet as pq
import pytest

from rlxai.episodes import load_episode, save_episode
from rlxai.errors import RunError


@pytest.fixture(scope="module")
def saved(scripted, tmp_path_factory):
    folder = tmp_path_factory.mktemp("episode") / "saved"
    save_episode(scripted, folder)
    return folder


@pytest.fixture
def folder(saved, tmp_path):
    """A copy to damage."""
    return shutil.copytree(saved, tmp_path / "copy")


def read_all(folder):
    episode = load_episode(folder)
    for start in range(0, episode.decisions + 1, 256):
        episode.screens[start : start + 256]
        episode.ram[start : start + 256]


def test_saved_episode_is_the_same(scripted, saved):
    loaded = load_episode(saved)
    for name in ("palette", "grey", "hashes", "chosen", "taken", "rewards", "lives", "outputs"):
        before, after = getattr(scripted, name), getattr(loaded, name)
        np.testing.assert_array_equal(after, before, err_msg=name)
        assert after.dtype == before.dtype
    for name in ("preprocessing", "actions", "end", "message"):
        assert getattr(loaded, name) == getattr(scripted, name)
    assert loaded.recipe.to_dict() == scripted.recipe.to_dict()
    assert loaded.screens.shape == scripted.screens.shape
    for part in (slice(0, 3), slice(505, 520), slice(940, 951)):
        np.testing.assert_array_equal(loaded.screens[part], scripted.screens[part])
        np.testing.assert_array_equal(loaded.ram[part], scripted.ram[part])
    np.testing.assert_array_equal(loaded.observations(slice(500, 530)), scripted.observations(slice(500, 530)))


def test_network_outputs_are_saved(make_agent, tmp_path):
    from rlxai.episodes import record

    episode = record(make_agent(), max_decisions=20)
    save_episode(episode, tmp_path)
    np.testing.assert_array_equal(load_episode(tmp_path).outputs, episode.outputs)
    names = pq.read_schema(tmp_path / "steps.parquet").names
    assert names == ["decision", "chosen", "taken", "reward", "lives", "hash", *(f"output_{a}" for a in range(4))]


def test_saved_episode_is_small(saved, scripted):
    """Screens and RAM of four frames per decision, uncompressed 135 kB."""
    size = sum(path.stat().st_size for path in saved.rglob("*") if path.is_file())
    assert size / scripted.decisions < 500


def test_episodes_are_never_overwritten(scripted, saved):
    with pytest.raises(RunError, match="holds an episode already"):
        save_episode(scripted, saved)


def files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("number", range(8))
def test_missing_file_is_named(folder, number):
    victim = files(folder)[number]
    victim.unlink()
    with pytest.raises(RunError, match=str(folder)) as caught:
        load_episode(folder)
    assert "\n" not in str(caught.value)


def test_all_files_were_tried(folder):
    assert len(files(folder)) == 8  # two parts, screens and RAM of 950 decisions in two shards each, two zarr.json


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("where", [0.2, 0.5, 0.9])
def test_flipped_bit_is_found_or_harmless(folder, scripted, number, where):
    """Data is checked by checksums; a changed letter in a JSON file either breaks it or is shown as it stands."""
    victim = files(folder)[number]
    data = bytearray(victim.read_bytes())
    data[int(len(data) * where)] ^= 1
    victim.write_bytes(data)
    if victim.suffix == ".json":
        with contextlib.suppress(RunError):
            read_all(folder)
        return
    with pytest.raises(RunError, match=str(victim.relative_to(folder).parts[0])):
        read_all(folder)


@pytest.mark.parametrize("number", range(8))
def test_truncated_file_is_found(folder, number):
    victim = files(folder)[number]
    victim.write_bytes(victim.read_bytes()[: victim.stat().st_size // 2])
    with pytest.raises(RunError, match=str(folder)):
        read_all(folder)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format": "other"}, "not 'rlxai-episode'"),
        ({"schema": 2}, "schema 2"),
        ({"recipe": 3}, "recipe"),
        ({"preprocessing": {"size": 7}}, "size must be 16 to 256"),
        ({"preprocessing": []}, "damaged"),
        ({"actions": []}, "1 to 64 names"),
        ({"actions": [1, 2]}, "1 to 64 names"),
        ({"end": "won"}, "game over, cap, stalled"),
        ({"palette": "00"}, "damaged"),
        ({"grey": 5}, "damaged"),
        ({"last": {"lives": 2**70, "hash": 0}}, "damaged"),
        ({"last": None}, "damaged"),
    ],
)
def test_hostile_header(folder, change, sentence):
    path = folder / "recipe.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RunError, match=sentence) as caught:
        load_episode(folder)
    assert "recipe.json" in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "{}", "[" * 100_000, "\x00", '{"format": NaN}'])
def test_header_that_is_no_header(folder, text):
    (folder / "recipe.json").write_text(text)
    with pytest.raises(RunError, match=r"recipe\.json is damaged"):
        load_episode(folder)


def test_files_of_another_episode_do_not_fit(folder):
    path = folder / "recipe.json"
    header = json.loads(path.read_text())
    header["recipe"]["actions"].append(0)
    path.write_text(json.dumps(header))
    with pytest.raises(RunError, match="950 rows for 951 decisions"):
        load_episode(folder)


@pytest.mark.parametrize(
    "change",
    [
        {"shape": [951, 4, 10**9, 160]},
        {"shape": [951, 4, 210]},
        {"data_type": "float64"},
        {"zarr_format": 2},
        {"codecs": [{"name": "rot13"}]},
    ],
)
def test_hostile_array_description(folder, change):
    path = folder / "episode.zarr" / "screens" / "zarr.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(RunError, match="screens is damaged"):
        load_episode(folder)


def test_oversized_header(folder):
    with (folder / "recipe.json").open("ab") as file:
        file.truncate(5_000_000)
    with pytest.raises(RunError, match="at most 4,000,000 are read"):
        load_episode(folder)


def test_folder_without_an_episode(tmp_path):
    with pytest.raises(RunError, match="holds no complete episode"):
        load_episode(tmp_path)


def test_a_file_that_goes_after_the_game_was_opened_is_damage_and_never_black(scripted, tmp_path):
    save_episode(scripted, tmp_path)
    episode = load_episode(tmp_path)
    assert episode.screens[:10].any()
    for path in (tmp_path / "episode.zarr" / "screens" / "c").rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(RunError, match=r"screens is damaged: .* is missing"):
        episode.screens[:10]
