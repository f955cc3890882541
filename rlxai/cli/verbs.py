"""The verbs in the order of a working day."""

from __future__ import annotations

import click

from rlxai import __version__
from rlxai.cli import analyse, inspect, show, source


@click.group()
@click.version_option(__version__, prog_name="rlxai", message="%(prog)s %(version)s")
def app() -> None:
    """Find out what strategy an Atari agent learned, when it learned it, and whether the story is true."""


for command in (
    show.demo, source.train, source.import_, inspect.inspect, inspect.list_methods, analyse.record, analyse.explain,
    analyse.strategy, show.dashboard, show.video, inspect.verify,
):  # fmt: skip
    app.add_command(command)
