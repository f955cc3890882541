"""The replay player as a Streamlit component: its input in, the resting view out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from rlxai.replay import player

_mount = st.components.v2.component("rlxai_player", html=player.html(), css=player.css(), js=player.js())


def replay(data: Mapping[str, Any], *, key: str) -> tuple[dict[str, Any] | None, str | None]:
    """Show the player; frames and maps reach it through the routes, not through Python.

    Args:
        data: from `rlxai.replay.view.player_input`.
        key: identity of the player; it survives reruns.

    Returns:
        The view at rest: `address`, the words of a link to it, `t`, `panels` and `marks`; None before the first report.
        And the state of the run that the player has last seen, where it is newer than that of its input.
    """
    result = _mount(key=key, data=dict(data), on_view_change=_nothing, on_state_change=_nothing)
    return (dict(result.view) if result.view else None), result.state


def _nothing() -> None:
    pass
