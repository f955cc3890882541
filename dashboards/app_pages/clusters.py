"""Clusters: what the relevance maps have in common (SpRAy), and which small groups are worth a look."""

import streamlit as st

from dashboards import cached, job_panel, runs
from dashboards.charts import clusters as charts
from dashboards.parts import sections
from dashboards.readers.clusters import cluster_name, clusterings, exemplars
from dashboards.readers.frames import mean_map
from dashboards.words import badge_summary, count, plain, steps_words
from rlxai.replay.badges import UNTESTED, badges
from rlxai.strategy.spray.embedding import CAUTION

SHOWN = 12

name, run = runs.header("Clusters")
made, problems = clusterings(run)
runs.warn(problems)
if not made:
    runs.need_objects(run, "its maps cannot be clustered by a verb")
    runs.make(run, "The relevance maps of this run are not clustered yet.", "strategy", "Measure now")
job_panel.watch(run)
chosen = st.selectbox("Maps of", list(made), key="clustering", label_visibility="collapsed", format_func=str)
of = cached.clustering(made[chosen])
maps = of.maps.assign(row=range(len(of.maps)))
names = [plain(cluster_name(cluster)) for cluster in of.clusters]
total = count(len(of.clusters), "cluster")
st.markdown(
    f"{count(len(maps), 'map')} fall into {total}: the largest gap between eigenvalues is after {len(of.clusters)}."
)

left, right = st.columns([3, 2])
with left:
    st.subheader("The maps in the plane", anchor=False)
    only = st.pills("Show clusters", range(len(names)), selection_mode="multi", key="clusters shown", format_func=str)
    shown = maps.assign(shown=maps["cluster"].isin(only) if only else True)
    event = st.altair_chart(
        charts.plane_chart(shown, of.clusters), on_select="rerun", key=f"plane {chosen}",
        alt=f"t-SNE of {len(maps)} maps in {total}",
    )  # fmt: skip
    st.caption(f"t-SNE. **{CAUTION}** Click a map or draw a box: its frames are shown below.")
with right:
    st.subheader("How many clusters", anchor=False)
    st.altair_chart(
        charts.spectrum_chart(of.eigenvalues, len(of.clusters)), alt=f"The largest gap is after {len(of.clusters)}"
    )
    if len(set(of.shares["step"])) > 1:
        st.subheader("Over training", anchor=False)
        st.altair_chart(charts.share_chart(of.shares, of.clusters), alt="share of the maps of each snapshot")
        with st.expander(f"Births, deaths and merges: {len(of.passages)}"):
            for passage in of.passages:
                who = " into ".join(names[index] for index in passage["clusters"])
                st.caption(f"step {passage['step']:,}: {passage['kind']} of {who}")

selected = charts.inside(maps, event["selection"])
if selected.empty and only:
    selected = maps[maps["cluster"].isin(only)]
st.subheader("Frames", anchor=False)
spread = ", spread evenly over all" if selected.empty else ""
selected = maps if selected.empty else selected
frames = exemplars(selected, SHOWN)
said = f"{len(frames)} of {count(len(selected), 'map')}{spread} · {plain(of.target)} by {plain(of.method)}"
st.caption(f"{said}, each at its own scale: the 99.9th percentile of |R|. The number is the cluster's.")
earned = badges(run)
sections.gallery(
    name, [(m, f"{int(m.value)} · step {steps_words(m.step)}") for m in frames],
    cached.moment_pictures(run, frames, of.method, of.target), of.method, of.target, columns=6,
    earned=earned,
)  # fmt: skip

st.subheader("Mean maps", anchor=False)
steps = sorted(set(maps["step"]))
st.caption(
    "Blue: against, orange: for. Every map counts alike; each picture has its own scale. "
    f"{badge_summary([earned.get((int(step), of.method, of.target), UNTESTED).word for step in steps])}"
)
ordered = sorted(of.clusters, key=lambda cluster: (not cluster["candidate"], cluster["index"]))
for start in range(0, len(ordered), 6):
    for cell, cluster in zip(st.columns(6), ordered[start : start + 6], strict=False):
        with cell.container(border=True, height="stretch"):
            st.image(
                mean_map(of.means[cluster["index"]]), width="stretch", alt=f"mean map of cluster {cluster['index']}"
            )
            st.markdown(f"**{names[cluster['index']]}**  \n{cluster['size'] / len(maps):.0%} of maps")
            if cluster["candidate"]:
                st.badge("candidate", icon=":material/search:", color="orange")
            st.caption(f"separation {cluster['separation']:.3g}")
st.caption(
    "Candidates for Clever Hans are small and well apart (Lapuschkin et al. 2019; separation: Fisher's ratio, Anders "
    "et al. 2022). Whether one is, people and interventions decide."
)
