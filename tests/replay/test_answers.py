"""What the player asks for, as bytes, and every address of it."""

import gzip
import shutil

import numpy as np
import pytest

from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue
from rlxai.replay.answers import addresses, answer, lasting
from rlxai.replay.listing import replay_episodes
from rlxai.replay.masks import masks_chunk, object_names
from rlxai.store import open_run
from tests.small_run import DECISIONS


@pytest.fixture(scope="module")
def shown(replay_run):
    return replay_episodes(replay_run)[0][0]


def test_every_address_answers_and_is_named_once(replay_run, shown):
    paths = list(addresses(shown, shown.maps))
    assert len(set(paths)) == len(paths)
    assert all(gzip.decompress(answer(replay_run, path)) for path in paths)
    whole = (DECISIONS + 64) // 64 + 2 * (DECISIONS // 64 + 1)  # frames have an entry more
    assert len(paths) == 2 + whole - (DECISIONS // 64 + 1) + len(shown.maps) * (1 + DECISIONS // 64 + 1)


def test_a_part_of_a_game_needs_its_chunks_alone(shown):
    paths = list(addresses(shown, shown.maps[:1], range(70, 80), masks=False))
    task, source = shown.task, shown.maps[0].task
    assert paths == [
        f"episode/{task}/timeline", f"episode/{task}/played", f"episode/{task}/frames/1",
        f"attribution/{source}/timeline", f"attribution/{source}/maps/1",
    ]  # fmt: skip
    assert f"episode/{task}/frames/1" in set(addresses(shown, (), range(63, 64))), "what decision 63 leads to"


def test_only_timelines_of_attributions_change(shown):
    changing = [path for path in addresses(shown, shown.maps) if not lasting(path)]
    assert changing == [f"attribution/{source.task}/timeline" for source in shown.maps]


@pytest.mark.parametrize(
    "path",
    ["", "/", "episode", "episode/x", "episode//timeline", "../episode/{task}/timeline", "episode/{task}/timeline/0",
     "episode/{task}/frames", "episode/{task}/maps/0", "episode/{task}/masks/3", "episode/{task}/frames/0/1",
     "episode/{task}/frames/9999999999", "episode/{task}/frames/٣", "strategy/{task}/timeline"],
)  # fmt: skip
def test_nothing_else_is_there(replay_run, shown, path):
    with pytest.raises(InvalidValue):
        answer(replay_run, path.replace("{task}", shown.task))


def test_masks_are_those_of_the_newest_plane(replay_run, shown):
    episode = load_episode(replay_run.commit("episode", shown.task).folder)
    names = object_names("breakout")
    assert names == episode.mask_names
    for k, decisions in ((0, slice(0, 64)), (2, slice(128, DECISIONS))):
        bits = np.frombuffer(gzip.decompress(masks_chunk(episode, k)), "<u2").reshape(-1, 84, 84)
        masks = episode.masks(decisions)[:, -1]
        for i, name in enumerate(names):
            np.testing.assert_array_equal((bits >> i) & 1, masks[:, i] > 0, err_msg=name)


def test_the_state_of_a_run_changes_with_what_it_can_show(replay_run, tmp_path):
    shutil.copytree(replay_run.path, tmp_path / "own")
    run = open_run(tmp_path / "own")
    before = answer(run, "state")
    assert answer(run, "state") == before
    assert not lasting("state")
    run.records("attribution")[0].unlink()
    assert answer(run, "state") != before


def test_games_without_known_objects_have_no_names():
    assert object_names("seaquest") == ()
