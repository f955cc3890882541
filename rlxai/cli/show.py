"""demo, dashboard: for people who would rather look."""

from __future__ import annotations

from pathlib import Path

import click

from rlxai.cli.common import NewFolder
from rlxai.cli.ledger_table import show_strategy
from rlxai.launcher import launch
from rlxai.pipeline import Pool
from rlxai.pipeline.demo import demonstrate
from rlxai.progress import meter


@click.command()
@click.option("--out", type=NewFolder(), default=Path("runs/demo"), show_default=True, help="Run folder.")
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
