"""Export: a clip as a video, or as one HTML page with the player."""

import shlex

import streamlit as st

from dashboards import exporting, job_panel, jobs, runs
from dashboards.exporting import FORMATS, HTML, Request
from dashboards.words import count, plain
from rlxai.replay.codecs import CODECS
from rlxai.replay.export import SCALES, Look, compose_video, estimate, preview
from rlxai.replay.grid import PANELS
from rlxai.replay.html import LIMIT_MB, contents, estimate_html
from rlxai.replay.listing import replay_episodes

SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)

name, run = runs.header("Export")
episodes, problems = replay_episodes(run)
runs.warn(problems)
if not episodes:
    runs.make(run, f"Run {name} has no recorded episode yet.", "record", "Record a game of each snapshot")
if not any(episode.maps for episode in episodes):
    runs.make(run, "No game of this run is explained yet.", "explain", "Explain the best game")

view = exporting.wanted(st.query_params.to_dict(), st.session_state.get("replay view", {}), name)
by_task = {episode.task: episode for episode in episodes if episode.maps}
options, picture = st.columns([1, 1.25], gap="large")
with options:
    tasks = list(by_task)
    task = st.selectbox(
        "Game", tasks, index=tasks.index(view["episode"]) if view.get("episode") in tasks else 0, key=f"game {name}",
        format_func=lambda t: exporting.game_title(by_task[t]),
    )  # fmt: skip
    episode = by_task[task]
    commit = next(one for one in run.commits("episode") if one.task == task)
    maps = {one.task: one for one in run.commits("attribution") if one.spec["episode"] == task}
    by_map = {source.task: source for source in episode.maps}
    chosen = st.multiselect(
        "Panels", list(by_map), [panel.task for panel in exporting.panels(episode, view)], max_selections=PANELS,
        format_func=lambda one: exporting.title(by_map[one]), key=f"panels {task}",
        help="Snapshot, method and target, row by row. More maps are made by `rlxai explain`.",
    )  # fmt: skip
    first, last = st.slider(
        "Decisions", 0, episode.decisions - 1, exporting.decisions(episode, view), key=f"range {task}",
        help="Starts as what Replay loops over, or is zoomed to.",
    )  # fmt: skip
    kind = st.selectbox("Format", list(FORMATS), format_func=FORMATS.__getitem__, key="format")
    masks, speed, columns, scale = True, 1.0, None, exporting.scale(view)
    if kind == HTML:
        masks = st.toggle("Object masks under the pointer", value=True, key="masks")
    else:
        cells = st.columns(3)
        speed = cells[0].selectbox("Speed", SPEEDS, index=2, format_func="{:g}×".format, key="speed")
        scale = cells[1].selectbox("Scale", SCALES, index=SCALES.index(scale), key="scale")
        wide = [None, *range(1, max(2, len(chosen) + 1))]
        columns = cells[2].selectbox("Columns", wide, format_func=lambda n: "automatic" if n is None else str(n))
if not chosen:
    st.info("Choose at least one panel.", icon=":material/info:")
    st.stop()

look = Look(speed=speed, columns=columns, scale=scale)
panels = tuple(by_map[one] for one in chosen)
attributions = [maps[one] for one in chosen]
request = Request(str(run), task, panels, first, last + 1, kind, look, masks, view)
with picture:
    shown = first
    if last > first:
        at = exporting.decision(view, first, last)
        shown = st.slider("Preview of decision", first, last, at, key=f"preview {task} {first} {last}")
    st.image(preview(run, commit, attributions, shown, look), width="stretch")

with options:
    too_large = False
    if kind == HTML:
        held = contents(run, commit, attributions, start=first, stop=last + 1, masks=masks)
        size: float = estimate_html(held)
        st.caption(f"{count(len(held.decisions), 'decision')}, about {exporting.megabytes(size)}.")
        too_large = size > LIMIT_MB * 1e6
        if too_large:
            st.warning(f"A page may have {LIMIT_MB:g} MB: choose a shorter range or fewer panels.")
    else:
        clip = compose_video(run, commit, attributions, start=first, stop=last + 1, look=look, codec=kind)
        size, seconds = estimate(clip.size, clip.total, CODECS[kind])
        st.caption(
            f"{count(clip.total, 'picture')} of {clip.size[1]} × {clip.size[0]}, {clip.fps:g} per second, "
            f"{exporting.duration(clip.total / clip.fps)} long: about {exporting.megabytes(size)} and "
            f"{exporting.duration(seconds)} of work."
        )
        if request.note:
            st.info(plain(request.note), icon=":material/info:")
    st.code(shlex.join(["rlxai", *request.shown]), language="bash", wrap_lines=True)
    made = request.place()
    busy = jobs.job_of(run.path)
    job_panel.watch(run)
    if made.is_file():
        st.download_button(
            f"Download {made.name} ({exporting.megabytes(made.stat().st_size)})", made.read_bytes, file_name=made.name,
            icon=":material/download:", type="primary", on_click="ignore",
        )  # fmt: skip
    elif (busy is None or not busy.running) and st.button(
        "Make the page" if kind == HTML else "Make the video", icon=":material/play_arrow:", type="primary",
        disabled=too_large, key="make export",
    ):  # fmt: skip
        jobs.start(run.path, request.job())
        st.rerun()
