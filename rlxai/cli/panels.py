"""Panels on the command line: one by one, or all combinations of snapshots, methods and targets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, TypeVar

import click

from rlxai.attribution import Target, get_method
from rlxai.cli.common import DEFAULT_METHOD, DEFAULT_TARGET
from rlxai.errors import InvalidValue
from rlxai.pipeline import Serial, workflow
from rlxai.pipeline.engines.engine import Report
from rlxai.pipeline.explain import AttributionTask
from rlxai.store import Commit, Run

F = TypeVar("F", bound=Callable[..., Any])
Panel = tuple[int, str, str]
"""Training step, method, target."""


def panel_options(function: F) -> F:
    """--panel, --snapshot, --method, --target (all repeatable), --on, --from, --to."""
    for option in reversed(
        (
            click.option(
                "--panel", "panels", metavar="STEP,METHOD,TARGET", multiple=True,
                help="One panel, as in links of the dashboard; method and target may be left out; repeatable.",
            ),
            click.option(
                "--snapshot", "steps", metavar="STEP", type=int, multiple=True,
                help="Panels of this training step; repeatable.",
            ),
            click.option(
                "--method", "methods", multiple=True, default=(DEFAULT_METHOD,), show_default=True, help="Repeatable."
            ),
            click.option(
                "--target", "targets", multiple=True, default=(DEFAULT_TARGET,), show_default=True, help="Repeatable."
            ),
            click.option(
                "--on", metavar="STEP|EPISODE",
                help="Whose game is shown, or which episode (default: the best of the panels' snapshots, else of all).",
            ),
            click.option("--from", "start", default=0, show_default=True, help="First decision."),
            click.option("--to", "stop", type=int, help="Decision to stop before (default: the end)."),
        )
    ):  # fmt: skip
        function = option(function)
    return function


def parse_panels(
    panels: Sequence[str], steps: Sequence[int], methods: Sequence[str], targets: Sequence[str]
) -> list[Panel]:
    """Panels in the order given: those named one by one, then all combinations of steps, methods and targets.

    Raises:
        InvalidValue: a panel is not well formed, or a method or target is unknown.
    """
    found = [_parse(text, methods[0], targets[0]) for text in panels]
    found += product(steps, methods, targets)
    for _, method, target in found:
        get_method(method)
        Target.parse(target)
    return list(dict.fromkeys(found))


def usual_panels(run: Run, episode: Commit, methods: Sequence[str], targets: Sequence[str]) -> list[Panel]:
    """A snapshot from the middle of the player's training, and the player."""
    return parse_panels((), [snapshot.step for snapshot in workflow.default_panels(run, episode)], methods, targets)


def episode_of(run: Run, on: str | None, panels: Sequence[Panel]) -> Commit:
    """The game shown: the episode or snapshot named, else the best of the panels' snapshots, else the best of all.

    Raises:
        RunError: no game is recorded, or none of the snapshot named.
    """
    episodes = {commit.task: commit for commit in run.commits("episode")}
    if on in episodes:
        return episodes[on]
    if on is not None:
        if not _is_step(on):
            raise InvalidValue(f"--on is a training step or the name of an episode of {run}, met {on!r}")
        return workflow.best_episode(run, int(on))
    played = {commit.spec["step"] for commit in episodes.values()}
    games = [workflow.best_episode(run, step) for step in {step for step, _, _ in panels} & played]
    return max(games, key=lambda commit: (commit.summary["score"], commit.spec["step"]), default=None) or (
        workflow.best_episode(run)
    )


def maps_of(run: Run, episode: Commit, panels: Sequence[Panel], report: Report) -> list[Commit]:
    """The maps of some panels on an episode, computed where they are missing."""
    tasks = [
        AttributionTask.of(run.snapshot(step), episode=episode.task, method=method, target=target)
        for step, method, target in panels
    ]
    return Serial().run(run, tasks, report)


def _is_step(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 15


def _parse(text: str, method: str, target: str) -> Panel:
    step, *rest = (part.strip() for part in text.split(","))
    if not _is_step(step) or len(rest) > 2:
        raise InvalidValue(f"a panel is STEP, STEP,METHOD or STEP,METHOD,TARGET, met {text!r}")
    return int(step), *(*rest, *(method, target)[len(rest) :])  # type: ignore[return-value]  # three of them
