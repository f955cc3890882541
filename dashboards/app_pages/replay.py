"""Replay: episodes under their relevance, for several snapshots, methods or targets at once."""

from threading import Thread
from typing import Any

import streamlit as st

from dashboards import component, job_panel, runs
from dashboards.selection import start, view_words
from rlxai.replay.answers import begin
from rlxai.replay.listing import ReplayEpisode, replay_episodes
from rlxai.replay.opening import first_addresses
from rlxai.replay.routes import PREFIX
from rlxai.replay.view import player_input


def describe(episode: ReplayEpisode) -> str:
    """The episode in one line."""
    explained = f"{len(episode.maps)} attributions" if episode.maps else "not explained yet"
    game = f"{episode.score:g} points, {episode.decisions:,} decisions"
    return f"Episode of {episode.player}, seed {episode.seed}: {game} · {explained}"


@st.fragment
def player(data: dict[str, Any], name: str, task: str) -> None:
    """The player; its view at rest goes into the address, so that a link comes back to it."""
    view, state = component.replay(data, key=f"player {name} {task}")
    if view:
        words = view_words(view["address"])
        there = {"run": name, "episode": task, **words}
        st.session_state[f"last {name} {task}"] = words
        st.session_state["replay view"] = there  # for other pages: leaving this one drops the address
        st.query_params.from_dict(there)
    seen = f"state {name}"
    if state not in (None, data["state"], st.session_state.get(seen)):  # a run still in training has more to show
        st.session_state[seen] = state
        st.rerun()


left, right = st.columns([1, 2])
name, run = runs.choose(left)
episodes, problems = replay_episodes(run)
runs.warn(problems)
if not episodes:
    runs.missing(f"Run {name} has no recorded episode yet.", runs.command("record", run))

by_task = {episode.task: episode for episode in episodes}
linked = st.query_params.get("episode")
task = runs.choice("Episode played by", f"episode {name}", list(by_task), lambda t: describe(by_task[t]), linked, right)
episode = by_task[task]
wanted = view_words(st.query_params.to_dict()) if linked in (None, task) else {}  # a view of another episode
start_key = f"start {name} {task}"
select = start(wanted, st.session_state.get(f"last {name} {task}"), st.session_state.get(start_key, {}))
st.session_state[start_key] = select
# Ready by the time the browser has mounted the player.
Thread(target=begin, args=(run, first_addresses(episode, select)), daemon=True).start()
if linked != task:
    st.query_params.from_dict({"run": name, "episode": task})
if not episode.maps and episode.step is None:
    st.info("Maps explain games that a snapshot played; this one was played by a script.", icon=":material/info:")
elif not episode.maps:
    with st.expander("This episode has no maps yet.", icon=":material/info:"):
        job_panel.offer(run, ["explain", str(run), "--on", str(episode.step)], "Compute maps")
player(player_input(run, episodes, episode, base=f"{PREFIX}/{name}", select=select), name, task)
