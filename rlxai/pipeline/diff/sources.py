"""What runs hold that can be compared: scores of games, curves of strategy results, and verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd

from rlxai.errors import FileRefused, RunError
from rlxai.networks.reading import read_bounded
from rlxai.pipeline.strategy.join import strategies
from rlxai.store import Commit, Run

_BINS = 20
"""Equal stretches of a training whose games are put together."""


@dataclass(frozen=True)
class Scores:
    """Scores of one kind of games, of all runs in their order."""

    what: str
    """Which games, in words."""
    games: tuple[pd.DataFrame, ...]
    """Of each run: columns step, game, value."""


def scores_by_kind(runs: Sequence[Run]) -> list[Scores]:
    """All scores that the runs have of equal games, the more telling kind first.

    Evaluations come before recorded games, these before the games of the training, with which exploration changes; of
    each, those with equal settings in all runs, more games first.

    Raises:
        RunError: a run holds no games, or a file of it is damaged.
    """
    found = []
    for words, read in _KINDS.items():
        known = [read(run) for run in runs]
        shared = [key for key in known[0] if all(key in one for one in known)]
        shared.sort(key=lambda key: (-min(len(one[key]) for one in known), key))
        found += [
            Scores(f"{words}{f', {key}' if key else ''}", tuple(_binned([one[key] for one in known], key)))
            for key in shared
        ]
    for run in runs:
        if not any(read(run) for read in _KINDS.values()):
            raise RunError(f"{run}: holds no games to compare; run: rlxai evaluate {run}")
    if not found:
        kinds = "; ".join(f"{run.name} has {_held(run)}" for run in runs)
        verbs = " and ".join(f"rlxai evaluate {run}" for run in runs)
        raise RunError(f"the runs hold no games of one kind and setting ({kinds}); run: {verbs}")
    return found


def strategy_results(runs: Sequence[Run]) -> tuple[list[Commit], str]:
    """Of each run the last strategy result of a method and target that all have; and why there is none.

    Returns:
        One result for each run and "", or nothing and a sentence.
    """
    results = []
    for run in runs:
        usable: dict[tuple[object, object], Commit] = {}
        for commit in strategies(run):
            if "curves.parquet" in commit.files:
                usable.setdefault((commit.summary.get("method"), commit.summary.get("target")), commit)
        results.append(usable)
    missing = [f"rlxai strategy {run}" for run, usable in zip(runs, results, strict=True) if not usable]
    if missing:
        return [], f"Curves, emergence and claims are left out; they need: {', '.join(missing)}."
    for key in results[0]:
        if all(key in usable for usable in results):
            return [usable[key] for usable in results], ""
    return [], "Curves, emergence and claims are left out: no method and target of relevance is common to all runs."


def agent_curves(result: Commit) -> pd.DataFrame:
    """The curves of the agent: columns figure, states, step, game, value, weight."""
    table = pd.read_parquet(result.folder / "curves.parquet")
    own = table[(table.control == "none") & (table.weight > 0)]
    return own[["figure", "states", "step", "game", "value", "weight"]]


def verdicts(result: Commit) -> dict[str, str]:
    """Claim -> verdict of a strategy result, as far as it holds any."""
    return {name: str(found["verdict"]) for name, found in result.summary.get("verdicts", {}).items()}


def settings(run: Run) -> set[str]:
    """Of the recorded games of a run, how they were played."""
    return set(_recorded(run))


def _evaluations(run: Run) -> dict[str, pd.DataFrame]:
    best: dict[tuple[str, int], Commit] = {}
    for commit in sorted(run.commits("evaluation"), key=lambda commit: (commit.spec["games"], commit.task)):
        best[_setting(commit), int(commit.spec["step"])] = commit
    parts: dict[str, list[pd.DataFrame]] = {}
    for (setting, step), commit in sorted(best.items()):
        scores = commit.summary["scores"]
        games = [f"seed {commit.spec['seed'] + place}" for place in range(len(scores))]
        parts.setdefault(setting, []).append(pd.DataFrame({"step": step, "game": games, "value": scores}))
    return {setting: pd.concat(tables, ignore_index=True) for setting, tables in parts.items()}


def _recorded(run: Run) -> dict[str, pd.DataFrame]:
    rows: dict[str, list[tuple[int, str, float]]] = {}
    for commit in run.commits("episode"):
        if commit.spec["step"] is not None:  # the scripted player's game is no agent's
            row = int(commit.spec["step"]), commit.task, float(commit.summary["score"])
            rows.setdefault(_setting(commit), []).append(row)
    return {setting: pd.DataFrame(found, columns=["step", "game", "value"]) for setting, found in rows.items()}


def _training(run: Run) -> dict[str, pd.DataFrame]:
    path = run.path / "monitor.csv"
    if not path.exists():
        return {}
    try:
        table = pd.read_csv(BytesIO(read_bounded(path)), skiprows=1)  # the first line is a JSON comment
        frames, scores = table["l"].to_numpy(float).cumsum(), table["r"].to_numpy(float)
    except FileRefused as error:
        raise RunError(f"{path}: {error}") from None
    except (ValueError, KeyError) as error:
        raise RunError(f"{path}: is not a readable monitor.csv ({type(error).__name__})") from None
    steps = (frames / run.info["preprocessing"]["frame_skip"]).astype(np.int64)
    games = pd.DataFrame({"step": steps, "game": [str(game) for game in range(len(steps))], "value": scores})
    return {"": games} if len(games) else {}


_KINDS: Mapping[str, Callable[[Run], dict[str, pd.DataFrame]]] = {
    "evaluation games": _evaluations, "recorded games": _recorded, "training games, exploration included": _training,
}  # fmt: skip


def _binned(games: Sequence[pd.DataFrame], setting: str) -> list[pd.DataFrame]:
    """Games of the training, which have no snapshots, by stretches of the shortest training; others as they are."""
    if setting:
        return list(games)
    ends = np.unique(np.linspace(0, min(int(one.step.max()) for one in games), _BINS + 1)[1:].round().astype(int))
    found = []
    for one in games:
        place = np.searchsorted(ends, one.step)
        found.append(one[place < len(ends)].assign(step=ends[place[place < len(ends)]]))
    return found


def _setting(commit: Commit) -> str:
    return f"ε = {commit.spec['epsilon']:g}, at most {commit.spec['max_decisions']:,} decisions"


def _held(run: Run) -> str:
    held = [
        f"{words} ({'; '.join(found)})" if all(found) else words
        for words, read in _KINDS.items()
        if (found := read(run))
    ]
    return ", ".join(held)
