"""From committed results to a video file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from rlxai.episodes import load_episode
from rlxai.replay import scale
from rlxai.replay.clip import Panel, episode_video
from rlxai.replay.video import Progress, VideoInfo, write_video
from rlxai.store import Commit, Run, open_maps


def export_video(
    run: Run,
    episode: Commit,
    attributions: Sequence[Commit],
    path: Path,
    *,
    start: int = 0,
    stop: int | None = None,
    progress: Progress | None = None,
) -> VideoInfo:
    """Write a game with the relevance of one or several snapshots, side by side, on the states of that game.

    Args:
        run: holds the results.
        episode: the recorded game.
        attributions: maps on the states of that game, one panel each, from left to right.
        path: .mp4 or .webm.
        start: first decision.
        stop: decision after the last one; None: the end of the game.
        progress: called with (frames written, all frames).

    Raises:
        InvalidValue: the range or the file's name is not usable; nothing is written.
        RunError: a result is damaged.
    """
    recorded = load_episode(episode.folder)
    clip = episode_video(recorded, [_panel(run, one) for one in attributions], start=start, stop=stop)
    return write_video(path, clip, fps=clip.fps, total=clip.total, progress=progress)


def _panel(run: Run, attribution: Commit) -> Panel:
    spec, summary = attribution.spec, attribution.summary
    steps = pd.read_parquet(attribution.folder / "steps.parquet")
    meta = run.snapshot(int(spec["step"])).meta
    return Panel(
        maps=open_maps(attribution.folder),
        method=spec["method"],
        target=spec["target"],
        signed=summary["signed"],
        step=int(spec["step"]),
        scale=scale.episode_scale(summary["p999"], summary["max"]),
        values=steps["target"].to_numpy(),
        outputs=steps[[f"output_{i}" for i in range(len(meta["actions"]))]].to_numpy(),
        output_name="Q" if meta["outputs"] == "q-values" else "logit",
    )
