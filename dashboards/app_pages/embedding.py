"""Embedding: the states as the last hidden layer sees them, in several planes, and the activation atlas."""

import pandas as pd
import streamlit as st

from dashboards import cached_features, job_panel, runs
from dashboards.charts import embedding as charts
from dashboards.charts.clusters import inside
from dashboards.parts import embedding as drawn
from dashboards.readers import embeddings
from dashboards.readers.features import Features, newest_features
from dashboards.words import count
from rlxai.errors import RunError
from rlxai.features.embedding_figure import CAUTION

ROLES = {"embedding-best": "own states of step {:,}", "embedding-all": "all snapshots, common states"}

name, run = runs.header("Embedding")
result, problems = newest_features(run)
if result is None:
    runs.warn(problems)
    runs.need_objects(run, "there is nothing to colour states by")
    runs.make(run, "The states of this run are not embedded yet; it takes minutes.", "features", "Embed them now")
job_panel.watch(run)
of: Features = result
found = {}
for one in ROLES:
    if one in of.parts:
        try:
            found[one] = cached_features.embedding(of.parts[one])
        except RunError as error:
            problems.append(str(error))
runs.warn(problems)
if not found:
    runs.make(run, "The last result of rlxai features has no embedding that can be read.", "features", "Embed them now")
cells = st.columns([1.6, 2.2, 1.4], vertical_alignment="bottom")
role: str = cells[0].selectbox("States", list(found), format_func=lambda one: ROLES[one].format(of.best), key="states")
shown = found[role]
perplexities = [one for one in shown.planes if one.startswith("tsne")]
middle = perplexities[len(perplexities) // 2]
plane = cells[1].segmented_control(
    "Plane", list(shown.planes), default=middle, required=True, key=f"plane {role}",
    format_func=lambda one: shown.planes[one].partition(" (")[0].replace("perplexity ", ""),
)  # fmt: skip
by = embeddings.colourings(shown)
words = cells[2].selectbox("Colours tell", list(by), key=f"colour {role}")
actions = shown.actions if by[words] == "action" else []
chart_key = f"points {name} {role} {plane}"
picked = st.session_state.get(chart_key, {}).get("selection", {})
points = embeddings.coloured(shown, plane, by[words])
selected = inside(points, picked)
lit = points["row"].isin(selected["row"]) if len(selected) else pd.Series(True, index=points.index)

left, right = st.columns([3, 2])
with left:
    st.altair_chart(
        charts.plane_chart(points.assign(shown=True), words, actions), on_select="rerun", key=chart_key,
        alt=f"{shown.planes[plane]} of {len(points)} states as {shown.layer} sees them, coloured by {words}",
    )  # fmt: skip
    st.caption(
        f"{count(len(points), 'state')} as {shown.layer} sees them, {shown.planes[plane]}. Click a state or draw a "
        f"box: its frames are shown below, and lit in the other planes. **{CAUTION}**"
    )
with right:
    drawn.other_planes(shown, plane, by[words], words, actions, lit)
drawn.frames(name, run, points, selected)
if role == "embedding-best" and int(of.parts[role].spec["side"]):
    drawn.atlas(name, run, of, shown)
