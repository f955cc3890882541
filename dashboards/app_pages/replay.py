"""Replay: an episode with the relevance of two snapshots on the same states."""

import shlex

import streamlit as st

from dashboards import component, runs
from dashboards.selection import address, select
from rlxai.replay.listing import ReplayEpisode, replay_episodes


def describe(episode: ReplayEpisode) -> str:
    """The episode in one line."""
    explained = f"{len(episode.maps)} attributions" if episode.maps else "not explained yet"
    game = f"{episode.score:g} points, {episode.decisions:,} decisions"
    return f"Episode of {episode.player}, seed {episode.seed}: {game} · {explained}"


@st.fragment
def player(name: str, episode: ReplayEpisode, labels: dict[int, str], start_key: str) -> None:
    """The player; its view at rest goes into the address, so that a link comes back to it."""
    caption = (
        f"All panels see the same states, those of the episode that {episode.player} played. "
        "R is summed over the stacked frames; a decision is 4 emulator frames, 15 decisions a second are native speed."
    )
    key = f"player {name} {episode.task}"
    view = component.replay(name, episode, labels, st.session_state[start_key], caption, key=key)
    if view:
        st.query_params.update(address(view))


left, right = st.columns([1, 2])
name, run = runs.choose(left)
episodes, problems = replay_episodes(run)
for problem in problems:
    st.warning(problem, icon=":material/warning:")
where = shlex.quote(str(run.path))
if not episodes:
    runs.missing(f"Run {name} has no recorded episode yet.", f"rlxai record {where}")

by_task = {episode.task: episode for episode in episodes}
linked = st.query_params.get("episode")
task = runs.choice("Episode played by", f"episode {name}", list(by_task), lambda t: describe(by_task[t]), linked, right)
episode = by_task[task]
start_key = f"start {name} {task}"
if start_key not in st.session_state:
    wanted = st.query_params.to_dict()
    if linked not in (None, task):
        wanted.pop("t", None)  # a decision of another episode
    st.session_state[start_key] = select(episode, wanted)
st.query_params.update({"run": name, "episode": task})
if not episode.maps:
    st.info(f"This episode has no maps yet; they are made by `rlxai explain {where}`.", icon=":material/info:")
player(name, episode, runs.snapshot_labels(run), start_key)
