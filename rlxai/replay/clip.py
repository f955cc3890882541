"""A recorded episode as a stream of pictures with relevance, one to ten panels in a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rlxai.attribution.spread import drawn
from rlxai.errors import InvalidValue
from rlxai.replay import colour, compose, scale
from rlxai.replay.grid import Grid, grid
from rlxai.replay.legend import BACKGROUND, Legend, Reading, decimals_for
from rlxai.replay.pace import FRAME_RATE, Pace, pace
from rlxai.replay.picture import Picture, Planes, Rgb
from rlxai.replay.span import span

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
    scale: float | np.ndarray | None = None
    """Relevance of full colour, summed over the stack; one of the episode, or one per decision (T,). None: the maximum
    of each decision."""
    scale_note: str = ""
    """How the scale was chosen, in a few words; empty: p99.9 of the episode, or the maximum."""
    values: np.ndarray | None = None
    """The explained scalar per decision, (T,)."""
    outputs: np.ndarray | None = None
    """Outputs of the explained network, (T, A)."""
    output_name: str = "Q"
    colours: str | None = None
    """Name of a colour map; None: the default of the sign."""
    badge: str = ""
    """What the tests of this kind of map say, see `rlxai.replay.badges`; empty: nothing is written."""


@dataclass(frozen=True)
class Clip:
    """Pictures to play or to write: iterate once."""

    frames: Iterator[np.ndarray]
    """uint8: RGB (height, width, 3), or I420 (3 height / 2, width)."""
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
    speed: float = 1.0,
    fps: float = FRAME_RATE,
    columns: int | None = None,
    zoom: int | None = None,
    planes: bool = False,
) -> Clip:
    """Pictures of the decisions start..stop-1; at decision t the screens it saw last, under the map of decision t.

    Where a picture stands for several emulator frames it shows the pixel-wise maximum of the last two, as the network
    sees them: some games draw an object in every other frame only.

    Args:
        episode: screens uint8 (T+1, skip, 210, 160) of palette indices, palette, action names, actions taken (T,).
        panels: 1 to 10, row by row.
        start: first decision.
        stop: decision after the last one; None: the end of the episode.
        speed: 1 is the game's own, 60 emulator frames a second.
        fps: most pictures per second; see `rlxai.replay.pace.pace`.
        columns: panels per row; None: chosen by their number.
        zoom: pixels per game pixel, 2 to 8; None: chosen by their number. A panel is 160 zoom wide and 250 zoom high.
        planes: pictures as I420 for an encoder, made in a fraction of the time; else RGB.

    Raises:
        InvalidValue: the range holds no decision, or a panel does not fit the episode.
    """
    decisions, skip = len(episode.taken), episode.screens.shape[1]
    wanted = span(decisions, start, stop)
    height, width = episode.screens.shape[2:]
    places, steady = grid((height, width), len(panels), columns, zoom), pace(skip, speed, fps)
    for panel in panels:
        _check(panel, decisions, len(episode.actions))
    blank = (Planes if planes else Rgb)(*places.size, BACKGROUND)
    frames = _frames(episode, panels, wanted, steady, places, blank)
    return Clip(frames, steady.total(len(wanted)), steady.fps, places.size)


def _frames(
    episode: Recorded, panels: Sequence[Panel], decisions: range, steady: Pace, places: Grid, blank: Picture
) -> Iterator[np.ndarray]:
    greys = compose.grey_levels(episode.palette)
    height, width = places.screen
    zoom = places.zoom
    blends = [compose.blend_table(_colours(panel)) for panel in panels]
    tables = [blank.table(blend) for blend in blends]
    legends = [_legend(i, panels, episode, blend, zoom, width * zoom) for i, blend in enumerate(blends)]
    for first in range(decisions.start, decisions.stop, CHUNK):
        last = min(first + CHUNK, decisions.stop)
        screens = greys[episode.screens[first:last]]  # (n, skip, H, W)
        shown = [_Shown(panel, first, last) for panel in panels]
        for t in range(first, last):
            if (t - decisions.start) % steady.decisions:
                continue
            pressed = episode.actions[int(episode.taken[t])]
            sheet, levels = blank.copy(), []
            for k, (panel, maps) in enumerate(zip(panels, shown, strict=True)):
                top, left = places.place(k)
                sheet.put(top + height * zoom, left, legends[k].draw(maps.reading(panel, t - first, t, pressed)))
                levels.append(compose.stretch(maps.levels[t - first], height, width))
            for grey in _seen(screens[t - first], steady):
                picture = sheet.copy()
                for k, level in enumerate(levels):
                    picture.game(*places.place(k), compose.entries(grey, level), tables[k], zoom)
                yield picture.data


def _seen(screens: np.ndarray, steady: Pace) -> Iterator[np.ndarray]:
    """What the pictures of one decision show: each frame, or the maximum of the last two of every stride."""
    stride = min(steady.stride, len(screens))
    for end in range(stride, len(screens) + 1, stride):
        yield screens[end - min(2, stride) : end].max(axis=0)


class _Shown:
    """The maps of one panel for a chunk of decisions, ready to paint."""

    def __init__(self, panel: Panel, first: int, last: int) -> None:
        relevance = drawn(panel.maps[first:last])  # (n, C, H, W) -> (n, H, W)
        given = panel.scale
        if given is None:
            self.scales = scale.frame_scales(relevance)
        else:
            self.scales = np.broadcast_to(given, panel.maps.shape[:1])[first:last]
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


def _legend(i: int, panels: Sequence[Panel], episode: Recorded, blend: np.ndarray, zoom: int, width: int) -> Legend:
    panel = panels[i]
    letter = f"{chr(ord('A') + i)}   " if len(panels) > 1 else ""
    chosen = "maximum of this decision" if panel.scale is None else "p99.9 of the episode"
    return Legend(
        width=width,
        zoom=zoom,
        title=letter + ("step unknown" if panel.step is None else f"step {panel.step:,}"),
        explained=f"{panel.method} · {panel.target}",
        scale_note=f"scale: {panel.scale_note or chosen}",
        last=len(episode.taken) - 1,
        actions=episode.actions,
        output_name=panel.output_name,
        colours=blend[:, 0],
        signed=panel.signed,
        badge=panel.badge,
        decimals=(decimals_for(panel.values), decimals_for(panel.outputs)),
    )


def _check(panel: Panel, decisions: int, actions: int) -> None:
    shapes = {
        "maps": (panel.maps.shape, (decisions, "C", "H", "W")),
        "values": (None if panel.values is None else panel.values.shape, (decisions,)),
        "outputs": (None if panel.outputs is None else panel.outputs.shape, (decisions, actions)),
        "scales": (panel.scale.shape if isinstance(panel.scale, np.ndarray) else None, (decisions,)),
    }
    for name, (met, wanted) in shapes.items():
        if met is None:
            continue
        fits = len(met) == len(wanted) and all(isinstance(w, str) or w == m for w, m in zip(wanted, met, strict=True))
        if not fits:
            sizes = ", ".join(map(str, wanted))
            raise InvalidValue(f"{name} of {panel.method} must have shape ({sizes}) for this episode, met {tuple(met)}")
    colour.lut(_colours(panel))  # both refuse here what would fail at the first picture
    colour.level(np.zeros(1), 0.0 if panel.scale is None else panel.scale)


def _colours(panel: Panel) -> str:
    return panel.colours or colour.default_for(panel.signed)
