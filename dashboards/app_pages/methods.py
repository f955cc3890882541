"""Methods: one decision explained by many methods side by side, and how far these agree."""

import streamlit as st

from dashboards import cached, runs
from dashboards.charts.agreement import agreement_chart
from dashboards.links import REPLAY, TRUST, replay_link, trust_link
from dashboards.readers import agreement, frames
from dashboards.words import badge_words, count, plain
from rlxai.attribution import methods
from rlxai.errors import InvalidValue
from rlxai.replay.badges import UNTESTED, badges
from rlxai.replay.listing import replay_episodes

TARGETS = ("advantage", "chosen", "value", "contrast", "taken")
COLUMNS = 6

name, run = runs.header("Methods")
episodes, problems = replay_episodes(run)
runs.warn(problems)
if not episodes:
    runs.make(run, f"Run {name} has no recorded episode yet.", "record", "Record a game of each snapshot")
steps = [snapshot.step for snapshot in run.snapshots()]
by_task = {episode.task: episode for episode in episodes}
cells = st.columns([2.4, 1.2, 1, 1.2])
task = cells[0].selectbox(
    "Game", list(by_task), key="game",
    format_func=lambda t: f"of {by_task[t].player}, {by_task[t].score:g} points, {by_task[t].decisions:,} decisions",
)  # fmt: skip
game = by_task[task]
step = cells[1].selectbox(
    "Snapshot", steps, index=steps.index(game.step) if game.step in steps else len(steps) - 1,
    format_func="step {:,}".format, key=f"snapshot {task}",
)  # fmt: skip
decision = cells[2].number_input(
    "Decision", 0, game.decisions - 1, min(200, game.decisions // 2), key=f"decision {task}"
)
target = cells[3].selectbox("Target", TARGETS, key="target")
left, right = st.columns([4, 1.2], vertical_alignment="bottom")
slow = right.toggle("Slow ones too", help="Methods of hundreds of forward passes: some seconds each, once.", key="slow")
offered = list(methods())
asked = left.multiselect("Methods", offered, offered if slow else agreement.quick_methods(), key=f"methods {slow}")
if len(asked) == 0:
    st.stop()

maps, refused = {}, []
bar = st.progress(0.0, text="Explaining")
for i, method in enumerate(asked):
    bar.progress(i / len(asked), text=f"{method}, {i + 1} of {len(asked)}")
    try:
        maps[method] = cached.relevance(run, step, task, decision, method, target)
    except InvalidValue as error:
        refused.append(str(error))
bar.empty()
for sentence in refused:
    st.caption(plain(f"Not defined for this network: {sentence}"))

earned = badges(run)
screen = cached.state(run, step, task, decision).screen
for family, members in agreement.by_family(list(maps)).items():
    st.markdown(f"**{family}**")
    for start in range(0, len(members), COLUMNS):
        for cell, method in zip(st.columns(COLUMNS), members[start : start + COLUMNS], strict=False):
            picture = frames.overlay(screen, maps[method], method)
            cell.image(picture, width="stretch", alt=f"relevance of {target} by {method}")
            sign = "±" if methods()[method].signed else ""
            scale = f":small[:gray[scale {sign}{frames.scale_of(maps[method]):.2g}]]"
            badge = earned.get((step, method, target), UNTESTED)
            cell.markdown(f"{method}  \n{badge_words(badge.word)} {scale}", help=plain(badge.why))
where = f"{target} at decision {decision:,}, explained for step {step:,}"
st.page_link(
    REPLAY, label=f"Open decision {decision:,} in Replay", icon=":material/play_circle:",
    query_params=replay_link(name, task, decision, [(step, next(iter(maps), ""), target)]),
)  # fmt: skip
if earned:
    st.page_link(
        TRUST, label="How these badges were earned", icon=":material/verified:",
        query_params=trust_link(name, step, next(iter(maps), ""), target),
    )  # fmt: skip
else:
    st.caption("None of these maps is tested yet; the Trust page tests which may be believed.")
st.caption(
    f"Relevance of {where}. Each picture has its own scale, the 99.9th percentile of |R|. Orange: for, blue: against."
)

if len(maps) > 1:
    st.subheader("Agreement", anchor=False)
    st.altair_chart(
        agreement_chart(agreement.agreement(maps), list(maps)), width="content",
        alt=f"Rank correlation of |R| between {count(len(maps), 'method')}",
    )  # fmt: skip
    st.caption(
        "Spearman's rank correlation of |R| over all pixels of this one map. That methods agree does not make them "
        "right: several of one family share their mistakes."
    )
