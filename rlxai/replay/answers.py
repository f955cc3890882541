"""What the player asks for, as bytes: the same for the dashboard's routes and for a page that carries its data."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any

from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RlxaiError
from rlxai.replay.bands import control_bands
from rlxai.replay.chunks import CHUNK, frames_chunk, maps_chunk
from rlxai.replay.clustered import clusters_of
from rlxai.replay.listing import MapSource, ReplayEpisode, state
from rlxai.replay.masks import masks_chunk
from rlxai.replay.recent import Recent
from rlxai.replay.registry import NAME
from rlxai.replay.timeline import Timeline, attribution_timeline, episode_timeline, played_timeline
from rlxai.store import Commit, Run, open_maps
from rlxai.store.readable import read_columns

_OPEN = 32
"""Results kept open: opening costs a file listing and a hash check, reading a chunk does not."""
_PACKED = 48_000_000
"""Bytes of answers kept: what a page was begun for is asked for by the player a moment later, and by other pages."""
_ADDRESS = re.compile(rf"(?P<kind>[a-z]+)/(?P<task>{NAME.pattern})/(?P<what>[a-z]+)(?:/(?P<k>[0-9]{{1,9}}))?", re.ASCII)


def answer(run: Run, path: str) -> bytes:
    """Gzip of what one address of a run holds.

    episode/{task}/frames/{k}       uint8 (n, skip, H, W), see `frames_chunk`
    episode/{task}/masks/{k}        uint16 (n, size, size), see `masks_chunk`
    episode/{task}/timeline         see `Timeline.pack`
    episode/{task}/played           likewise: what RAM says beyond it, see `played_timeline`
    attribution/{task}/maps/{k}     float32 (n,) + int8 (n, H, W), see `maps_chunk`
    attribution/{task}/timeline
    state                           text that changes when the run has more to show, see `listing.state`

    Nothing of the address is used as a path before it has been found in the run's own listing.

    Raises:
        InvalidValue: the run has nothing under this address.
        RunError: what is there is damaged.
    """
    if path == "state":
        return gzip.compress(state(run).encode(), mtime=0)
    match = _ADDRESS.fullmatch(path)
    read = _READERS.get((match["kind"], match["what"], match["k"] is not None)) if match else None
    if match is None or read is None:
        raise InvalidValue("there is no such address")
    place, kind, task, k = run.path.resolve(), match["kind"], match["task"], int(match["k"] or 0)

    def made() -> bytes:
        return read(_opened.get((place, kind, task), lambda: _OPENERS[kind](run, _commit(run, kind, task))), k)

    return _packed.get((place, path), made) if lasting(path) else made()


def begin(run: Run, paths: Iterable[str]) -> None:
    """Make answers that will soon be asked for; what is damaged says so when it is."""
    for path in paths:
        with suppress(RlxaiError, OSError, ValueError):
            answer(run, path)


def lasting(path: str) -> bool:
    """Whether an address always answers the same.

    A task is named by the hash of its inputs. Only the state of the run changes, and the timeline of an attribution,
    which also says what later results know about its decisions.
    """
    return path != "state" and not (path.startswith("attribution/") and path.endswith("/timeline"))


def addresses(
    episode: ReplayEpisode, maps: Iterable[MapSource], decisions: range | None = None, *, masks: bool = True
) -> Iterator[str]:
    """Every address a player asks for that shows these maps over this episode.

    Args:
        episode: what is played.
        maps: those of its maps that can be chosen.
        decisions: only the chunks of these decisions (contiguous); None means all.
        masks: also the object masks.
    """
    shown = range(episode.decisions) if decisions is None else decisions
    chunks = range(shown.start // CHUNK, (shown.stop - 1) // CHUNK + 1)
    yield f"episode/{episode.task}/timeline"
    yield f"episode/{episode.task}/played"
    # Entry t + 1 holds the frames after decision t.
    for k in range(shown.start // CHUNK, shown.stop // CHUNK + 1):
        yield f"episode/{episode.task}/frames/{k}"
    for k in chunks if masks else ():
        yield f"episode/{episode.task}/masks/{k}"
    for source in maps:
        yield f"attribution/{source.task}/timeline"
        for k in chunks:
            yield f"attribution/{source.task}/maps/{k}"


def _commit(run: Run, kind: str, task: str) -> Commit:
    for record in run.records(kind):
        if record.stem == task:
            return run.read(record)
    raise InvalidValue(f"run {run.name} has no such {kind}")


def _attribution_timeline(opened: _Explained) -> Timeline:
    run, commit, maps = opened
    columns = read_columns(commit, "steps.parquet", len(maps))
    clusters = clusters_of(run, commit, len(maps))
    return attribution_timeline(columns, commit.summary, control_bands(run, commit), clusters)


def _packed_timeline(timeline: Timeline) -> bytes:
    return gzip.compress(timeline.pack(), 1, mtime=0)


# What is opened once and kept, and what is read of it for each request.
_Explained = tuple[Run, Commit, Any]
_OPENERS: dict[str, Callable[[Run, Commit], Any]] = {
    "episode": lambda _, commit: load_episode(commit.folder),
    "attribution": lambda run, commit: (run, commit, open_maps(commit.folder)),
}
_READERS: dict[tuple[str, str, bool], Callable[[Any, int], bytes]] = {
    ("episode", "frames", True): lambda episode, k: frames_chunk(episode.screens, k),
    ("episode", "masks", True): masks_chunk,
    ("episode", "timeline", False): lambda episode, _: _packed_timeline(episode_timeline(episode)),
    ("episode", "played", False): lambda episode, _: _packed_timeline(played_timeline(episode)),
    ("attribution", "maps", True): lambda opened, k: maps_chunk(opened[2], k),
    ("attribution", "timeline", False): lambda opened, _: _packed_timeline(_attribution_timeline(opened)),
}
_opened: Recent[Any] = Recent(_OPEN)
_packed: Recent[bytes] = Recent(_PACKED, len)
