"""Compare: two runs side by side, as `rlxai diff` finds them to differ."""

import shlex

import streamlit as st

from dashboards import job_panel, runs
from dashboards.charts import compare as charts
from dashboards.readers import strategy
from dashboards.readers.diffs import comparison_folder, comparisons, read_comparison
from dashboards.words import badge_summary, plain
from rlxai.replay import registry
from rlxai.replay.badges import UNTESTED, badges
from rlxai.strategy.compare.table import EXPLORED

st.title("Compare", anchor=False)
opened = registry.shown()
if not opened:
    runs.missing("No run is open.", "rlxai dashboard RUN_A RUN_B")
made = comparisons(opened.values())
ways = (["Two open runs"] if len(opened) > 1 else []) + (["A comparison made before"] if made else [])
if not ways:
    paths = shlex.join([str(run) for run in opened.values()])
    runs.missing(
        "Only one run is open, and beside it there is no comparison made by rlxai diff.",
        f"rlxai dashboard {paths} RUN_B",
    )
way = st.segmented_control("What", ways, default=ways[0], required=True, label_visibility="collapsed")
if way == "Two open runs":
    left, right = st.columns(2)
    pairs = [(one, other) for one in opened for other in opened if one != other]
    done = [pair for pair in pairs if comparison_folder(opened[pair[0]], opened[pair[1]])]
    # Each page keeps its own widget state, so the choice is remembered outside of it.
    first, second = next(pair for pair in [st.session_state.get("runs compared"), *done, *pairs] if pair in pairs)
    a = left.selectbox("A", list(opened), list(opened).index(first), key="run a")
    others = [one for one in opened if one != a]
    b = right.selectbox("B", others, others.index(second) if second in others else 0, key="run b")
    st.session_state["runs compared"] = (a, b)
    folder = comparison_folder(opened[a], opened[b])
    if folder is None:
        runs.make(
            opened[a], f"{a} and {b} are not compared yet.", "diff", "Compare now", str(opened[b].path.absolute())
        )
    job_panel.watch(opened[a])
else:
    folder = made[st.selectbox("Comparison", list(made), key="comparison")]
found = read_comparison(folder)

table = found.comparison
last = int(table["step"].max())
key = ":blue[●] A  :orange[■] B"
left, right = st.columns([3, 2])
with left:
    if len(found.emergence):
        st.subheader("When curves change", anchor=False)
        st.altair_chart(charts.first_chart(found.emergence, last), alt="change points in A and B with intervals")
        st.caption(f"{key}, with their intervals")
with right:
    st.subheader("What is found", anchor=False)
    for heading, sentences in found.sections:
        with st.expander(plain(heading), expanded=heading == "What this can tell"):
            st.markdown("\n".join(f"- {plain(sentence)}" for sentence in sentences))

st.subheader("Over training", anchor=False)
chosen = table[(table["family"] != EXPLORED) & table["step"].notna()]
figures = list(dict.fromkeys(zip(chosen["figure"], chosen["states"], strict=True)))
for start in range(0, len(figures), 3):
    for cell, (figure, states) in zip(st.columns(3), figures[start : start + 3], strict=False):
        rows = chosen[(chosen["figure"] == figure) & (chosen["states"] == states)]
        title = charts.figure_words(figure, states)
        cell.altair_chart(charts.sides_chart(rows, title, last), alt=f"{title} of A and B over training")
        cell.altair_chart(charts.difference_chart(rows, last), alt=f"{title}: A minus B over training")
st.caption(
    f"{key}, bands: 95 % intervals. Below each: A − B; diamonds: the difference holds after Holm's adjustment for all "
    "steps and curves."
)
if way == "Two open runs" and (of := strategy.common(opened[a], opened[b])) is not None:
    said = []
    for side, one in (("A", opened[a]), ("B", opened[b])):
        earned = badges(one)
        words = [earned.get((snapshot.step, *of), UNTESTED).word for snapshot in one.snapshots()]
        said.append(f"{side}: {badge_summary(words)}")
    st.caption(f"Relevance is of {plain(of[1])} by {plain(of[0])}. {'  '.join(said)}")
for cell, (title, rows) in zip(
    st.columns(2), (("Claims", found.claims), ("How they were made", found.made.drop(columns="matters"))), strict=True
):
    if len(rows):
        cell.subheader(title, anchor=False)
        cell.dataframe(rows, hide_index=True)
with st.expander("All differences"):
    st.dataframe(table, hide_index=True)
