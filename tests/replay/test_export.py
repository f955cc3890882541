from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue
from rlxai.replay import colour, compose, scale
from rlxai.replay.codecs import CODECS
from rlxai.replay.export import SCALES, Look, compose_video, estimate, export_video, preview
from rlxai.store import Run, open_maps, open_run
from tests.small_run import METHODS
from tests.trusted_run import add_trust


@pytest.fixture(scope="module")
def run(replay_run) -> Run:
    return replay_run


@pytest.fixture(scope="module")
def episode(run):
    return run.commits("episode")[0]


@pytest.fixture(scope="module")
def maps(run):
    """By method, then by step."""
    found = sorted(run.commits("attribution"), key=lambda one: (one.spec["method"], one.spec["step"]))
    return {method: [one for one in found if one.spec["method"] == method] for method in METHODS}


def game(picture, panel=0, zoom=2):
    return picture[: 210 * zoom, panel * 162 * zoom : panel * 162 * zoom + 160 * zoom]


def shown(run, episode, maps, **look):
    return preview(run, episode, maps, 50, Look(zoom=2, **look))


def test_scales_are_those_of_the_player(run, episode, maps):
    two = maps["gradient-x-input"]
    p999 = [one.summary["p999"] for one in two]
    steps = pd.read_parquet(two[0].folder / "steps.parquet")
    running = scale.running_scales(steps["shown_max"].to_numpy())[50]
    wanted = {"episode": p999[0], "shared": max(p999), "running": running, "frame": steps["shown_max"][50]}
    assert set(wanted) == set(SCALES)
    for mode in SCALES:
        panels = compose_video(run, episode, two, start=50, stop=51, look=Look(zoom=2, scale=mode), codec="gif")
        relevance = _relevance(two[0], 50)
        assert (game(next(panels.frames)) == _literal(run, episode, relevance, wanted[mode])).all(), mode


def test_panels_of_another_method_share_no_scale(run, episode, maps):
    one, other = maps["gradient-x-input"][0], maps["grad-cam"][0]
    together = shown(run, episode, [one, other], scale="shared")
    for panel, alone in enumerate((one, other)):
        assert (game(together, panel) == game(shown(run, episode, [alone]))).all()


def test_colours_are_for_the_panels_of_their_sign(run, episode, maps):
    signed, positive = maps["gradient-x-input"][:1], maps["grad-cam"][:1]
    assert (shown(run, episode, signed, colours="bwr") != shown(run, episode, signed)).any()
    assert (shown(run, episode, positive, colours="bwr") == shown(run, episode, positive)).all()


@pytest.mark.parametrize(("look", "sentence"), [({"scale": "log"}, "met 'log'"), ({"colours": "jet"}, "'jet'")])
def test_an_unknown_look_is_refused(run, episode, maps, look, sentence):
    with pytest.raises(InvalidValue, match=sentence):
        shown(run, episode, maps["grad-cam"], **look)


@pytest.mark.parametrize("codec", ["h264", "gif"])
def test_the_estimate_is_of_the_right_size(run, episode, maps, codec, tmp_path):
    pytest.importorskip("av")
    clip = compose_video(run, episode, maps["grad-cam"], stop=30, codec=codec)
    size, seconds = estimate(clip.size, clip.total, CODECS[codec])
    path = Path(tmp_path / f"a{CODECS[codec].suffixes[0]}")
    info = export_video(run, episode, maps["grad-cam"], path, stop=30, codec=codec)
    assert info.frames == clip.total == (120 if codec == "h264" else 30)
    assert path.stat().st_size / 5 < size < path.stat().st_size * 5  # of another agent than it was measured on
    assert seconds > 0


def _relevance(attribution, t):
    return open_maps(attribution.folder)[t : t + 1].sum(axis=1)[0]


def _literal(run, episode, relevance, full):
    recorded = load_episode(episode.folder)
    grey = compose.grey_levels(recorded.palette)[np.asarray(recorded.screens[50:51])[0, -2:]].max(axis=0)
    levels = compose.stretch(colour.level(relevance, full), 210, 160)
    return compose.paint(grey, levels, compose.blend_table("blue-orange")).repeat(2, axis=0).repeat(2, axis=1)


def test_the_legend_has_the_badge_of_the_map(replay_run, tmp_path):
    shutil.copytree(replay_run.path, tmp_path / "run")
    run = open_run(tmp_path / "run")
    (episode,), (attribution, *_) = run.commits("episode"), run.commits("attribution")
    before = preview(run, episode, [attribution], 100, Look())
    add_trust(run)
    after = preview(run, episode, [attribution], 100, Look())
    changed = (before != after).any(axis=2)
    rows = np.flatnonzero(changed.any(axis=1))
    assert len(rows)
    assert rows.min() >= 4 * 210 + 4 * 29  # the game, the numbers and the colour bar stay as they are
    assert np.flatnonzero(changed.any(axis=0)).min() > 320
