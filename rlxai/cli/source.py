"""train, import: where runs come from."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import click

from rlxai.cli import table
from rlxai.cli.common import NewFolder
from rlxai.cli.foreign import foreign
from rlxai.errors import FileRefused, InvalidValue
from rlxai.files import sha256_file
from rlxai.networks import write_snapshot
from rlxai.networks.importers import import_agent
from rlxai.networks.reading import naming, parse_json, read_bounded
from rlxai.progress import meter
from rlxai.store import Run


class _Train(click.Command):
    """Help that ends with the recipes there are."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Name the shipped recipes."""
        from rlxai.training import shipped_recipes

        with formatter.section("Shipped recipes"):
            formatter.write_text(", ".join(shipped_recipes()))


@click.command(cls=_Train)
@click.argument("recipe", metavar="RECIPE")
@click.option("--out", metavar="RUN", type=NewFolder(), required=True, help="Folder of the new run.")
@click.option("--steps", type=int, help="Decisions to train (default: the recipe's).")
@click.option("--seed", default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on with a training that was stopped or killed.")
def train(recipe: str, out: Path, steps: int | None, seed: int, resume: bool) -> None:
    """Train an agent by a recipe (a file, or the name of a shipped one) with snapshots and object ledgers."""
    from rlxai.training import train as train_run  # stable-baselines3 takes a second to import

    try:
        with meter("train") as progress:
            run = train_run(recipe, out, steps=steps, seed=seed, resume=resume, progress=progress.report)
    except KeyboardInterrupt as stop:
        print(f"rlxai: {stop}" if str(stop) else "rlxai: training stopped before its first snapshot", file=sys.stderr)
        raise click.exceptions.Exit(130) from None
    print(f"{out}: {len(run.snapshots())} snapshots; next: rlxai record {out}")


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", metavar="RUN", type=NewFolder(), required=True, help="Run to make or to add to.")
@click.option("--game", help="ALE name, such as breakout (default: the recipe's).")
@click.option("--recipe", help="Import recipe for other frameworks: a YAML file, or the name of a shipped one.")
@click.option("--actions", help="Names of the outputs, separated by commas (default: the game's minimal set).")
@click.option("--step", type=int, help="Training step of a single FILE (default: the number in its name).")
@click.option("--index", type=click.Path(path_type=Path), help="JSON list of {file, step, sha256, evaluation} facts.")
@click.option("--origin", help="Where the weights come from, in a sentence (default: the recipe's).")
@click.option("--float32", is_flag=True, help="Keep all digits of the weights (default: float16, as rlxai trains).")
def import_(
    files: tuple[Path, ...], out: Path, game: str | None, recipe: str | None, actions: str | None, step: int | None,
    index: Path | None, origin: str | None, float32: bool,
) -> None:  # fmt: skip
    """Bring weights trained elsewhere (SB3 zips, CleanRL, state dicts, snapshots) into a run; no code in them runs.

    Other frameworks, layouts and preprocessings are declared in an import recipe, see docs/foreign-agents.md.
    """
    facts = _facts(index) if index else {}
    plan, game, names = foreign(recipe, game, actions)
    origin = origin or plan.origin
    if step is not None and len(files) > 1:
        raise InvalidValue(f"--step names the step of one file, met {len(files)} files")
    agents = []
    for file in files:
        fact = facts.get(file.name, {})
        if fact.get("sha256") not in (None, sha := sha256_file(file) if file.is_file() else None):
            raise FileRefused(f"{file}: its SHA-256 differs from the one in {index}")
        agent = import_agent(file, plan, game=game, actions=names)
        agent.step = _step(file, step if step is not None else fact.get("step"), agent.step)
        agent.provenance = {**agent.provenance, "file": file.name, "sha256": sha}
        agent.provenance |= {"origin": origin} if origin else {}
        agent.provenance |= {"evaluation": fact["evaluation"]} if "evaluation" in fact else {}
        agents.append(agent)
    if len({agent.step for agent in agents}) < len(agents):
        raise InvalidValue("two files are of the same step; import them into runs of their own, or give --index")
    info = {
        "game": game, "actions": list(names), "preprocessing": agents[0].preprocessing.to_dict(),
        "recipe": None, "provenance": {"origin": origin or "imported"},
    }  # fmt: skip
    run = Run.create(out, info)
    for agent in agents:
        write_snapshot(agent, run.snapshots_folder, half=not float32)
    table.show(("step", "file"), [(agent.step, agent.provenance["file"]) for agent in agents])
    print(f"{out}: {len(run.snapshots())} snapshots; next: rlxai record {out}")


_MAX_INDEX = 4 * 1024**2


def _step(file: Path, given: int | None, stored: int | None) -> int:
    if given is not None:
        return given
    if stored is not None:
        return stored
    numbers = re.findall(r"\d+", file.stem)
    if len(numbers) != 1:
        raise InvalidValue(f"{file}: its training step cannot be read from its name; give --step")
    return int(numbers[0])


def _facts(index: Path) -> dict[str, dict[str, Any]]:
    with naming(index):
        # The reader of JSON objects does all its checks on the list too.
        entries = parse_json(b'{"entries": ' + read_bounded(index, _MAX_INDEX) + b"}").get("entries")
        if not isinstance(entries, list) or not all(
            isinstance(e, dict) and isinstance(e.get("file"), str) for e in entries
        ):
            raise FileRefused("is not a JSON list of objects with the key 'file'")
        for entry in entries:
            step, evaluation = entry.get("step"), entry.get("evaluation", {})
            if (step is not None and type(step) is not int) or not isinstance(evaluation, dict):
                raise FileRefused(f"says of {entry['file']!r} a step that is no whole number, or no evaluation by name")
    return {Path(entry["file"]).name: entry for entry in entries}
