"""The further views of the Units page: objects, games without something, feature maps, kernels, pre-images."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import cached_features
from dashboards.charts import kernels as kernel_charts
from dashboards.charts import units as charts
from dashboards.links import REPLAY, frame_link
from dashboards.parts.unit_cards import COLOURS
from dashboards.readers import unit_pictures
from dashboards.readers.arrays import read_array
from dashboards.readers.features import Features
from dashboards.words import count, plain
from rlxai.features.layers import unit_layers
from rlxai.features.report_words import detector_sentences, effect_sentences, search_sentence
from rlxai.replay.colour import lut
from rlxai.replay.listing import replay_episodes
from rlxai.store import Run
from rlxai.store.readable import read_table

_MAPS, _COLUMNS = 24, 8
"""Feature maps of a layer that are shown at first, and how many in a row."""


def objects(of: Features, step: int, name: str) -> None:
    """Which units mark which objects, and since when."""
    table, last = read_table(of.commit, "detectors.parquet"), int(cached_features.tables(of).steps[-1])
    mine = table[table["object"] == name]
    layers = sorted(set(mine["layer"]))
    top = 1.1 * float(mine[["high", "shuffled", "random"]].max().max())
    for cell, layer in zip(st.columns(max(1, len(layers))), layers, strict=False):
        rows = mine[mine["layer"] == layer]
        chart = charts.detectors_chart(rows, layer, step, last, top)
        said = charts.history_words(rows.rename(columns={"iou": "value"}))
        cell.altair_chart(chart, alt=f"best unit of {layer} for the {name}: {said}", key=f"detectors {layer} {name}")
    st.caption(
        f"IoU of the best unit of each layer with the {plain(name.replace('-', ' '))}, and the number of detectors: "
        "units whose whole interval over games is above both controls. :violet[Dashed]: the best under masks of other "
        "states. Grey: up to the best of all random networks."
    )
    st.markdown("\n".join(f"- {plain(line)}" for line in detector_sentences(table, step)))
    tuned = read_table(of.commit, "tuned.parquet")
    followed = tuned[(tuned["step"] == step) & (tuned["layer"] != "outputs")]
    gain = (followed["r2"] - followed["random"].fillna(0)).sort_values(ascending=False, kind="stable")
    st.markdown("**What neurons follow**")
    st.table(
        pd.DataFrame([
            {
                "property": row["property"].replace("-", " "), "layer": row["layer"], "neuron": row["unit"],
                "r²": f"{row['r2']:.2f}", "random networks": f"{row['random']:.2f}",
            }
            for row in followed.loc[gain.index[:8]].to_dict("records")
        ]),
        border="horizontal", hide_index=True,
    )  # fmt: skip
    st.caption("Those furthest above the best of random networks, which follow much of what varies slowly.")


def games(of: Features) -> None:
    """What objects and units are worth in games: a table in the form of Hilton et al. 2020."""
    if "effects" not in of.parts:
        st.caption("No games were played without objects or units (--trials 0).")
        return
    table = read_table(of.parts["effects"], "effects.parquet")
    said = effect_sentences(table)
    st.altair_chart(charts.effects_chart(table), alt=" ".join(said))
    st.caption(
        f"Games of step {of.best:,}, {count(int(table['games'].iloc[0]), 'game')} each, paired by seed. Blind: the "
        "object's pixels are filled with the background in all stacked frames; controls: holes of the same shape half "
        "a screen away, and units drawn at random. Units are held at their mean activation. Lines: 95 % over games."
    )
    st.table(charts.effects_table(table), border="horizontal", hide_index=True)
    st.caption(
        "● the interval of the difference is clear of 0. An object's own worth is what it costs beyond its control."
    )


def feature_maps(name: str, run: Run, of: Features, step: int) -> None:
    """What the layers make of one frame."""
    episodes, _ = replay_episodes(run)
    if not episodes:
        st.caption("No game can be read.")
        return
    by_task = {episode.task: episode for episode in episodes}
    names = list(by_task)
    drawn, at = of.parts["weights"].spec["state"] if "weights" in of.parts else (names[0], 0)
    cells = st.columns([2.4, 1, 1.4], vertical_alignment="bottom")
    task = cells[0].selectbox(
        "Game", names, index=names.index(drawn) if drawn in by_task else 0, key="maps of",
        format_func=lambda t: f"of {by_task[t].player}, {by_task[t].score:g} points",
    )  # fmt: skip
    game = by_task[task]
    start = min(int(at) if task == drawn else game.decisions // 2, game.decisions - 1)
    decision = int(cells[1].number_input("Decision", 0, game.decisions - 1, start, key=f"maps at {task}"))
    found = cached_features.maps(run, step, task, decision)
    layer = cells[2].segmented_control("Layer", list(found.maps), default=next(iter(found.maps)), required=True)
    maps = found.maps[layer]
    left, right = st.columns([1, 3])
    left.image(unit_pictures.stack_png(found.state), width="stretch", alt=f"what the agent sees at decision {decision}")
    link = frame_link(name, task, decision, step, episodes)
    left.page_link(REPLAY, label="Open in Replay", icon=":material/play_circle:", query_params=link)
    left.caption(COLOURS)
    switches = right.columns([1, 1, 2])
    everything = switches[0].toggle(f"All {len(maps)} maps", key="all maps")
    order = np.argsort(-maps.max((1, 2)), kind="stable")[: None if everything else _MAPS]
    one_scale = switches[1].toggle("All on one scale", key="one scale")
    top, colours = float(maps.max()), lut("heat")
    for begin in range(0, len(order), _COLUMNS):
        for cell, unit in zip(right.columns(_COLUMNS, gap=8), order[begin : begin + _COLUMNS], strict=False):
            most = float(maps[unit].max())
            picture = unit_pictures.map_png(maps[unit], top if one_scale else most, colours)
            _picture(cell, picture, f"{unit} · {most:.2g}", f"map of {layer} unit {unit}, at most {most:.3g}")
    right.caption("The most active first; the number beside the unit is its largest activation. Silent units are dark.")


def kernels(run: Run, of: Features, step: int) -> None:
    """First-layer kernels over training in numbers, and all kernels of a layer."""
    agent = cached_features.agent(run, step)
    layers = [layer for layer in unit_layers(agent) if layer.spatial]
    if "weights" in of.parts:
        table = read_table(of.parts["weights"], "kernels.parquet")
        for cell, (column, title, words) in zip(st.columns(3), kernel_charts.MEASURES, strict=True):
            chart = kernel_charts.measure_chart(table, column, title, words)
            cell.altair_chart(chart, alt=kernel_charts.measure_words(table, column, title), key=f"kernels {column}")
        st.caption(
            "Dots: units of the first layer, larger where the kernel is stronger. Line: their median. Grey: the middle "
            "90 % of random networks. A kernel that can tell motion need not be used for it."
        )
    chosen = st.segmented_control("Layer", [layer.name for layer in layers], default=layers[0].name, required=True)
    layer = next(one for one in layers if one.name == chosen)
    if layer is layers[0]:
        for begin in range(0, layer.units, 4):
            for cell, unit in zip(st.columns(4), range(begin, min(begin + 4, layer.units)), strict=False):
                _picture(cell, unit_pictures.kernel_png(agent, layer, unit), str(unit), f"kernel of unit {unit}")
        st.caption(
            "Each stacked frame, the oldest first, and their mean; :blue[blue] negative, :orange[orange] positive, "
            "each unit on a scale of its own. A pale mean: nothing for what stands still, so it sees motion."
        )
        return
    st.image(unit_pictures.deeper_png(agent, layer), width="stretch", alt=f"kernels of {layer.name}")
    st.caption(f"Rows: units of {layer.name}; columns: units below. One scale, :blue[negative], :orange[positive].")


def preimages(name: str, run: Run, of: Features) -> None:
    """What each layer still knows of a state."""
    commit = of.parts.get("preimages")
    if commit is None:
        st.caption("No pre-images were searched for (--preimages 0).")
        return
    table = read_table(commit, "preimages.parquet")
    states = commit.spec["states"]
    pictures = read_array(commit, "preimages.npy", dims=5, length=len(states))
    kinds = [f"{row['layer']}, {row['prior']}" for row in table.drop_duplicates(["layer", "prior"]).to_dict("records")]
    episodes, _ = replay_episodes(run)
    for (task, decision), planes in zip(states, pictures, strict=True):
        for cell, words, one in zip(st.columns(len(planes), gap=8), ["the state", *kinds], planes, strict=False):
            _picture(cell, unit_pictures.stack_png(one), words, f"decision {decision}: {words}")
            if words == "the state":
                link = frame_link(name, str(task), int(decision), of.best, episodes)
                cell.page_link(REPLAY, label="Replay", icon=":material/play_circle:", query_params=link)
    if failed := search_sentence(table):
        st.warning(plain(failed), icon=":material/warning:")
    shares = unit_pictures.preimage_table(table)
    st.markdown(
        "How much of what each object adds to the newest frame comes back from each layer, by the better prior "
        "(100 %: all of it, 0 %: no more than background):"
    )
    st.table(shares.map(lambda share: f"{share:.0%}" if share == share else "–"), border="horizontal")
    errors = table.drop_duplicates(["state", "layer", "prior"]).groupby("prior")["code_error"].mean()
    said = ", ".join(f"{prior} {error:.3f}" for prior, error in errors.items())
    st.caption(
        f"Of step {of.best:,}. plain: total variation and |x|⁶ (Mahendran and Vedaldi 2015); deep: deep image prior "
        f"(Ulyanov et al. 2018). Mean error of the code, ‖Φ − Φ₀‖² / ‖Φ₀‖²: {said}. What is missing was thrown away by "
        f"the layer, or not found by the search. {COLOURS}"
    )


def _picture(cell: DeltaGenerator, picture: bytes, words: str, alt: str) -> None:
    with cell.container(gap="xxsmall"):
        st.image(picture, width="stretch", alt=alt)
        st.markdown(f":small[:gray[{words}]]")
