"""demo, dashboard, video: for people who would rather look."""

from __future__ import annotations

from pathlib import Path

import click

from rlxai.cli.common import DEFAULT_METHOD, DEFAULT_TARGET, run_argument
from rlxai.cli.ledger_table import show_strategy
from rlxai.launcher import launch
from rlxai.pipeline import Pool, Serial, workflow
from rlxai.pipeline.demo import demonstrate
from rlxai.progress import meter
from rlxai.replay.export import export_video
from rlxai.store import open_run


@click.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("runs/demo"), show_default=True, help="Run folder."
)
@click.option("--serve/--no-serve", default=True, help="End with the dashboard, or stop before.")
@click.option("--port", type=int, help="Port of the dashboard (default: 8501, or the next free one).")
def demo(out: Path, serve: bool, port: int | None) -> None:
    """Shipped snapshots, their games, relevance maps, object ledger, dashboard: all in a minute or two."""
    with meter("demo") as progress, Pool() as engine:
        run, result = demonstrate(out, engine, progress.report)
    show_strategy(run, result)
    if serve:
        launch([out], port=port)
    else:
        print(f"next: rlxai dashboard {out}")


@click.command()
@click.argument("runs", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; loopback by default.")
@click.option("--port", type=int, help="Port (default: 8501, or the next free one).")
@click.option("--name", "names", multiple=True, help="Further host name to answer to, such as a proxy's; repeatable.")
@click.option("--open", "open_browser", is_flag=True, help="Open the page in the browser.")
def dashboard(runs: tuple[Path, ...], host: str, port: int | None, names: tuple[str, ...], open_browser: bool) -> None:
    """Replay episodes with heatmaps and follow learning, in the browser.

    Whoever reaches the address can read the runs: the default is reached from this machine alone.
    """
    launch(runs, host=host, port=port, names=names, open_browser=open_browser)


@click.command()
@run_argument
@click.option("--snapshot", "step", metavar="STEP", type=int, required=True, help="Whose relevance is shown.")
@click.option(
    "--on", metavar="STEP", type=int, help="Whose game is shown (default: the snapshot's own, else the best)."
)
@click.option("--method", default=DEFAULT_METHOD, show_default=True)
@click.option("--target", default=DEFAULT_TARGET, show_default=True)
@click.option("--from", "start", default=0, show_default=True, help="First decision.")
@click.option("--to", "stop", type=int, help="Decision to stop before (default: the end).")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File: .mp4 (H.264) or .webm.")
def video(
    run: Path, step: int, on: int | None, method: str, target: str, start: int, stop: int | None, out: Path
) -> None:
    """Write a video of one game with the relevance of one snapshot on it."""
    opened = open_run(run)
    snapshot = opened.snapshot(step)
    played = {commit.spec["step"] for commit in opened.commits("episode")}
    episode = workflow.best_episode(opened, on if on is not None else step if step in played else None)
    with meter("video") as progress:
        maps = workflow.explain_episode(
            opened, episode, [snapshot], Serial(), progress.report, method_names=[method], targets=[target]
        )
        info = export_video(
            opened, episode, maps, out, start=start, stop=stop,
            progress=lambda done, total: progress.report("frames", done, total),
        )  # fmt: skip
    print(f"{info.path}: {info.frames:,} frames, {info.codec}")
    if info.note:
        print(f"note: {info.note}")
