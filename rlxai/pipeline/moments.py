"""Figures decision by decision, from whatever results of a run hold them, and pictures of chosen moments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pandas as pd

from rlxai.attribution import attribute
from rlxai.attribution.spread import drawn
from rlxai.episodes import load_episode
from rlxai.pipeline.explain import taken_by
from rlxai.store import Commit, Run
from rlxai.strategy.claims.moments import COLUMNS, Moment

_ON = "relevance on the "
_SIGNS = {True: 1.0, False: -1.0}
_WARM, _COOL = np.array([255, 150, 0]), np.array([60, 130, 255])
"""Colours of positive and of negative relevance."""
_EVENTS = {
    "behaviour/columns-opened": "tunnel-opened", "behaviour/digging-above-shuffled": "tunnel-opened",
    "behaviour/above-share": "ball-above-wall", "behaviour/tracking": "paddle-hit",
    "behaviour/arrival-distance": "paddle-hit", "behaviour/hits-per-life": "paddle-hit",
}  # fmt: skip
"""Figure of whole games -> event at which it can be seen; where a game has none, a life lost."""


def moments_table(results: Iterable[Commit]) -> pd.DataFrame:
    """Columns of `rlxai.strategy.claims.moments.COLUMNS`.

    - lift/<object>: of the maps that were clustered.
    - changed/<edit> and value-of/<object>: of the states that were edited.
    - behaviour/<quantity>: of whole games, at the middle one of the events at which they can be seen.
    """
    readers = {"spray": _of_maps, "intervention": _of_edits, "behaviour": _of_games}
    parts = [readers[commit.kind](commit) for commit in results if commit.kind in readers]
    empty = pd.DataFrame({name: [] for name in COLUMNS})
    return pd.concat(parts or [empty], ignore_index=True)[list(COLUMNS)].drop_duplicates(ignore_index=True)


def _of_maps(commit: Commit) -> pd.DataFrame:
    table = pd.read_parquet(commit.folder / "maps.parquet").rename(columns={"episode": "game"})
    lifts = [str(column) for column in table.columns if str(column).startswith(_ON)]
    long = table.melt(["step", "game", "decision"], lifts, "figure", "value")
    return long.assign(figure="lift/" + long.figure.str.removeprefix(_ON), states=commit.spec["states"])


def _of_edits(commit: Commit) -> pd.DataFrame:
    table = pd.read_parquet(commit.folder / "decisions.parquet")
    changed = table.assign(figure="changed/" + table.edit, value=table.changed)
    parts = [changed]
    for name, adds, edits in commit.spec["objects"]:
        own = table[table.edit.isin(edits)].groupby(["game", "decision"]).d_value_per_spread.mean() * _SIGNS[adds]
        parts.append(own.rename("value").reset_index().assign(figure=f"value-of/{name}"))
    return pd.concat(parts, ignore_index=True).assign(states=commit.spec["states"], step=commit.spec["step"])


def _of_games(commit: Commit) -> pd.DataFrame:
    games = pd.read_parquet(commit.folder / "games.parquet").set_index("episode")
    events = pd.read_parquet(commit.folder / "events.parquet")
    rows = []
    for figure, event in _EVENTS.items():
        for game, value in games[figure.removeprefix("behaviour/")].items():
            own = events[events.episode == game]
            at = own.decision[own.event == event]
            at = at if len(at) else own.decision[own.event == "life-lost"]
            if len(at):
                rows.append((figure, "own", commit.spec["step"], game, int(at.sort_values().iloc[len(at) // 2]), value))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def pictures(run: Run, moments: Sequence[Moment], method: str, target: str) -> dict[Moment, bytes]:
    """The screen of each moment as PNG, with the relevance of its snapshot on it: orange for, blue against."""
    found: dict[Moment, bytes] = {}
    for step in sorted({moment.step for moment in moments}):
        agent = run.snapshot(step).load()
        for game in sorted({moment.game for moment in moments if moment.step == step}):
            mine = [moment for moment in moments if (moment.step, moment.game) == (step, game)]
            episode = load_episode(run.commit("episode", game).folder).seen_by(agent.preprocessing)
            at = np.array([moment.decision for moment in mine])
            taken = taken_by(agent, episode)[at] if target == "taken" else None
            maps = attribute(agent, episode.observations(at), method=method, target=target, taken=taken).relevance
            for moment, relevance in zip(mine, drawn(maps), strict=True):
                found[moment] = _picture(episode.palette[episode.screens[moment.decision][-1]], relevance)
    return found


def _picture(screen: np.ndarray, relevance: np.ndarray) -> bytes:
    """PNG of a screen uint8 (H, W, 3) in grey with relevance (h, w) over it."""
    height, width = screen.shape[:2]
    strength = cv2.resize(relevance.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    strength = np.clip(strength / max(float(np.quantile(np.abs(relevance), 0.999)), 1e-12), -1, 1)[..., None]
    grey = screen.mean(axis=-1, keepdims=True)
    colour = np.where(strength > 0, _WARM, _COOL)
    alpha = 0.85 * np.abs(strength)
    mixed = (grey * (1 - alpha) + colour * alpha).round().astype(np.uint8)
    return bytes(cv2.imencode(".png", np.ascontiguousarray(mixed[..., ::-1]))[1].tobytes())
