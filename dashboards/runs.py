"""What the pages share: choosing a run and an episode, naming snapshots, saying what is missing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.selection import pick
from rlxai.pipeline import scores
from rlxai.replay import registry
from rlxai.store import Run


def choose(place: DeltaGenerator) -> tuple[str, Run]:
    """The run shown, by name; stops the page where the dashboard was started without one."""
    runs = registry.shown()
    if not runs:
        missing("No run is open.", "rlxai dashboard RUN")
    # Each page keeps its own widget state, so the choice is remembered outside of it.
    wanted = st.query_params.get("run", st.session_state.get("run chosen"))
    name = choice("Run", "run", list(runs), "Run {}".format, wanted, place)
    st.session_state["run chosen"] = name
    return name, runs[name]


def choice(
    label: str, key: str, options: Sequence[str], text: Callable[[str], str], wanted: str | None, place: DeltaGenerator
) -> str:
    """A list to choose from, first set to what is wanted."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = pick(wanted, options)
    return place.selectbox(label, options, format_func=text, key=key, label_visibility="collapsed")


def snapshot_labels(run: Run) -> dict[int, str]:
    """Step -> "step 100,000 · score 22.4", with the mean score where the snapshot was evaluated."""
    means = scores(run).mean
    return {
        snapshot.step: f"step {snapshot.step:,}"
        + (f" · mean score {means[snapshot.step]:.1f}" if snapshot.step in means else "")
        for snapshot in run.snapshots()
    }


def missing(sentence: str, command: str) -> NoReturn:
    """Say what is missing and which command makes it; the page ends here."""
    st.info(sentence, icon=":material/info:")
    st.markdown("It is made by")
    st.code(command, language="bash")
    st.stop()
