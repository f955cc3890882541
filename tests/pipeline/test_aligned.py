"""Relevance around the events of real, short games: equal to ledgers of single decisions, done once."""

import numpy as np
import pandas as pd
import pytest

from rlxai.attribution import attribute
from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.games import Breakout
from rlxai.pipeline import Serial, quiet, workflow
from rlxai.pipeline.strategy.aligned import EVENTS, AlignedTask, measure_aligned
from rlxai.pipeline.strategy.behaviour import play_of
from rlxai.store import Run
from rlxai.strategy import ledger
from rlxai.strategy.aligned_figure import aligned_figure, shown_steps

METHOD, WINDOW, SAMPLE = "gradient-x-input", 2, 12


@pytest.fixture
def played(make_run):
    run = make_run("run")
    games = {}
    for commit in workflow.record_games(run, run.snapshots(), Serial(), quiet, games=2, max_decisions=120, epsilon=0.5):
        games.setdefault(commit.spec["step"], []).append(commit)
    return run, games


def test_rows_are_the_ledgers_of_the_decisions_around_the_events(played):
    run, games = played
    snapshot = run.snapshots()[0]
    tasks = tuple(commit.task for commit in games[0])
    task = AlignedTask(0, snapshot.sha256, tasks, METHOD, "value", 2, WINDOW, SAMPLE)
    (commit,) = Serial().run(run, [task], quiet)
    table = pd.read_parquet(commit.folder / "aligned.parquet")
    assert len(table) == len(EVENTS) * len(Breakout.names) * 2 * (2 * WINDOW + 1)
    agent = snapshot.load()
    shares, areas, expected = [], [], []
    for name in tasks:
        episode = load_episode(run.commit("episode", name).folder)
        events = play_of(episode).events["life-lost"].decisions
        if len(events) > 2:
            events = events[[0, -1]]
        around = events + 1
        account = [of(agent, episode, decisions) for decisions in (around, sampled(episode, 1))]
        shares += list(account[0][0])
        areas += list(account[0][1])
        expected += [np.mean(account[1], axis=1)] * len(events)
    assert len(shares) >= 2
    rows = table[(table.event == "life-lost") & (table.offset == 1) & (table.object == "bricks")].set_index("measure")
    assert set(rows.events) == {len(shares)}
    assert rows.value["lift"] == pytest.approx(np.sum(shares) / np.sum(areas), rel=1e-5)
    assert rows.value["share"] == pytest.approx(np.mean(shares), rel=1e-5)
    control = np.sum(expected, axis=0)
    assert rows.control["lift"] == pytest.approx(control[0] / control[1], rel=1e-5)
    assert rows.difference["lift"] == pytest.approx(rows.value["lift"] - rows.control["lift"])


def of(agent, episode, decisions):
    """Share and area of the bricks."""
    relevance = attribute(agent, episode.observations(decisions), METHOD, "value").relevance
    account = ledger(relevance, episode.masks(decisions))
    k = episode.mask_names.index("bricks")
    return account.share[:, :, k].sum(axis=1), account.area[:, :, k].sum(axis=1)


def sampled(episode, offset):
    """The decisions of the control that can be at an offset after another decision."""
    t = np.unique(np.linspace(4, episode.decisions - 1, SAMPLE).round()).astype(int)
    return t[t >= offset]


def test_all_snapshots_together_and_the_same_again(played):
    run, games = played
    options = {"method": METHOD, "target": "taken", "most": 1, "window": 1, "sample": 4}
    commit = measure_aligned(run, Serial(), quiet, games, **options)
    assert commit.files.keys() == {"aligned.parquet", "aligned.csv", "aligned.svg", "aligned.png"}
    table = pd.read_parquet(commit.folder / "aligned.parquet")
    assert sorted(set(table.step)) == [0, 1000]
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()}
    assert measure_aligned(run, Serial(), quiet, games, **options) == commit
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*") if path.is_file()} == before
    first = min(run.commits("aligned"), key=lambda found: found.spec["step"])
    spec = {name: value for name, value in first.spec.items() if name not in ("code", "episodes")}
    with run.attempt("other", {"again": 1}) as attempt:
        task = AlignedTask(**spec, episodes=tuple(first.spec["episodes"]))
        task.execute(run, attempt, lambda done, total: None)
        assert (attempt.folder / "aligned.parquet").read_bytes() == (first.folder / "aligned.parquet").read_bytes()
        assert attempt.summary == first.summary
    assert first.summary["games"] == 2


def test_the_figure_has_a_row_for_each_event_that_happens_and_a_line_for_each_snapshot():
    rows = []
    for step, events in ((0, 1), (10, 3), (20, 2), (30, 1)):
        for event in ("serve", "paddle-hit"):
            happens = events if event == "serve" or step == 20 else 0
            for name in ("visible-ball", "paddle"):
                for offset in (-1, 0, 1):
                    value = 2 + offset + step if happens else np.nan
                    rows.append((step, event, offset, name, "lift", value, value, value, 1.0, happens))
    columns = ["step", "event", "offset", "object", "measure", "value", "low", "high", "control", "events"]
    table = pd.DataFrame(rows, columns=columns)
    assert shown_steps(table) == [0, 20, 30]
    figure = aligned_figure(table, title="toy")
    assert len(figure.axes) == 4
    serve, hit = figure.axes[0], figure.axes[2]
    assert serve.get_ylabel() == "serve\n(n = 1, 2, 1)\nlift"
    np.testing.assert_allclose(serve.lines[0].get_xydata(), [[-1, 1], [0, 2], [1, 3]])
    np.testing.assert_allclose(hit.lines[2].get_xydata(), [[-1, 21], [0, 22], [1, 23]])
    assert np.isnan(hit.lines[0].get_ydata()).all()
    nothing = aligned_figure(table.assign(value=np.nan), title="toy")
    assert [text.get_text() for text in nothing.texts] == ["toy", "no event in these games"]


def test_mistakes_are_one_sentence(make_run, tmp_path):
    run = make_run("run")
    with pytest.raises(InvalidValue, match="met 0, 96 and 12"):
        measure_aligned(run, Serial(), quiet, {}, most=0)
    with pytest.raises(InvalidValue, match="unknown method 'lrp'"):
        measure_aligned(run, Serial(), quiet, {}, method="lrp")
    with pytest.raises(RunError, match="no game is recorded yet"):
        measure_aligned(run, Serial(), quiet, {})
    other = Run.create(tmp_path / "other", {"game": "seaquest", "actions": []})
    with pytest.raises(RunError, match="events and objects of seaquest are not known; known are breakout, pong"):
        measure_aligned(other, Serial(), quiet, {})
