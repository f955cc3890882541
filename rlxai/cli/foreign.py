"""What the verbs for weights from elsewhere ask of their options."""

from __future__ import annotations

import click

from rlxai.episodes.rollout import buttons
from rlxai.errors import InvalidValue
from rlxai.games import Emulator
from rlxai.networks.importers_recipe import ImportRecipe, load_import_recipe


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
