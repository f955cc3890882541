"""A recorded episode as a stream of pictures with relevance, one or several panels side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rlxai.attribution.spread import drawn
from rlxai.errors import InvalidValue
from rlxai.replay import colour, compose, scale
from rlxai.replay.legend import BACKGROUND, HEIGHT, Legend, Reading, decimals_for

FRAME_RATE = 60
"""Emulator frames per second of an Atari 2600 (NTSC)."""
GAP = 2
"""Space between panels, in game pixels."""
ZOOMS = range(2, 9)
PANELS = 6


CHUNK = 64
"""Decisions read and composed at a time."""


class Sliceable(Protocol):
    """An array read by slices: a zarr array, or stored maps."""

    @property
    def shape(self) -> tuple[int, ...]: ...  # noqa: D102

    def __getitem__(self, key: slice, /) -> np.ndarray: ...


class Recorded(Protocol):
    """What a clip needs of an episode; see `rlxai.episodes.Episode`."""

    @property
    def screens(self) -> Sliceable: ...  # noqa: D102
    @property
    def palette(self) -> np.ndarray: ...  # noqa: D102
    @property
    def actions(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def taken(self) -> np.ndarray: ...  # noqa: D102


@dataclass(frozen=True)
class Panel:
    """One explanation of an episode: maps, and what the legend must say of them."""

    maps: Sliceable
    """Relevance, shape (T, C, H, W): entry t belongs to decision t."""
    method: str
    target: str
    signed: bool
    """False for methods whose relevance is never negative."""
    step: int | None = None
    """Training step of the explained snapshot."""
    scale: float | None = None
    """Relevance of full colour, summed over the stack; None: each frame has its own maximum."""
    shared: bool = False
    """The scale is that of several panels."""
    values: np.ndarray | None = None
    """The explained scalar per decision, (T,)."""
    outputs: np.ndarray | None = None
    """Outputs of the explained network, (T, A)."""
    output_name: str = "Q"
    colours: str | None = None
    """Name of a colour map; None: the default of the sign."""


@dataclass(frozen=True)
class Clip:
    """Pictures to play or to write: iterate once."""

    frames: Iterator[np.ndarray]
    """uint8 RGB (height, width, 3)."""
    total: int
    fps: float
    size: tuple[int, int]
    """(height, width)."""

    def __iter__(self) -> Iterator[np.ndarray]:
        return self.frames

    def __len__(self) -> int:
        return self.total


def episode_video(
    episode: Recorded,
    panels: Sequence[Panel],
    *,
    start: int = 0,
    stop: int | None = None,
    native: bool = True,
    zoom: int = 4,
) -> Clip:
    """Pictures of the decisions start..stop-1; at decision t the screens it saw last, under the map of decision t.

    Args:
        episode: screens uint8 (T+1, skip, 210, 160) of palette indices, palette, action names, actions taken (T,).
        panels: 1 to 6, drawn from left to right.
        start: first decision.
        stop: decision after the last one; None: the end of the episode.
        native: all emulator frames at 60 per second; else one picture per decision (the pixel-wise maximum of the
            last two frames, as the network sees it) at 60 / skip per second.
        zoom: pixels per game pixel, 2 to 8. One panel is 160 zoom wide and 250 zoom high.

    Raises:
        InvalidValue: the range holds no decision, or a panel does not fit the episode.
    """
    decisions, skip = len(episode.taken), episode.screens.shape[1]
    stop = decisions if stop is None else stop
    if not 0 <= start < stop <= decisions:
        raise InvalidValue(
            f"the range of decisions must lie in 0 to {decisions} and not be empty, met {start} to {stop}"
        )
    if zoom not in ZOOMS:
        raise InvalidValue(f"zoom must be {ZOOMS[0]} to {ZOOMS[-1]}, met {zoom}")
    if not 1 <= len(panels) <= PANELS:
        raise InvalidValue(f"a video has 1 to {PANELS} panels, met {len(panels)}")
    for panel in panels:
        _check(panel, decisions, len(episode.actions))
    height, width = episode.screens.shape[2:]
    size = ((height + HEIGHT) * zoom, (width * len(panels) + GAP * (len(panels) - 1)) * zoom)
    total = (stop - start) * (skip if native else 1)
    frames = _frames(episode, panels, start, stop, native, zoom, size)
    return Clip(frames, total, FRAME_RATE if native else FRAME_RATE / skip, size)


def _frames(
    episode: Recorded, panels: Sequence[Panel], start: int, stop: int, native: bool, zoom: int, size: tuple[int, int]
) -> Iterator[np.ndarray]:
    greys = compose.grey_levels(episode.palette)
    height, width = episode.screens.shape[2:]
    tables = [compose.blend_table(_colours(panel)) for panel in panels]
    legends = [_legend(panel, episode, table, zoom, width * zoom) for panel, table in zip(panels, tables, strict=True)]
    blank = np.full((*size, 3), BACKGROUND, np.uint8)
    lefts = [i * (width + GAP) * zoom for i in range(len(panels))]
    for first in range(start, stop, CHUNK):
        last = min(first + CHUNK, stop)
        screens = greys[episode.screens[first:last]]  # (n, skip, H, W)
        shown = [_Shown(panel, first, last) for panel in panels]
        for i in range(last - first):
            t = first + i
            pressed = episode.actions[int(episode.taken[t])]
            notes = [
                legend.draw(maps.reading(panel, i, t, pressed))
                for legend, maps, panel in zip(legends, shown, panels, strict=True)
            ]
            levels = [compose.stretch(maps.levels[i], height, width) for maps in shown]
            for grey in screens[i] if native else [screens[i, -2:].max(axis=0)]:
                frame = blank.copy()  # faster than filling a new array with a colour
                for left, level, table, note in zip(lefts, levels, tables, notes, strict=True):
                    right = left + width * zoom
                    frame[: height * zoom, left:right] = compose.enlarge(compose.paint(grey, level, table), zoom)
                    frame[height * zoom :, left:right] = note
                yield frame


class _Shown:
    """The maps of one panel for a chunk of decisions, ready to paint."""

    def __init__(self, panel: Panel, first: int, last: int) -> None:
        relevance = drawn(panel.maps[first:last])  # (n, C, H, W) -> (n, H, W)
        given = panel.scale
        self.scales = scale.frame_scales(relevance) if given is None else np.full(len(relevance), given)
        self.levels = colour.level(relevance, self.scales[:, None, None])
        self.nonfinite = [colour.nonfinite(frame) for frame in relevance]

    def reading(self, panel: Panel, i: int, t: int, pressed: str) -> Reading:
        return Reading(
            decision=t,
            pressed=pressed,
            scale=float(self.scales[i]),
            value=None if panel.values is None else float(panel.values[t]),
            outputs=None if panel.outputs is None else panel.outputs[t],
            nonfinite=self.nonfinite[i],
        )


def _legend(panel: Panel, episode: Recorded, table: np.ndarray, zoom: int, width: int) -> Legend:
    if panel.scale is None:
        note = "scale: maximum of this frame"
    else:
        note = "scale shared by the panels" if panel.shared else "scale: p99.9 of the episode"
    return Legend(
        width=width,
        zoom=zoom,
        title="step unknown" if panel.step is None else f"step {panel.step:,}",
        explained=f"{panel.method} · {panel.target}",
        scale_note=note,
        last=len(episode.taken) - 1,
        actions=episode.actions,
        output_name=panel.output_name,
        colours=table[:, 0],
        signed=panel.signed,
        decimals=(decimals_for(panel.values), decimals_for(panel.outputs)),
    )


def _check(panel: Panel, decisions: int, actions: int) -> None:
    shapes = {
        "maps": (panel.maps.shape, (decisions, "C", "H", "W")),
        "values": (None if panel.values is None else panel.values.shape, (decisions,)),
        "outputs": (None if panel.outputs is None else panel.outputs.shape, (decisions, actions)),
    }
    for name, (met, wanted) in shapes.items():
        if met is None:
            continue
        fits = len(met) == len(wanted) and all(isinstance(w, str) or w == m for w, m in zip(wanted, met, strict=True))
        if not fits:
            sizes = ", ".join(map(str, wanted))
            raise InvalidValue(f"{name} of {panel.method} must have shape ({sizes}) for this episode, met {tuple(met)}")
    colour.lut(_colours(panel))  # both refuse here what would fail at the first picture
    colour.level(np.zeros(0), 0.0 if panel.scale is None else panel.scale)


def _colours(panel: Panel) -> str:
    return panel.colours or colour.default_for(panel.signed)
