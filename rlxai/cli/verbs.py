"""The verbs in the order of a working day; each is imported when it is used, so that help comes at once."""

from __future__ import annotations

from importlib import import_module

import click

from rlxai import __version__

VERBS = {
    "demo": ("show:demo", "All of it on shipped snapshots, in a minute or two."),
    "train": ("source:train", "Train an agent by a recipe, with snapshots and object ledgers."),
    "import": ("source:import_", "Bring weights trained elsewhere into a run."),
    "doctor": ("doctor:doctor", "Find out which preprocessing weights were trained with."),
    "inspect": ("inspect:inspect", "What a run or a weights file holds, safely."),
    "methods": ("inspect:list_methods", "Attribution methods: family, formula, sign, cost."),
    "record": ("analyse:record", "Let snapshots play, and keep their games bit by bit."),
    "evaluate": ("evaluate:evaluate", "Many games per snapshot, and the learning curve."),
    "explain": ("analyse:explain", "Relevance maps of snapshots on the states of a game."),
    "strategy": ("analyse:strategy", "Which strategy, since when, and which stories hold."),
    "trust": ("trust:trust", "Which maps may be believed: tests, badges, a leaderboard."),
    "features": ("features:features", "What the network's units are: cards, objects, games without them."),
    "diff": ("diff:diff", "Two runs, or two sets of seeds, compared."),
    "dashboard": ("show:dashboard", "Replay and training curves in the browser."),
    "video": ("export:video", "A game with its relevance as a video file."),
    "replay": ("export:replay", "A game with its relevance as one HTML page with the player."),
    "copy": ("copy:copy", "A run from a folder into an object store, or back."),
    "verify": ("inspect:verify", "Check every byte and say what is broken."),
    "clean": ("inspect:clean", "Delete what killed work left behind."),
}
"""Name -> (module and function below rlxai.cli, what the list of verbs says)."""


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        module, function = VERBS[name][0].split(":")
        command: click.Command = getattr(import_module(f"rlxai.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


@click.group(cls=_Verbs)
@click.version_option(__version__, prog_name="rlxai", message="%(prog)s %(version)s")
def app() -> None:
    """Find out what strategy an Atari agent learned, when it learned it, and whether the story is true."""
