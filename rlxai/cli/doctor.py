"""doctor: which preprocessing were weights trained with?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import yaml

from rlxai.cli import table
from rlxai.cli.foreign import foreign
from rlxai.episodes.doctor import FACTORS, STICKY, Diagnosis, Trial, diagnose
from rlxai.networks.importers import import_agent
from rlxai.progress import meter

_HEADER = ("setting", "mean score", "95 % interval", "games", "lowest", "highest", "against the best")
_SAID = {"worse": "clearly worse", "better": "clearly better", "undecided": "within noise", "same games": "one game"}


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--game", help="ALE name, such as breakout (default: the recipe's).")
@click.option("--recipe", help="Import recipe; its preprocessing is where the search begins.")
@click.option("--actions", help="Names of the outputs, separated by commas (default: the game's minimal set).")
@click.option("--games", default=5, show_default=True, help="Whole games per preprocessing.")
@click.option("--max-decisions", default=3000, show_default=True, help="A game is ended there.")
@click.option("--epsilon", default=0.01, show_default=True, help="Share of random actions: makes games differ.")
@click.option(
    "--only",
    "only",
    multiple=True,
    type=click.Choice(list(FACTORS)),
    help="Setting to search; repeatable; default all.",
)
@click.option("--screen/--no-screen", default=True, help="Begin with short games under all combinations.")
def doctor(
    file: Path, game: str | None, recipe: str | None, actions: str | None, games: int, max_decisions: int,
    epsilon: float, only: tuple[str, ...], screen: bool,
) -> None:  # fmt: skip
    """Play under alternative preprocessings and say which one the weights were probably trained with."""
    plan, game, names = foreign(recipe, game, actions)
    agent = import_agent(file, plan, game=game, actions=names if plan.actions or actions else None)
    with meter("doctor") as progress:
        found = diagnose(
            agent, game, games=games, max_decisions=max_decisions, epsilon=epsilon, screen=screen,
            factors={name: FACTORS[name] for name in only or FACTORS}, report=progress.report,
        )  # fmt: skip
    _show_screen(found)
    _show(found)
    _say(found, only or tuple(FACTORS), max_decisions)
    _next(found, file, game, recipe)


def _show_screen(found: Diagnosis) -> None:
    if not found.screen:
        return
    print("short games under all combinations: each setting over all values of the others")
    rows = []
    for name, by_value in found.screen.items():
        best = max(by_value.values(), key=lambda trial: trial.mean)
        rows += [
            _row(f"{name} {value}", trial, "*" if trial is best else _SAID[trial.against(best)])
            for value, trial in by_value.items()
        ]
    table.show(_HEADER, rows)
    print("\nwhole games: the best, and the best with one setting changed")


def _show(found: Diagnosis) -> None:
    rows = [_row("best", found.best, "*")]
    rows += [_row(f"{name} {value}", trial, _SAID[trial.against(found.best)]) for name, value, trial in found.changes]
    if found.base.preprocessing != found.best.preprocessing:
        rows.append(_row("where the search began", found.base, _SAID[found.base.against(found.best)]))
    rows.append(_row("random actions", found.random, _SAID[found.random.against(found.best)]))
    table.show(_HEADER, rows)


def _row(setting: str, trial: Trial, said: str) -> tuple[object, ...]:
    low, high = trial.interval
    between = f"{low:.1f} to {high:.1f}"
    return setting, trial.mean, between, len(trial.scores), min(trial.scores), max(trial.scores), said


def _say(found: Diagnosis, searched: tuple[str, ...], max_decisions: int) -> None:
    settings = {name: getattr(found.best.preprocessing, name) for name in searched}
    print("best: " + _words(settings) + f" ({found.games} games played)")
    if not found.plays:
        print(
            "no preprocessing plays better than random actions: look at the import recipe first (layout of kernels and "
            "dense layers, flatten order, order of the actions), or train the agent longer"
        )
        return
    open_questions = [name for name in searched if found.verdict(name) != "worse"]
    if open_questions:
        print(f"not decided by these games: {', '.join(open_questions)}; more games (--games) may tell")
    if len(set(found.best.scores)) == 1 < len(found.best.scores):
        print("every game under the best setting gave the same score: count them as one game")
    if found.best.capped:
        print(f"{found.best.capped} games of the best setting were ended after {max_decisions:,} decisions")
    for name, value, trial in found.changes:
        if name in STICKY and found.best.mean > 0:
            share = 100 * trial.mean / found.best.mean
            print(f"with {name} {value} it keeps {share:.0f} % of its score, which does not tell how it was trained")


def _next(found: Diagnosis, file: Path, game: str, recipe: str | None) -> None:
    if not found.plays:
        return
    if found.best.preprocessing == found.base.preprocessing:
        print("this is the preprocessing that the file or its recipe already has; nothing needs to change")
        return
    if found.base.against(found.best) != "worse":
        print("that of the file or its recipe, where the search began, is within noise of it: no reason to change")
        return
    where = f"in {recipe}, in place of its own" if recipe else "as a file foreign.yaml"
    print(f"next: put this block {where}, then")
    print(f"  rlxai import {file} --out runs/foreign --game {game} --recipe {recipe or 'foreign.yaml'}")
    print(yaml.safe_dump({"preprocessing": found.best.preprocessing.changes()}, sort_keys=False), end="")


def _words(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in settings.items())
