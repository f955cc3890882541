"""Training: score, behaviour, relevance on objects and the worth of ball and tunnel over the snapshots of a run."""

import streamlit as st

from dashboards import cached, job_panel, runs
from dashboards.charts.score import SNAPSHOT, score_chart
from dashboards.links import REPLAY, snapshot_link
from dashboards.measures import BEHAVIOUR, MEASURES, VALUES, usual
from dashboards.parts import sections
from dashboards.readers import strategy
from dashboards.readers.curves import figures_of
from dashboards.readers.scores import score_table
from dashboards.words import count, plain
from rlxai.games import game_objects
from rlxai.replay.listing import replay_episodes
from rlxai.strategy.behaviour import QUANTITIES

name, run = runs.header("Training")
snapshots = run.snapshots()
runs.live(run, len(run.descriptions()))
last = max((snapshot.step for snapshot in snapshots), default=0)
results, problems = strategy.results(run)
scores, more = score_table(run)
runs.warn([*problems, *more])
if results and not scores.empty:
    job_panel.watch(run)
st.caption(
    f"{plain(run.info['game'])} · {count(len(snapshots), 'snapshot')}, the last of step {last:,} · "
    "new ones appear by themselves while the run is trained"
)

st.subheader("Score", anchor=False)
if scores.empty:
    st.caption("The snapshots of this run hold no evaluation, and there is no monitor.csv of its training. Made by")
    job_panel.offer(run, ["evaluate", str(run)], "Evaluate all snapshots")
else:
    best = scores.sort_values("score").iloc[-1]
    said = f"Score over training; the highest is {best['score']:.0f} ({best['what']}) at step {best['step']:,.0f}."
    event = st.altair_chart(score_chart(scores, last), alt=said, on_select="rerun", key=f"score {name}")
    interval = " Band: 95 % interval of the mean of evaluation games." if scores["low"].notna().any() else ""
    st.caption(f"Click a snapshot to open it in Replay.{interval}")
    if picked := event["selection"].get(SNAPSHOT):
        first = next(iter(results.values()), None)
        wanted = (first.summary["method"], first.summary["target"]) if first else ("", "")
        st.switch_page(
            REPLAY, query_params=snapshot_link(name, int(picked[0]["step"]), replay_episodes(run)[0], *wanted)
        )

if game_objects(run.info["game"]) is None:
    st.caption(plain(f"The objects of {run.info['game']} are not known, so relevance cannot be assigned to them."))
    st.stop()
if not results:
    runs.make(
        run, "Behaviour, relevance on objects and the worth of these are not measured yet.", "strategy", "Measure now"
    )
left, right = st.columns([3, 1], vertical_alignment="bottom")
left.subheader("What it does", anchor=False)
commit = results[right.selectbox("Relevance of", list(results), key="relevance of")]
curves = cached.curves_of(commit)
known = {quantity.name: quantity for quantity in QUANTITIES}
measured = [figure for figure in figures_of(curves, "behaviour") if figure in known]
asked = st.multiselect("Quantities", measured, [one for one in BEHAVIOUR if one in measured])
sections.curve_row(
    commit, [sections.Shown(f"behaviour/{one}", "own", one.replace("-", " "), known[one].unit) for one in asked], last
)
if asked:
    with st.expander("How these are defined"):
        st.markdown("\n".join(f"- **{one.replace('-', ' ')}**: {plain(known[one].definition)}" for one in asked))

st.subheader("Where the relevance rests", anchor=False)
states_cell, measure_cell, objects_cell = st.columns([1.2, 1, 3])
states = states_cell.segmented_control(
    "States", ["common", "own"], default="common", required=True,
    help="common: every snapshot sees the same states. own: each sees the states of its own play.",
)  # fmt: skip
measure = MEASURES[measure_cell.selectbox("Measure", list(MEASURES), key="measure")]
objects = figures_of(curves, measure.family, states)
chosen = objects_cell.multiselect(
    "Objects",
    objects,
    usual(objects),
    key="objects",
)
sections.curve_row(
    commit,
    [measure.of(one, states) for one in chosen], last, columns=4, shared=True,
)  # fmt: skip

st.subheader("What ball and tunnel are worth", anchor=False)
worth = [one for one in VALUES if one.figure.partition("/")[2] in figures_of(curves, one.figure.partition("/")[0])]
sections.curve_row(commit, worth, last, columns=4)
st.caption(
    "How much the value, or the advantage, changes as the object is taken away or put there, in spreads of it."
    if worth else "No states were edited in this result, so what objects are worth is not known."
)  # fmt: skip
st.caption(
    f"{sections.LEGEND} Relevance is that of {plain(commit.summary['target'])} by {plain(commit.summary['method'])}."
)
with st.expander("Table"):
    st.dataframe(curves.table[curves.table["control"] == "none"].head(5000), hide_index=True)
