"""Routes serve exactly the given runs, and say in one sentence why they cannot."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from starlette.applications import Starlette

from rlxai.episodes import load_episode
from rlxai.replay.registry import named
from rlxai.replay.routes import routes
from rlxai.store import Run, open_maps, open_run
from tests.asgi import Answer, request
from tests.small_run import DECISIONS

Get = Callable[[str], Answer]


def getter(run: Run) -> Get:
    app = Starlette(routes=routes(named([run])))
    return lambda path: request(app, path)


@pytest.fixture(scope="module")
def get(replay_run: Run) -> Get:
    return getter(replay_run)


def task_of(run: Run, kind: str) -> str:
    return run.commits(kind)[0].task


def test_frames_are_those_of_the_episode(get, replay_run):
    episode = replay_run.commits("episode")[0]
    parts = [get(f"/rlxai/small/episode/{episode.task}/frames/{k}") for k in range(3)]
    assert {part.status for part in parts} == {200}
    received = np.frombuffer(b"".join(part.content for part in parts), np.uint8)
    np.testing.assert_array_equal(received, load_episode(episode.folder).screens[:].ravel())


def test_maps_are_those_of_the_attribution(get, replay_run):
    attribution = replay_run.commits("attribution")[0]
    payload = get(f"/rlxai/small/attribution/{attribution.task}/maps/2").content
    n = DECISIONS - 128
    scales = np.frombuffer(payload, "<f4", n)[:, None, None]
    levels = np.frombuffer(payload, np.int8, offset=4 * n).reshape(n, 84, 84)
    expected = open_maps(attribution.folder)[128:DECISIONS].sum(axis=1)
    assert np.abs(levels * scales / 127 - expected).max() <= scales.max() / 250


def test_answers_may_be_kept_for_good_and_errors_may_not(get, replay_run):
    good = get(f"/rlxai/small/episode/{task_of(replay_run, 'episode')}/timeline")
    assert "immutable" in good.headers["cache-control"]
    assert good.headers["x-content-type-options"] == "nosniff"
    bad = get("/rlxai/small/episode/none/timeline")
    assert bad.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/rlxai/other/episode/{episode}/timeline",
        "/rlxai/../small/episode/{episode}/timeline",
        "/rlxai/small/episode/..%2f..%2frun.json/timeline",
        "/rlxai/small/episode/%2e%2e/timeline",
        "/rlxai/small/episode/{attribution}/timeline",
        "/rlxai/small/attribution/{episode}/timeline",
        "/rlxai/small/episode/*/timeline",
        "/rlxai/small/episode/<b>/timeline",
        "/rlxai/small/episode/{episode}/frames/3",
        "/rlxai/small/episode/{episode}/frames/-1",
        "/rlxai/small/episode/{episode}/frames/1e0",
        "/rlxai/small/episode/{episode}/frames/%EF%BC%91",
        "/rlxai/small/episode/{episode}/frames/99999999999999999999",
        "/rlxai/small/attribution/{attribution}/maps/3",
        "/rlxai/small/ledger/{episode}/timeline",
    ],
)
def test_everything_else_is_not_found(get, replay_run, path):
    path = path.replace("{episode}", task_of(replay_run, "episode"))
    path = path.replace("{attribution}", task_of(replay_run, "attribution"))
    answer = get(path)
    assert answer.status == 404
    assert "\n" not in answer.text
    assert str(replay_run.path) not in answer.text


@pytest.fixture
def copied(replay_run: Run, tmp_path: Path) -> Run:
    """A run of the same content that a test may damage."""
    shutil.copytree(replay_run.path, tmp_path / "copied")
    return open_run(tmp_path / "copied")


def largest(folder: Path) -> Path:
    return max((path for path in folder.rglob("*") if path.is_file()), key=lambda path: path.stat().st_size)


def test_a_chunk_damaged_while_it_is_shown_is_said_and_the_rest_is_served(copied):
    get = getter(copied)
    episode = copied.commits("episode")[0]
    assert get(f"/rlxai/copied/episode/{episode.task}/timeline").status == 200
    shard = largest(episode.folder / "episode.zarr" / "screens")
    before = get(f"/rlxai/copied/episode/{episode.task}/frames/0")
    assert before.status == 200
    content = bytearray(shard.read_bytes())
    content[len(content) * 2 // 3] ^= 1
    shard.write_bytes(content)
    answers = [get(f"/rlxai/copied/episode/{episode.task}/frames/{k}") for k in range(3)]
    assert sorted({answer.status for answer in answers}) == [200, 500]
    assert answers[0].body == before.body, "what was read whole is kept"
    broken = next(answer for answer in answers if answer.status == 500)
    assert "\n" not in broken.text
    assert broken.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("what", ["frames/0", "timeline"])
def test_what_was_damaged_before_is_refused(copied, what):
    episode = copied.commits("episode")[0]
    shard = largest(episode.folder / "episode.zarr" / "screens")
    shard.write_bytes(shard.read_bytes()[:-1])
    answer = getter(copied)(f"/rlxai/copied/episode/{episode.task}/{what}")
    assert answer.status == 500
    assert "were committed" in answer.text
    attribution = task_of(copied, "attribution")
    assert getter(copied)(f"/rlxai/copied/attribution/{attribution}/maps/0").status == 200


def test_what_travels_is_compressed(get, replay_run):
    answer = get(f"/rlxai/small/episode/{task_of(replay_run, 'episode')}/frames/0")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) * 20 < len(answer.content) == 64 * 4 * 210 * 160
