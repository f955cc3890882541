"""Strategy: which stories about a run hold, how its play emerged, and what it looks at around events."""

import streamlit as st

from dashboards import cached, job_panel, runs
from dashboards.charts import axes
from dashboards.charts import strategy as charts
from dashboards.parts import claims, sections
from dashboards.readers import strategy
from dashboards.readers.aligned import aligned_table
from dashboards.words import plain
from rlxai.store.readable import read_table
from rlxai.strategy.curves import curve_name
from rlxai.strategy.emergence.story import CHAPTERS, STORY
from rlxai.strategy.report.words import CAUTIONS, change_sentences, lead_sentences

name, run = runs.header("Strategy")
results, problems = strategy.results(run)
runs.warn(problems)
runs.need_objects(run, "no strategy can be told")
if not results:
    runs.make(run, "No strategy of this run is measured yet.", "strategy", "Measure now")
job_panel.watch(run)
left, right = st.columns([3, 1], vertical_alignment="center")
commit = results[right.selectbox("Relevance of", list(results), key="relevance of", label_visibility="collapsed")]
found = strategy.cards(commit)
emergence, leads = read_table(commit, "emergence.parquet"), read_table(commit, "leads.parquet")
curves = cached.curves_of(commit)
last = curves.steps[-1]
left.markdown(claims.summary(found))

verdicts, began, events = st.tabs(["Claims", "How it began", "Around events"])
with verdicts:
    shown = st.pills(
        "Show", strategy.ORDER, selection_mode="multi", default=strategy.ORDER, key="verdicts shown",
        label_visibility="collapsed",
    )  # fmt: skip
    claims.grid(name, run, commit, [card for card in found if card.verdict in shown])
    st.subheader("The same claims at each snapshot", anchor=False)
    grid = charts.verdict_grid(strategy.verdict_table(commit), [card.name for card in found])
    st.altair_chart(grid, alt="Verdict on each claim at each snapshot; the table below has the same.")
    st.caption("✓ supported, ✗ refuted, pale: untested. These are many verdicts, to be read as a picture.")
with began:
    said, rest = change_sentences(emergence)
    left, right = st.columns([3, 2])
    left.altair_chart(charts.change_chart(charts.change_table(emergence), last), alt=" ".join(said) or rest)
    left.caption(
        "Change points with their intervals; filled: p ≤ 0.05 after Holm's adjustment for the number of curves. "
        "Up: more of it from there on, down: less. Curves without a mark show no change."
    )
    with right.container(height=420, border=False):
        st.markdown("\n".join(f"- {plain(line)}" for line in [*lead_sentences(leads, emergence), *said, rest]))
    for chapter, cell in zip(CHAPTERS, st.columns(len(CHAPTERS)), strict=True):
        with cell:
            st.markdown(f"**{chapter}**")
            mine = [
                sections.Shown(
                    one.figure, one.states, one.says, one.axis, one.figure.startswith("lift/"),
                    1.0 if one.figure.startswith("lift/") else None,
                    charts.change_of(emergence, curve_name(one.figure, one.states)),
                )
                for one in STORY
                if one.chapter == chapter
            ]  # fmt: skip
            sections.curve_row(commit, mine, last, columns=1)
    st.caption(sections.LEGEND + " Dashed line: the change, with its interval; dotted where it does not hold.")
with events:
    table = aligned_table(run, commit.summary["method"], commit.summary["target"])
    if table is None or table.empty:
        st.caption("Relevance around events was not measured for this method and target.")
    else:
        lifts = table[(table["measure"] == "lift") & (table["value"] > 0)]
        kinds = list(dict.fromkeys(lifts["event"]))
        event = st.segmented_control("Event", kinds, default=kinds[0], required=True, format_func=plain)
        steps = charts.shown_steps(table)
        mine = lifts[(lifts["event"] == event) & lifts["step"].isin(steps)]
        objects = [one for one in ("visible-ball", "paddle", "bricks", "tunnel") if one in set(mine["object"])]
        limits = axes.limits_of([mine[mine["object"].isin(objects)]], log=True, include=1.0)
        for one, cell in zip(objects, st.columns(max(1, len(objects))), strict=False):
            chart = charts.aligned_chart(mine[mine["object"] == one], one.replace("-", " "), steps, limits)
            cell.altair_chart(chart, alt=f"lift of {one} around {event}")
        counts = mine.groupby("step")["events"].max()
        st.caption(
            f"{charts.step_legend(steps)}  dotted: random decisions of the same games. Events behind the lines: "
            + ", ".join(f"{counts.get(step, 0)} at step {step:,}" for step in steps)
            + ". Bands: 95 % over games."
        )
st.divider()
with st.expander("Read with care"):
    st.markdown("\n".join(f"- {plain(line)}" for line in CAUTIONS))
report = commit.folder / "report.html"
st.download_button(
    "Report as one HTML file", report.read_bytes(), f"{run.name}-strategy.html", "text/html", icon=":material/article:"
)
