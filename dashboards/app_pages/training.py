"""Training: score, and where the relevance rests, over the snapshots of a run."""

import shlex

import pandas as pd
import streamlit as st

from dashboards import figures, runs
from rlxai.games import game_objects
from rlxai.pipeline import strategies, strategy_table

left, _ = st.columns([1, 2])
name, run = runs.choose(left)
st.query_params.update({"run": name})
snapshots = run.snapshots()
last = max((snapshot.step for snapshot in snapshots), default=0)

st.subheader("Score of the snapshots")
scores = figures.score_table(snapshots)
monitor = run.path / "monitor.csv"
if monitor.exists():
    scores = pd.concat([scores, figures.monitor_table(monitor, run.info["preprocessing"]["frame_skip"])])
if scores.empty:
    st.caption("The snapshots of this run hold no evaluation, and there is no monitor.csv of its training.")
else:
    best = scores.sort_values("score").iloc[-1]
    st.altair_chart(
        figures.score_chart(scores, last),
        alt=f"Score over training steps of {scores['step'].nunique()} snapshots; the highest is {best['score']:.0f} "
        f"({best['what']}) at step {best['step']:,}.",
    )

st.subheader("Relevance on objects")
computed = strategies(run)
if game_objects(run.info["game"]) is None:
    st.caption(f"The objects of {run.info['game']} are not known, so relevance cannot be assigned to them.")
    st.stop()
if not computed:
    runs.missing("The object ledger of this run is not computed yet.", f"rlxai strategy {shlex.quote(str(run.path))}")
which_column, states_column, measure_column, objects_column = st.columns([2, 1.2, 1, 3])
# Of several tables of one method and target, such as before and after new snapshots, the last one counts.
by_name = {f"{commit.summary['target']} by {commit.summary['method']}": commit for commit in reversed(computed)}
commit = by_name[which_column.selectbox("Relevance of", list(reversed(by_name)), key="relevance of")]
ledger = strategy_table(commit)
states = states_column.segmented_control(
    "States",
    ["common", "own"],
    default="common",
    required=True,
    help="common: every snapshot sees the same states. own: each sees the states of its own play.",
)
measure = figures.MEASURES[measure_column.selectbox("Measure", list(figures.MEASURES), key="measure")]
known = figures.objects_of(ledger)
objects = objects_column.multiselect("Objects", known, default=figures.usual(known))
band = figures.ledger_band(ledger, states, measure)
value = figures.value_range(band[band["object"].isin(objects)], measure)
columns = st.columns(3)
for i, shown in enumerate(objects):
    chart = figures.ledger_chart(band, shown, measure, value, last)
    columns[i % 3].altair_chart(chart, alt=figures.alternative(band, shown, measure))
st.caption(
    ":orange[●] agent  :gray[●] networks with random weights  :blue[●] the agent's maps, shifted against the objects  "
    ":violet[●] with the objects of other decisions. "
    "Bands run from the lowest to the highest draw of a control. Lift is the share of |R| on an object ÷ its share "
    f"of area. R is the relevance of {commit.summary['target']} by {commit.summary['method']}."
)
with st.expander("Table"):
    st.dataframe(band, hide_index=True)
