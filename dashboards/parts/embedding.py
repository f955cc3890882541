"""Parts of the Embedding page: other planes, frames of chosen states, the activation atlas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboards import cached_features
from dashboards.charts import embedding as charts
from dashboards.links import REPLAY, frame_link, replay_address
from dashboards.parts.unit_cards import COLOURS
from dashboards.readers import embeddings, unit_pictures
from dashboards.readers.features import Features
from dashboards.words import count, plain, steps_words
from rlxai.errors import RlxaiError
from rlxai.replay.listing import replay_episodes
from rlxai.store import Run

SHOWN = 12
_COLUMNS, _FEW = 6, 3


def other_planes(
    shown: embeddings.Embedding, plane: str, column: str, words: str, actions: Sequence[str], lit: pd.Series
) -> None:
    """Small pictures of all other planes, as only what all of them show can be trusted.

    Args:
        shown: the embedding.
        plane: that is drawn large.
        column: of the points that colours tell.
        words: for it.
        actions: names, where it is the action.
        lit: whether each point is chosen.
    """
    others = [one for one in shown.planes if one != plane]
    for start in range(0, len(others), 2):
        for cell, one in zip(st.columns(2), others[start : start + 2], strict=False):
            points = embeddings.coloured(shown, one, column).assign(shown=lit.to_numpy())
            chart = charts.small_chart(points, words, actions, shown.planes[one], shown.trust[one])
            cell.altair_chart(chart, alt=f"{shown.planes[one]} of the same states", key=f"small {one}")
    st.caption(f"Trustworthiness of the large one: {shown.trust[plane]:.2f}.")
    if "umap" not in shown.planes:
        st.caption("UMAP is made where umap-learn is installed: pip install 'rlxai[umap]', then rlxai features again.")


def frames(name: str, run: Run, points: pd.DataFrame, selected: pd.DataFrame) -> None:
    """Frames of chosen states, or of some spread evenly over all."""
    st.subheader("Frames", anchor=False)
    chosen = embeddings.some_of(points if selected.empty else selected, SHOWN)
    spread = ", spread evenly over all" if selected.empty else ""
    st.caption(
        f"{len(chosen)} of {count(len(points if selected.empty else selected), 'state')}{spread}; click one to open it "
        f"in Replay. {COLOURS}"
    )
    _gallery(name, run, chosen, _COLUMNS)


def atlas(name: str, run: Run, of: Features, shown: embeddings.Embedding) -> None:
    """The activation atlas: cells with typical states or optimised inputs; a clicked one in full."""
    st.subheader("Activation atlas", anchor=False)
    commit = of.parts["embedding-best"]
    try:
        made = cached_features.atlas(commit)
    except RlxaiError as error:
        st.error(plain(error), icon=":material/error:")
        return
    if made.cells.empty:
        st.caption("No cell holds enough states.")
        return
    left, right = st.columns([3, 2])
    kinds = {"typical": "most typical states", "optimised": "optimised inputs"}
    which = left.segmented_control(
        "Pictures", list(kinds), default="typical", required=True, format_func=kinds.__getitem__, key="atlas of",
        label_visibility="collapsed",
    )  # fmt: skip
    cells = embeddings.cells_with_pictures(made, which)
    side = int(commit.spec["side"])
    event = left.altair_chart(
        charts.atlas_chart(cells, shown.actions, side), on_select="rerun", key=f"atlas {name} {which}",
        alt=f"{len(cells)} cells of the plane, each with {kinds[which]}", width=680,
    )  # fmt: skip
    picked = event["selection"].get(charts.CELL) or []
    index = int(picked[0]["cell"]) if picked else int(cells["states"].to_numpy().argmax())
    with right:
        _cell(name, run, of, shown, made, index)
    perplexities = sorted(float(p) for p in commit.spec["perplexities"])
    st.caption(
        f"A grid over the plane of perplexity {perplexities[len(perplexities) // 2]:g} (Carter et al. 2019); cells of "
        "few states are left out. Frames: the most frequent action. Optimised inputs start from the typical state; "
        "no game shows them. A cell's size and place mean nothing; its states are alike to the layer, not always "
        "to the eye."
    )


def _cell(
    name: str, run: Run, of: Features, shown: embeddings.Embedding, made: embeddings.Atlas, index: int
) -> None:  # fmt: skip
    cell = made.cells.iloc[index]
    said = embeddings.traits_in_words(str(cell["traits"]))
    apart = f"Apart from all by {plain(said)}." if said else "No property is a standard deviation from that of all."
    st.markdown(
        f"**{plain(cell['action'])}** is best most often in this cell of {count(int(cell['states']), 'state')}; mean "
        f"value {cell['value']:.2f}. {apart}"
    )
    one, other = st.columns(2)
    typical, optimised = (unit_pictures.stack_png(planes[index]) for planes in (made.typical, made.optimised))
    one.image(typical, width="stretch", alt="most typical state")
    link = frame_link(name, str(cell["game"]), int(cell["decision"]), of.best, replay_episodes(run)[0])
    one.page_link(REPLAY, label="Most typical state", icon=":material/play_circle:", query_params=link)
    other.image(optimised, width="stretch", alt="input optimised for the cell's mean activations")
    other.caption("Optimised for the cell's mean activations")
    members = shown.points[shown.points["row"].isin(np.asarray(cell["members"], int))]
    st.caption("Others of its states:")
    _gallery(name, run, embeddings.some_of(members, 2 * _FEW), _FEW)


def _gallery(name: str, run: Run, points: pd.DataFrame, columns: int) -> None:
    episodes, _ = replay_episodes(run)
    rows = points.to_dict("records")
    for start in range(0, len(rows), columns):
        for cell, row in zip(st.columns(columns, gap=8), rows[start : start + columns], strict=False):
            step, decision = int(row["step"]), int(row["decision"])
            found = cached_features.seen(run, step, str(row["game"]), decision)
            address = replay_address(frame_link(name, str(row["game"]), decision, step, episodes))
            where = f"step {step:,}, decision {decision:,}"
            with cell.container(gap="xxsmall"):
                st.image(unit_pictures.stack_png(found), width="stretch", link=address, alt=f"state of {where}")
                st.markdown(f":small[:gray[step {steps_words(step)}, decision {decision:,}]]")
