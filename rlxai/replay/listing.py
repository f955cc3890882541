"""What of a run can be replayed: its episodes, and the maps that explain them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from rlxai.replay.badges import KIND, UNTESTED, Key, MapBadge, badge_of, badges
from rlxai.replay.scale import episode_scale
from rlxai.store import Commit, Run, scores
from rlxai.store.readable import read_each


@dataclass(frozen=True)
class MapSource:
    """One attribution of an episode: which snapshot, method and target, and the scale of its maps."""

    task: str
    step: int
    method: str
    target: str
    signed: bool
    scale: float
    """Of full colour: see `rlxai.replay.scale.episode_scale`."""
    badge: str = UNTESTED.word
    """What the tests of this kind of map say, see `rlxai.replay.badges`."""
    why: str = UNTESTED.why


@dataclass(frozen=True)
class ReplayEpisode:
    """One episode and all maps that explain it, by step, method and target."""

    task: str
    step: int | None
    """Snapshot that played; None for a scripted player."""
    seed: int
    score: float
    decisions: int
    end: str
    maps: tuple[MapSource, ...]

    @property
    def player(self) -> str:
        """Who played, in words."""
        return "a scripted player" if self.step is None else f"step {self.step:,}"

    @property
    def steps(self) -> tuple[int, ...]:
        """Snapshots that explain this episode."""
        return tuple(sorted({source.step for source in self.maps}))

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods with maps of this episode, in alphabetical order."""
        return tuple(sorted({source.method for source in self.maps}))

    @property
    def targets(self) -> tuple[str, ...]:
        """Targets with maps of this episode, in alphabetical order."""
        return tuple(sorted({source.target for source in self.maps}))


def replay_episodes(run: Run) -> tuple[list[ReplayEpisode], list[str]]:
    """The episodes of a run, those with most snapshots explained first, and one sentence per damaged commit."""
    problems: list[str] = []
    maps: dict[str, list[MapSource]] = {}
    earned = badges(run)
    for commit in read_each(run, run.records("attribution"), problems):
        with _described(commit, problems):
            maps.setdefault(str(commit.spec["episode"]), []).append(_source(commit, earned))
    found: list[ReplayEpisode] = []
    for commit in read_each(run, run.records("episode"), problems):
        with _described(commit, problems):
            explained = sorted(maps.get(commit.task, []), key=lambda m: (m.step, m.method, m.target))
            found.append(_episode(commit, explained))
    return sorted(found, key=lambda e: (-len(e.steps), -len(e.maps), -e.score, e.task)), problems


def own_episodes(episodes: Iterable[ReplayEpisode], shown: ReplayEpisode) -> dict[int, ReplayEpisode]:
    """The game that each snapshot played itself, by step: most maps first, then the seed of the episode shown.

    Args:
        episodes: in the order of `replay_episodes`.
        shown: the episode that is on the screen; where its player is a snapshot, it is that snapshot's own.
    """
    ranked = sorted(episodes, key=lambda e: (e.task != shown.task, -len(e.maps), e.seed != shown.seed))
    own: dict[int, ReplayEpisode] = {}
    for episode in ranked:
        if episode.step is not None:
            own.setdefault(episode.step, episode)
    return dict(sorted(own.items()))


def snapshot_labels(run: Run) -> dict[int, str]:
    """Step -> "step 100,000 · mean score 22.4", without the score where the snapshot was not evaluated."""
    means = scores(run).mean
    return {
        snapshot.step: f"step {snapshot.step:,}"
        + (f" · mean score {means[snapshot.step]:.1f}" if snapshot.step in means else "")
        for snapshot in run.snapshots()
    }


def state(run: Run) -> str:
    """A text that changes when the run has more snapshots, episodes, maps or badges; cheap, since nothing is read."""
    counts = [len(run.descriptions()), *(len(run.records(kind)) for kind in ("episode", "attribution", KIND))]
    return "-".join(map(str, counts))


@contextmanager
def _described(commit: Commit, problems: list[str]) -> Iterator[None]:
    """Pass over a result whose record holds other words than this version writes: anybody can sign one."""
    try:
        yield
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        problems.append(f"{commit.folder}: is not described as results are ({type(error).__name__})")


def _source(commit: Commit, earned: Mapping[Key, MapBadge]) -> MapSource:
    spec, summary = commit.spec, commit.summary
    badge = badge_of(spec, earned)
    return MapSource(
        task=commit.task,
        step=int(spec["step"]),
        method=str(spec["method"]),
        target=str(spec["target"]),
        signed=bool(summary["signed"]),
        scale=episode_scale(float(summary["p999"]), float(summary["max"])),
        badge=badge.word,
        why=badge.why,
    )


def _episode(commit: Commit, maps: list[MapSource]) -> ReplayEpisode:
    spec, summary = commit.spec, commit.summary
    step: Any = spec.get("step")
    return ReplayEpisode(
        task=commit.task,
        step=None if step is None else int(step),
        seed=int(spec.get("seed", 0)),
        score=float(summary["score"]),
        decisions=int(summary["decisions"]),
        end=str(summary["end"]),
        maps=tuple(maps),
    )
