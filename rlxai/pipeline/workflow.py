"""What the verbs do with a run: choose the tasks, let an engine finish them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rlxai.attribution import Target, get_method
from rlxai.errors import RunError
from rlxai.files import make_folder, write_atomic
from rlxai.pipeline.engines.engine import Engine, Report
from rlxai.pipeline.episodes import EpisodeTask, check_games
from rlxai.pipeline.explain import AttributionTask
from rlxai.store import Commit, Run, SnapshotRef


def record_games(
    run: Run,
    snapshots: Sequence[SnapshotRef],
    engine: Engine,
    report: Report,
    *,
    games: int = 1,
    seed: int = 0,
    max_decisions: int = 5000,
    epsilon: float = 0.0,
) -> list[Commit]:
    """Let each snapshot play `games` games, from seeds `seed`, `seed` + 1, ...

    Raises:
        InvalidValue: a number is outside its domain.
    """
    check_games(games, max_decisions, epsilon, seed)
    tasks = [
        EpisodeTask.of(snapshot, seed=seed + game, max_decisions=max_decisions, epsilon=epsilon)
        for snapshot in snapshots
        for game in range(games)
    ]
    return engine.run(run, tasks, report)


def explain_episode(
    run: Run,
    episode: Commit,
    snapshots: Sequence[SnapshotRef],
    engine: Engine,
    report: Report,
    *,
    method_names: Sequence[str],
    targets: Sequence[str],
) -> list[Commit]:
    """Maps of each snapshot, method and target on the states of one episode.

    Raises:
        InvalidValue: a method or target is unknown; nothing is computed.
    """
    for name in method_names:
        get_method(name)
    for target in targets:
        Target.parse(target)
    tasks = [
        AttributionTask.of(snapshot, episode=episode.task, method=method, target=target)
        for snapshot in snapshots
        for target in targets
        for method in method_names
    ]
    return engine.run(run, tasks, report)


def games_of(run: Run, snapshot: SnapshotRef) -> list[Commit]:
    """The recorded games of one snapshot."""
    return [commit for commit in run.commits("episode") if commit.spec["snapshot"] == snapshot.sha256]


def best_episode(run: Run, step: int | None = None) -> Commit:
    """The recorded game with the highest score, of one snapshot or of all; scripted play does not compete.

    Raises:
        RunError: no game is recorded.
    """
    played = [commit for commit in run.commits("episode") if commit.spec["step"] is not None]
    episodes = [commit for commit in played if step in (None, commit.spec["step"])]
    if not episodes:
        of = "" if step is None else f" of step {step}"
        raise RunError(f"{run}: no game{of} is recorded yet; run: rlxai record {run}")
    return max(episodes, key=lambda commit: (commit.summary["score"], commit.spec["step"], commit.task))


def default_panels(run: Run, episode: Commit) -> list[SnapshotRef]:
    """Two snapshots worth seeing side by side on an episode: one from the middle of training, and its player."""
    snapshots = run.snapshots()
    player = run.snapshot(int(episode.spec["step"]))
    earlier = [snapshot for snapshot in snapshots if snapshot.step < player.step]
    return [earlier[len(earlier) // 2], player] if earlier else [player]


def choose_snapshots(run: Run, steps: Iterable[int]) -> list[SnapshotRef]:
    """The snapshots of the given steps, or all.

    Raises:
        InvalidValue: a step has no snapshot.
        RunError: the run has none at all.
    """
    chosen = [run.snapshot(step) for step in steps] or run.snapshots()
    if not chosen:
        raise RunError(f"{run}: has no snapshots yet")
    return chosen


def copy_series(source: Path, out: Path) -> Run:
    """A new run at `out` with the snapshots of the run at `source`; complete copies are left as they are.

    Raises:
        RunError: `source` is no run, `out` holds another one, or a file cannot be copied.
    """
    original = Run(source)
    run = Run.create(out, {key: value for key, value in original.info.items() if key not in _IDENTITY})
    try:
        make_folder(run.snapshots_folder)
        for snapshot in original.snapshots():
            # Weights first: a snapshot exists once its description does.
            for path in (snapshot.path, snapshot.path.with_suffix(".json")):
                target = run.snapshots_folder / path.name
                if not target.exists():
                    write_atomic(target, path.read_bytes())
    except OSError as error:
        raise RunError(f"{error.filename or out}: cannot be copied ({error.strerror or error})") from None
    return run


_IDENTITY = ("format", "schema", "name")
