"""What the pages share: choosing a run, naming snapshots, saying what is missing or damaged."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import NoReturn

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import job_panel
from dashboards.selection import pick
from dashboards.words import plain
from rlxai.games import game_objects
from rlxai.replay import registry
from rlxai.replay.listing import snapshot_labels
from rlxai.store import Run

__all__ = [
    "choice",
    "choose",
    "command",
    "header",
    "live",
    "make",
    "missing",
    "need_objects",
    "snapshot_labels",
    "warn",
]

_POLL_SECONDS = 5.0


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


def header(title: str) -> tuple[str, Run]:
    """Title of a page with the choice of the run beside it; the run goes into the address."""
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    left.title(title, anchor=False)
    name, run = choose(right)
    st.query_params.update({"run": name})
    return name, run


def choice(
    label: str, key: str, options: Sequence[str], text: Callable[[str], str], wanted: str | None, place: DeltaGenerator
) -> str:
    """A list to choose from, first set to what is wanted."""
    if st.session_state.get(key) not in options:
        st.session_state[key] = pick(wanted, options)
    return place.selectbox(label, options, format_func=text, key=key, label_visibility="collapsed")


def warn(problems: Iterable[str]) -> None:
    """One line for each result that cannot be read."""
    for problem in dict.fromkeys(problems):
        st.warning(plain(problem), icon=":material/warning:")


def missing(sentence: str, command: str) -> NoReturn:
    """Say what is missing and which command makes it; the page ends here."""
    st.info(plain(sentence), icon=":material/info:")
    st.markdown("It is made by")
    st.code(command, language="bash")
    st.stop()


def need_objects(run: Run, otherwise: str) -> None:
    """The page ends here where the objects of the game are not known, and says what is not possible then."""
    if game_objects(run.info["game"]) is None:
        st.info(plain(f"The objects of {run.info['game']} are not known, so {otherwise}."), icon=":material/info:")
        st.stop()


def make(run: Run, sentence: str, verb: str, label: str, *more: str) -> NoReturn:
    """Say what is missing, and offer the verb that makes it; the page ends here."""
    st.info(plain(sentence), icon=":material/info:")
    job_panel.offer(run, [verb, str(run), *more], label)
    st.stop()


def command(verb: str, run: Run) -> str:
    """A verb on a run as it is typed."""
    return shlex.join(["rlxai", verb, str(run)])


@st.fragment(run_every=_POLL_SECONDS)
def live(run: Run, known: int) -> None:
    """Show the page again as soon as a run still in training has more snapshots than are shown."""
    if len(run.descriptions()) != known:
        st.rerun()
