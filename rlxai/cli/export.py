"""video, replay: a game with its relevance as a file to show and to send."""

from __future__ import annotations

from pathlib import Path

import click

from rlxai.cli.common import run_argument
from rlxai.cli.panels import episode_of, maps_of, panel_options, parse_panels, usual_panels
from rlxai.progress import meter
from rlxai.replay import colour
from rlxai.replay.codecs import CODECS, choose
from rlxai.replay.export import SCALES, Look, export_video
from rlxai.replay.html import LIMIT_MB, check_name, export_html, parse_view
from rlxai.replay.span import span
from rlxai.store import open_run


@click.command()
@run_argument
@panel_options
@click.option("--codec", type=click.Choice(list(CODECS)), help="Default: by the file's name; .mp4 is H.264.")
@click.option("--columns", type=int, help="Panels per row (default: one row up to five panels, else two).")
@click.option("--zoom", type=int, help="Pixels per game pixel, 2 to 8 (default: 4 up to three panels, else 3).")
@click.option("--speed", default=1.0, show_default=True, help="1 is the game's own speed, 60 emulator frames a second.")
@click.option("--fps", type=float, help="Most pictures per second (default: 60; GIF and WebP 15, one per decision).")
@click.option(
    "--scale", type=click.Choice(SCALES), default="episode", show_default=True,
    help="Relevance of full colour: p99.9 of the episode, the largest of these, a running or each frame's maximum.",
)  # fmt: skip
@click.option("--colours", type=click.Choice(colour.names()), help="Colour map, for panels of its sign.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File: .mp4, .webm, .gif or .webp.")
def video(
    run: Path, panels: tuple[str, ...], steps: tuple[int, ...], methods: tuple[str, ...], targets: tuple[str, ...],
    on: str | None, start: int, stop: int | None, codec: str | None, columns: int | None, zoom: int | None,
    speed: float, fps: float | None, scale: str, colours: str | None, out: Path,
) -> None:  # fmt: skip
    """Write a video of one game with the relevance of one to ten panels on it; missing maps are computed first.

    Without panels it shows a snapshot from the middle of training beside the one that plays.
    """
    opened = open_run(run)
    wanted = parse_panels(panels, steps, methods, targets)
    choose(out, codec)  # what cannot be written is said before any map is computed
    episode = episode_of(opened, on, wanted)
    span(episode.summary["decisions"], start, stop)
    wanted = wanted or usual_panels(opened, episode, methods, targets)
    with meter("video") as progress:
        info = export_video(
            opened, episode, maps_of(opened, episode, wanted, progress.report), out, start=start, stop=stop,
            look=Look(speed, fps, columns, zoom, scale, colours), codec=codec,
            progress=lambda done, total: progress.report("frames", done, total),
        )  # fmt: skip
    print(f"{info.path}: {info.frames:,} frames, {CODECS[info.codec].title}")
    if info.note:
        print(f"note: {info.note}")


@click.command()
@run_argument
@panel_options
@click.option(
    "--all", "all_maps", is_flag=True, help="All maps that the episode has, instead of those of the panels alone."
)
@click.option("--masks/--no-masks", default=True, help="Object masks under the pointer; a little larger.")
@click.option("--view", default="", metavar="WORDS", help="Where it opens: the part of a dashboard link after '?'.")
@click.option("--limit", "limit_mb", default=LIMIT_MB, show_default=True, help="Megabytes the file may have.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File: .html.")
def replay(
    run: Path, panels: tuple[str, ...], steps: tuple[int, ...], methods: tuple[str, ...], targets: tuple[str, ...],
    on: str | None, start: int, stop: int | None, all_maps: bool, masks: bool, view: str, limit_mb: float, out: Path,
) -> None:  # fmt: skip
    """Write one HTML file with the player and its data: it opens without a server, and asks nothing of the network.

    Without panels it shows a snapshot from the middle of training beside the one that plays.
    """
    opened = open_run(run)
    wanted = parse_panels(panels, steps, methods, targets)
    check_name(out)
    episode = episode_of(opened, on, wanted)
    span(episode.summary["decisions"], start, stop)
    if not all_maps:
        wanted = wanted or usual_panels(opened, episode, methods, targets)
    with meter("replay") as progress:
        maps = maps_of(opened, episode, wanted, progress.report)
        page = export_html(
            opened, episode, None if all_maps else maps, out, start=start, stop=stop, masks=masks,
            view=parse_view(view), limit_mb=limit_mb,
            progress=lambda done, total: progress.report("chunks", done, total),
        )  # fmt: skip
    print(f"{page.path}: {page.bytes / 1e6:.1f} MB, {page.maps} maps, {page.decisions:,} decisions")
