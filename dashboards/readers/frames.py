"""Single decisions: what a snapshot saw and says of it, and pictures of the screen with relevance over it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from rlxai.attribution import attribute, get_method
from rlxai.attribution.spread import drawn
from rlxai.episodes import load_episode
from rlxai.networks import Agent
from rlxai.pipeline.explain import taken_by
from rlxai.replay import colour
from rlxai.replay.compose import blend_table, grey_levels, paint, stretch
from rlxai.store import Run


@dataclass(frozen=True, eq=False)
class State:
    """One decision as one snapshot sees it."""

    agent: Agent
    observation: np.ndarray
    """uint8 (1, C, H, W)."""
    taken: np.ndarray
    """int (1,): the action pressed in the game."""
    screen: np.ndarray
    """Grey levels, uint8 (210, 160)."""


def state_at(run: Run, step: int, episode: str, decision: int) -> State:
    """A decision of a recorded game, seen by a snapshot.

    Raises:
        InvalidValue: there is no such snapshot or decision.
        RunError: the episode is missing or damaged.
        FileRefused: the snapshot is missing or damaged.
    """
    agent = run.snapshot(step).load()
    game = load_episode(run.commit("episode", episode).folder).seen_by(agent.preprocessing)
    at = np.array([decision])
    observation = game.observations(at)
    screen = grey_levels(game.palette)[game.screens[decision][-1]]
    return State(agent, observation, taken_by(agent, game)[at], np.asarray(screen))


def relevance_of(state: State, method: str, target: str) -> np.ndarray:
    """The map shown, float32 (H, W): relevance summed over the stacked frames.

    Raises:
        InvalidValue: method or target is unknown, or not defined for this network.
    """
    taken = state.taken if target == "taken" else None
    found = attribute(state.agent, state.observation, method=method, target=target, taken=taken)
    return np.asarray(drawn(found.relevance)[0], np.float32)


def scale_of(relevance: np.ndarray) -> float:
    """What full colour means on a picture of its own: the 99.9th percentile of |R|."""
    return float(np.quantile(np.abs(relevance), 0.999))


def overlay(screen: np.ndarray, relevance: np.ndarray, method: str) -> bytes:
    """PNG of a screen uint8 (H, W) in grey with relevance (h, w) over it, in the colours of the method's sign."""
    levels = stretch(colour.level(relevance, scale_of(relevance)), *screen.shape)
    return png(paint(screen, levels, blend_table(colour.default_for(get_method(method).signed))))


def mean_map(mean: np.ndarray, zoom: int = 3) -> bytes:
    """PNG of a signed map alone, scaled to its largest magnitude."""
    picture = colour.lut("blue-orange")[colour.level(mean, float(np.abs(mean).max()))]
    return png(picture.repeat(zoom, axis=0).repeat(zoom, axis=1))


def png(rgb: np.ndarray) -> bytes:
    """A picture uint8 RGB (H, W, 3) as PNG."""
    return bytes(cv2.imencode(".png", np.ascontiguousarray(rgb[..., ::-1]))[1].tobytes())
