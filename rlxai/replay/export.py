"""From committed results to a video file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from rlxai.episodes import Episode, load_episode
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
    clip = episode_video(recorded, [_panel(run, recorded, one) for one in attributions], start=start, stop=stop)
    return write_video(path, clip, fps=clip.fps, total=clip.total, progress=progress)


def _panel(run: Run, recorded: Episode, attribution: Commit) -> Panel:
    agent = run.snapshot(int(attribution.spec["step"])).load()
    seen = recorded.seen_by(agent.preprocessing)
    outputs = [
        agent.q_values(seen.observations(slice(first, min(first + scale.CHUNK, recorded.decisions))))
        for first in range(0, recorded.decisions, scale.CHUNK)
    ]
    return Panel(
        maps=open_maps(attribution.folder),
        method=attribution.spec["method"],
        target=attribution.spec["target"],
        signed=attribution.summary["signed"],
        step=int(attribution.spec["step"]),
        scale=scale.episode_scale(attribution.summary["p999"], attribution.summary["max"]),
        values=pd.read_parquet(attribution.folder / "steps.parquet").target.to_numpy(),
        outputs=np.concatenate(outputs),
        output_name="Q" if agent.outputs == "q-values" else "logit",
    )
