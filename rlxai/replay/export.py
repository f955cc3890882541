"""From committed results to a video file, or to one picture of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue
from rlxai.replay import colour, scale
from rlxai.replay.badges import badge_of, badges
from rlxai.replay.clip import Clip, Panel, Recorded, episode_video
from rlxai.replay.codecs import CODECS, Codec, choose
from rlxai.replay.pace import FRAME_RATE
from rlxai.replay.video import Progress, VideoInfo, write_video
from rlxai.store import Commit, Run, open_maps
from rlxai.store.readable import read_columns

SCALES = ("episode", "shared", "running", "frame")
_GIF_SAMPLES = 12


@dataclass(frozen=True)
class Look:
    """How a video looks.

    Attributes:
        speed: 1 is the game's own speed.
        fps: most pictures per second; None: 60, or 15 for GIF and WebP.
        columns: panels per row; None: chosen by their number.
        zoom: pixels per game pixel, 2 to 8; None: chosen by the number of panels.
        scale: relevance of full colour, as in the player: p99.9 of the "episode", the largest of these "shared" by the
            panels of a method, a "running" maximum, or that of each "frame".
        colours: name of a colour map, for the panels of its sign; None: the default of the sign.
    """

    speed: float = 1.0
    fps: float | None = None
    columns: int | None = None
    zoom: int | None = None
    scale: str = "episode"
    colours: str | None = None

    def rate(self, codec: Codec) -> float:
        """Most pictures per second with this codec."""
        return (15 if codec.still else FRAME_RATE) if self.fps is None else self.fps


def export_video(
    run: Run,
    episode: Commit,
    attributions: Sequence[Commit],
    path: Path,
    *,
    start: int = 0,
    stop: int | None = None,
    look: Look | None = None,
    codec: str | None = None,
    progress: Progress | None = None,
) -> VideoInfo:
    """Write a game with the relevance of one to ten combinations of snapshot, method and target in a grid.

    Args:
        run: holds the results.
        episode: the recorded game.
        attributions: maps on the states of that game, one panel each, row by row.
        path: .mp4, .webm, .gif or .webp.
        start: first decision.
        stop: decision after the last one; None: the end of the game.
        look: speed, grid and scale.
        codec: see `rlxai.replay.codecs.CODECS`; None: the default of the suffix.
        progress: called with (frames written, all frames).

    Raises:
        InvalidValue: the range, the look or the file's name is not usable; nothing is written.
        RunError: a result is damaged.
    """
    look = look or Look()
    chosen = choose(path, codec).codec
    clip = compose_video(run, episode, attributions, start=start, stop=stop, look=look, codec=chosen.name)
    samples: list[np.ndarray] = []
    if chosen.name == "gif":
        last = (int(episode.summary["decisions"]) if stop is None else stop) - 1
        spread = sorted(set(np.linspace(start, last, _GIF_SAMPLES).astype(int).tolist()))
        samples = [preview(run, episode, attributions, t, look) for t in spread]
    return write_video(path, clip, fps=clip.fps, codec=codec, total=clip.total, samples=samples, progress=progress)


def compose_video(
    run: Run,
    episode: Commit,
    attributions: Sequence[Commit],
    *,
    start: int = 0,
    stop: int | None = None,
    look: Look | None = None,
    codec: str = "h264",
) -> Clip:
    """The pictures of `export_video`, in the form and at the rate its codec takes; nothing is read yet.

    Raises:
        InvalidValue: the range or the look is not usable.
        RunError: a result is damaged.
    """
    look, chosen = look or Look(), CODECS[codec]
    if strange := [one.task for one in attributions if one.spec["episode"] != episode.task]:
        raise InvalidValue(f"maps {', '.join(strange)} do not explain the game {episode.task}")
    recorded, panels = load_episode(episode.folder), _panels(run, attributions, look)
    return _clip(recorded, panels, start, stop, look, look.rate(chosen), planes=not chosen.still)


def preview(run: Run, episode: Commit, attributions: Sequence[Commit], decision: int, look: Look) -> np.ndarray:
    """The picture of one decision, uint8 RGB (height, width, 3).

    Raises:
        InvalidValue: the decision or the look is not usable.
        RunError: a result is damaged.
    """
    # 15 pictures a second are one per decision, as the network sees it.
    one = replace(look, speed=1.0, fps=15)
    return next(
        compose_video(run, episode, attributions, start=decision, stop=decision + 1, look=one, codec="gif").frames
    )


def _panels(run: Run, attributions: Sequence[Commit], look: Look) -> list[Panel]:
    if look.scale not in SCALES:
        raise InvalidValue(f"the scale is one of {', '.join(SCALES)}, met {look.scale!r}")
    if look.colours is not None:
        colour.lut(look.colours)  # refuses an unknown name
    earned = badges(run)
    panels = [replace(_panel(run, one, look), badge=badge_of(one.spec, earned).word) for one in attributions]
    if look.scale != "shared":
        return panels
    largest: dict[str, float] = {}
    for panel in panels:
        largest[panel.method] = max(largest.get(panel.method, 0.0), float(panel.scale or 0.0))
    note = "largest p99.9 of its method shown"
    return [replace(panel, scale=largest[panel.method], scale_note=note) for panel in panels]


def _clip(
    recorded: Recorded, panels: Sequence[Panel], start: int, stop: int | None, look: Look, fps: float, *, planes: bool
) -> Clip:
    return episode_video(
        recorded, panels, start=start, stop=stop, speed=look.speed, fps=fps,
        columns=look.columns, zoom=look.zoom, planes=planes,
    )  # fmt: skip


def _panel(run: Run, attribution: Commit, look: Look) -> Panel:
    spec, summary = attribution.spec, attribution.summary
    meta, maps = run.snapshot(int(spec["step"])).meta, open_maps(attribution.folder)
    outputs = [f"output_{i}" for i in range(len(meta["actions"]))]
    steps = read_columns(attribution, "steps.parquet", len(maps), ["target", "shown_max", *outputs])
    signed = bool(summary["signed"])
    panel = Panel(
        maps=maps,
        method=spec["method"],
        target=spec["target"],
        signed=signed,
        step=int(spec["step"]),
        scale=scale.episode_scale(summary["p999"], summary["max"]),
        values=steps["target"],
        outputs=np.stack([steps[name] for name in outputs], 1),
        output_name="Q" if meta["outputs"] == "q-values" else "logit",
        colours=look.colours if look.colours in colour.names(signed) else None,
    )
    if look.scale == "frame":
        return replace(panel, scale=None)
    if look.scale == "running":
        return replace(panel, scale=scale.running_scales(steps["shown_max"]), scale_note="running maximum")
    return panel


def estimate(size: tuple[int, int], pictures: int, codec: Codec) -> tuple[float, float]:
    """Bytes and CPU-seconds of a video, about: what Breakout with relevance took, per pixel."""
    megapixels = size[0] * size[1] * pictures / 1e6
    return codec.bytes_per_megapixel * megapixels, codec.seconds_per_megapixel * megapixels
