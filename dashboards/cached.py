"""What pages read or compute once: keyed by names of content, never by arrays, whose hashes Streamlit samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboards.readers import curves as curve_reader
from dashboards.readers import frames
from dashboards.readers.clusters import Clustering, read_clustering
from dashboards.readers.trust import Trust, read_trust
from dashboards.readers.trust_states import Tested
from rlxai.pipeline.moments import pictures
from rlxai.store import Commit, Run
from rlxai.strategy.claims.moments import Moment
from rlxai.strategy.curves import Curves


def curves_of(commit: Commit) -> Curves:
    """The curves of a strategy result."""
    return _curves(str(commit.folder), commit)


def band(commit: Commit, figure: str, states: str) -> pd.DataFrame:
    """One curve with its controls, see `dashboards.readers.curves.curve_band`."""
    return _band(str(commit.folder), figure, states, commit)


def clustering(commit: Commit) -> Clustering:
    """A clustering with its maps; not to be changed."""
    return _clustering(str(commit.folder), commit)


def moment_pictures(run: Run, moments: Sequence[Moment], method: str, target: str) -> dict[Moment, bytes]:
    """PNG of each moment: the screen with the relevance of its snapshot."""
    if not moments:
        return {}
    shas = {snapshot.step: snapshot.sha256 for snapshot in run.snapshots()}
    key = tuple((shas.get(m.step, ""), m.game, m.decision) for m in moments)
    return _pictures(str(run.path.resolve()), key, method, target, run, list(moments))


def state(run: Run, step: int, episode: str, decision: int) -> frames.State:
    """A decision as a snapshot sees it; not to be changed."""
    return _state(str(run.path.resolve()), run.snapshot(step).sha256, episode, decision, run, step)


def relevance(run: Run, step: int, episode: str, decision: int, method: str, target: str) -> np.ndarray:
    """The map of one decision by one method, float32 (H, W)."""
    sha256 = run.snapshot(step).sha256
    return _relevance(sha256, episode, decision, method, target, run, step)


def trust(commit: Commit) -> Trust:
    """The tables of a leaderboard of maps; not to be changed."""
    return _trust(str(commit.folder), commit)


def tested(run: Run, commit: Commit) -> Tested:
    """The tests behind a leaderboard."""
    return _tested(str(commit.folder), run, commit)


@st.cache_resource(max_entries=4, show_spinner=False)
def _trust(folder: str, _commit: Commit) -> Trust:
    return read_trust(_commit)


@st.cache_resource(max_entries=4, show_spinner=False)
def _tested(folder: str, _run: Run, _commit: Commit) -> Tested:
    return Tested(_run, _commit)


@st.cache_resource(max_entries=4, show_spinner=False)
def _curves(folder: str, _commit: Commit) -> Curves:
    return curve_reader.open_curves(_commit)


@st.cache_data(max_entries=512, show_spinner=False)
def _band(folder: str, figure: str, states: str, _commit: Commit) -> pd.DataFrame:
    return curve_reader.curve_band(curves_of(_commit), figure, states)


@st.cache_resource(max_entries=4, show_spinner=False)
def _clustering(folder: str, _commit: Commit) -> Clustering:
    return read_clustering(_commit)


@st.cache_data(max_entries=256, show_spinner="Drawing frames")
def _pictures(
    path: str, key: tuple[tuple[str, str, int], ...], method: str, target: str, _run: Run, _moments: list[Moment]
) -> dict[Moment, bytes]:
    return pictures(_run, _moments, method, target)


@st.cache_resource(max_entries=16, show_spinner=False)
def _state(path: str, sha256: str, episode: str, decision: int, _run: Run, _step: int) -> frames.State:
    return frames.state_at(_run, _step, episode, decision)


@st.cache_data(max_entries=1024, show_spinner=False)
def _relevance(sha256: str, episode: str, decision: int, method: str, target: str, _run: Run, _step: int) -> np.ndarray:
    return frames.relevance_of(state(_run, _step, episode, decision), method, target)
