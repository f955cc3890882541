"""Arguments that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rlxai.episodes.rollout import buttons
from rlxai.errors import InvalidValue
from rlxai.games import Emulator
from rlxai.networks.importers_recipe import ImportRecipe, load_import_recipe

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_METHOD = "lrp-epsilon-plus-flat"
DEFAULT_TARGET = "advantage"


def run_argument(function: F) -> F:
    """RUN: the run folder."""
    return click.argument("run", metavar="RUN", type=click.Path(path_type=Path))(function)


def snapshot_option(function: F) -> F:
    """--snapshot STEP, repeatable."""
    return click.option(
        "--snapshot", "snapshots", metavar="STEP", type=int, multiple=True, help="Training step; repeatable."
    )(function)


def foreign(recipe: str | None, game: str | None, actions: str | None) -> tuple[ImportRecipe, str, tuple[str, ...]]:
    """What is known of weights from elsewhere: the import recipe (empty if none), the game, names of the outputs.

    Raises:
        click.UsageError: nobody names the game.
        InvalidValue: the game is unknown, is not that of the recipe, or lacks an action.
    """
    plan = load_import_recipe(recipe) if recipe else ImportRecipe()
    if (game := game or plan.game) is None:
        raise click.UsageError("Missing option '--game'.")
    emulator = Emulator(game)  # refuses unknown games before anything is written
    if plan.game not in (None, game):
        raise InvalidValue(f"the import recipe {recipe} is for {plan.game}, met --game {game}")
    names = tuple(actions.split(",")) if actions else plan.actions or emulator.actions
    buttons(names, emulator)
    return plan, game, names
