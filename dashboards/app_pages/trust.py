"""Trust: which maps may be believed, how each badge was earned, and how far methods agree."""

import streamlit as st

from dashboards import cached, job_panel, runs
from dashboards.charts import trust as charts
from dashboards.charts.agreement import agreement_chart
from dashboards.parts import trust as drawn
from dashboards.readers import trust as reader
from dashboards.trust_tests import CHARTED
from dashboards.words import count, plain
from rlxai.trust.page import CARE
from rlxai.trust.papers import test_of

BOARD, EXPLAINED, TESTS, AGREEMENT, RULES = "Leaderboard", "A badge explained", "Tests", "Agreement", "The rule"
AGREE = {"rank": "rank correlation of |R|", "overlap": "overlap of the top 5 % of cells"}

name, run = runs.header("Trust")
results, problems = reader.results(run)
runs.warn(problems)
if not results:
    runs.make(run, "No map of this run is tested yet.", "trust", "Test the maps")
job_panel.watch(run)
asked = st.query_params.to_dict()
left, right = st.columns([2, 1], vertical_alignment="center")
tested = next(iter(results))
if len(results) > 1:
    tested = right.selectbox("Tested", list(results), key="tested", label_visibility="collapsed")
commit = results[tested]
trust = cached.trust(commit)
said = f"{count(len(trust.badges), 'kind')} of maps (snapshot, method, target) were tested: {reader.summary(trust)}."
left.markdown(plain(said))

# A click on the leaderboard chooses a map, once, so that the lists can be used after it.
picked = (st.session_state.get("leaderboard") or {}).get("selection", {}).get(charts.MAP)
if picked and picked != st.session_state.get("map clicked"):
    st.session_state["trust step"], st.session_state["trust method"] = str(picked[0]["step"]), picked[0]["method"]
    st.session_state["trust part"] = EXPLAINED
st.session_state["map clicked"] = picked
cells = st.columns([1, 1.2, 1.4, 2.4])
target = runs.choice("Target", "trust target", trust.targets, "target {}".format, asked.get("target"), cells[0])
steps = {str(step): f"step {step:,}" + " (plays best)" * (step == trust.best) for step in trust.steps}
step = int(
    runs.choice("Snapshot", "trust step", list(steps), steps.__getitem__, asked.get("step", str(trust.best)), cells[1])
)
ranked = trust.methods(target, step)
method = runs.choice("Method", "trust method", ranked, str, asked.get("method"), cells[2])
st.query_params.update({"step": str(step), "method": method, "target": target})

st.session_state.setdefault("trust part", EXPLAINED if "method" in asked else BOARD)
parts = st.tabs((BOARD, EXPLAINED, TESTS, AGREEMENT, RULES), key="trust part", on_change="rerun")
board, explained, tests, agreement, rules = parts
if board.open:
    with board:
        drawn.board(trust, target, step)
if explained.open:
    with explained:
        badge = trust.badge(step, method, target)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"#### {plain(method)} of {plain(target)} at step {step:,}", width="content")
            drawn.badge(str(badge["badge"]))
        st.markdown(plain(drawn.verdict(str(badge["badge"]), str(badge["reasons"]))))
        drawn.explained(trust, step, method, target)
        st.subheader("States it was tested on", anchor=False)
        scores = sorted(reader.score_rows(trust, step, target, ("*",)).query("method == @method")["score"].unique())
        usual = next((name for name in scores if name.startswith("above-random/")), scores[0])
        score = st.columns([1, 3])[0].selectbox("By score", scores, scores.index(usual), key=f"score {target}")
        drawn.states(name, run, cached.tested(run, commit), step, method, target, score)
if tests.open:
    with tests:
        shown = st.segmented_control(
            "Test", [one.name for one in CHARTED], default=CHARTED[0].name, required=True, key="test",
            label_visibility="collapsed",
        )  # fmt: skip
        drawn.test(trust, next(one for one in CHARTED if one.name == shown), step, target)
if agreement.open:
    with agreement:
        measure = st.segmented_control(
            "Measure", list(AGREE), default="rank", required=True, format_func=AGREE.__getitem__, key="agree",
            label_visibility="collapsed",
        )  # fmt: skip
        st.altair_chart(
            agreement_chart(reader.agreement_table(trust, step, target, measure, ranked), ranked), width="content",
            alt=f"{AGREE[measure]} between the maps of {count(len(ranked), 'method')}",
        )  # fmt: skip
        st.caption(drawn.source(test_of("agreement.parquet")))
        st.caption(
            "Means over the tested states, cells that both maps leave at exactly zero left out. Methods of one family "
            "share their arithmetic, and their mistakes: agreement counts for something between families."
        )
if rules.open:
    with rules:
        drawn.rule()
st.divider()
with st.expander("Read with care"):
    st.markdown("\n".join(f"- {plain(line)}" for line in CARE))
page = commit.folder / "trust.html"
if page.is_file():
    st.download_button(
        "Report as one HTML file", page.read_bytes(), f"{run.name}-trust.html", "text/html", icon=":material/article:"
    )
