"""What the pages about units read or compute once: keyed by names of content, as in `dashboards.cached`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboards.readers import unit_pictures, units
from dashboards.readers.embeddings import Atlas, Embedding, read_atlas, read_embedding
from dashboards.readers.features import Features
from rlxai.networks import Agent
from rlxai.store import Commit, Run
from rlxai.store.readable import read_table


def tables(of: Features) -> units.Tables:
    """Tables of all snapshots; not to be changed."""
    return _tables(str(of.commit.folder), of.commit)


def scores(of: Features, layer: str) -> pd.DataFrame:
    """See `dashboards.readers.units.scores`; not to be changed."""
    return _scores(str(of.commit.folder), layer, of)


def agent(run: Run, step: int) -> Agent:
    """A snapshot; not to be changed."""
    return _agent(str(run.path.resolve()), run.snapshot(step).sha256, run, step)


def moved(run: Run, first: int, step: int, layer: str) -> np.ndarray:
    """How far the weights of a layer's units turned since the first snapshot, see `unit_pictures.moved_weights`."""
    return _moved(run.snapshot(first).sha256, run.snapshot(step).sha256, layer, run, first, step)


def cards(run: Run, of: Features, step: int, layer: str, names: Sequence[str]) -> unit_pictures.Cards:
    """Exemplars of units; not to be changed."""
    return _cards(str(of.commit.folder), run.snapshot(step).sha256, layer, tuple(names), run, of, step)


def optimised(run: Run, of: Features, step: int, layer: str, names: Sequence[str], steps: int) -> np.ndarray:
    """Optimised inputs of units, see `unit_pictures.optimised_of`; not to be changed."""
    return _optimised(str(of.commit.folder), run.snapshot(step).sha256, layer, tuple(names), steps, run, of, step)


def maps(run: Run, step: int, episode: str, decision: int) -> unit_pictures.Maps:
    """Feature maps of a state; not to be changed."""
    return _maps(str(run.path.resolve()), run.snapshot(step).sha256, episode, decision, run, step)


def seen(run: Run, step: int, episode: str, decision: int) -> np.ndarray:
    """Stacked frames of a state, see `unit_pictures.seen_at`."""
    return _seen(str(run.path.resolve()), run.snapshot(step).sha256, episode, decision, run, step)


def embedding(commit: Commit) -> Embedding:
    """Points of an embedding; not to be changed."""
    return _embedding(str(commit.folder), commit)


def atlas(commit: Commit) -> Atlas:
    """Cells of an atlas; not to be changed."""
    return _atlas(str(commit.folder), commit)


@st.cache_resource(max_entries=2, show_spinner=False)
def _tables(folder: str, _commit: Commit) -> units.Tables:
    names = ("units", "dissection", "tuning", "exemplars")
    return units.Tables(*(read_table(_commit, f"{name}.parquet") for name in names))


@st.cache_resource(max_entries=12, show_spinner=False)
def _scores(folder: str, layer: str, _of: Features) -> pd.DataFrame:
    return units.scores(tables(_of), layer)


@st.cache_resource(max_entries=4, show_spinner=False)
def _agent(path: str, sha256: str, _run: Run, _step: int) -> Agent:
    return _run.snapshot(_step).load()


@st.cache_data(max_entries=64, show_spinner=False)
def _moved(before: str, after: str, layer: str, _run: Run, _first: int, _step: int) -> np.ndarray:
    return unit_pictures.moved_weights(agent(_run, _first), agent(_run, _step), layer)


@st.cache_resource(max_entries=16, show_spinner="Cutting out exemplars")
def _cards(
    folder: str, sha256: str, layer: str, names: tuple[str, ...], _run: Run, _of: Features, _step: int
) -> unit_pictures.Cards:
    mine = tables(_of).exemplars
    return unit_pictures.cards_of(_run, agent(_run, _step), mine[mine["step"] == _step], layer, names)


@st.cache_resource(max_entries=16, show_spinner="Searching for inputs")
def _optimised(
    folder: str, sha256: str, layer: str, names: tuple[str, ...], steps: int, _run: Run, _of: Features, _step: int
) -> np.ndarray:
    stored = _of.parts.get("cards") if _step == _of.best else None
    of_units = cards(_run, _of, _step, layer, names)
    return unit_pictures.optimised_of(agent(_run, _step), of_units, layer, names, steps, stored)


@st.cache_resource(max_entries=8, show_spinner=False)
def _maps(path: str, sha256: str, episode: str, decision: int, _run: Run, _step: int) -> unit_pictures.Maps:
    return unit_pictures.maps_of(_run, agent(_run, _step), episode, decision)


@st.cache_data(max_entries=1024, show_spinner=False)
def _seen(path: str, sha256: str, episode: str, decision: int, _run: Run, _step: int) -> np.ndarray:
    return unit_pictures.seen_at(_run, agent(_run, _step), episode, decision)


@st.cache_resource(max_entries=4, show_spinner=False)
def _embedding(folder: str, _commit: Commit) -> Embedding:
    return read_embedding(_commit)


@st.cache_resource(max_entries=4, show_spinner=False)
def _atlas(folder: str, _commit: Commit) -> Atlas:
    return read_atlas(_commit)
