"""The replay player as a Streamlit component: typed arguments in, the resting view out."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboards.selection import Selection
from rlxai.replay import colour, player
from rlxai.replay.chunks import FORMAT
from rlxai.replay.listing import ReplayEpisode
from rlxai.replay.routes import PREFIX

_mount = st.components.v2.component("rlxai_player", html=player.html(), css=player.css(), js=player.js())


def replay(
    run: str, episode: ReplayEpisode, labels: Mapping[int, str], selection: Selection, caption: str, *, key: str
) -> dict[str, Any] | None:
    """Show the player; frames and maps reach it through the routes, not through Python.

    Args:
        run: the run's name in addresses.
        episode: what is played, with its maps.
        labels: step -> text for the snapshot lists.
        selection: where the player starts; later changes are made in the player.
        caption: one line under the timelines.
        key: identity of the player; it survives reruns.

    Returns:
        The view at rest (t, a, b, method, target), or None before the first report.
    """
    data = {
        "version": FORMAT,
        "base": f"{PREFIX}/{run}",
        "episode": {"task": episode.task, "decisions": episode.decisions},
        "snapshots": [{"step": step, "label": labels.get(step, f"step {step:,}")} for step in episode.steps],
        "maps": [
            {
                "task": m.task,
                "step": m.step,
                "method": m.method,
                "target": m.target,
                "signed": m.signed,
                "scale": m.scale,
            }
            for m in episode.maps
        ],
        "luts": {"signed": _lut(True), "positive": _lut(False)},
        "select": selection.to_dict(),
        "outputs": f"Network outputs Q of {episode.player}, which plays",
        "caption": caption,
    }
    result = _mount(key=key, data=data, on_view_change=lambda: None)
    view = result.view
    return dict(view) if view else None


def _lut(signed: bool) -> str:
    return base64.b64encode(colour.lut(colour.default_for(signed)).tobytes()).decode()
