"""What the player asks for, as bytes: the same for the dashboard's routes and for a page that carries its data."""

from __future__ import annotations

import gzip
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pyarrow.parquet as pq

from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue
from rlxai.replay.bands import control_bands
from rlxai.replay.chunks import CHUNK, frames_chunk, maps_chunk
from rlxai.replay.clustered import clusters_of
from rlxai.replay.listing import MapSource, ReplayEpisode, state
from rlxai.replay.masks import masks_chunk
from rlxai.replay.registry import NAME
from rlxai.replay.timeline import attribution_timeline, episode_timeline
from rlxai.store import Commit, Run, open_maps

_OPEN = 32
_ADDRESS = re.compile(rf"(?P<kind>[a-z]+)/(?P<task>{NAME.pattern})/(?P<what>[a-z]+)(?:/(?P<k>[0-9]{{1,9}}))?", re.ASCII)


def answer(run: Run, path: str) -> bytes:
    """Gzip of what one address of a run holds.

    episode/{task}/frames/{k}       uint8 (n, skip, H, W), see `frames_chunk`
    episode/{task}/masks/{k}        uint16 (n, size, size), see `masks_chunk`
    episode/{task}/timeline         see `Timeline.pack`
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
    kind, task, what = match["kind"], match["task"], match["what"]
    thing = _opened.get((run.path.resolve(), kind, task, what), lambda: _open(run, kind, task, what))
    return read(thing, int(match["k"] or 0))


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
    # Entry t + 1 holds the frames after decision t.
    for k in range(shown.start // CHUNK, shown.stop // CHUNK + 1):
        yield f"episode/{episode.task}/frames/{k}"
    for k in chunks if masks else ():
        yield f"episode/{episode.task}/masks/{k}"
    for source in maps:
        yield f"attribution/{source.task}/timeline"
        for k in chunks:
            yield f"attribution/{source.task}/maps/{k}"


class _Recent:
    """The last few opened things; opening costs a file listing and a hash check, reading a chunk does not."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[tuple[Path, str, str, str], Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[Path, str, str, str], open_: Callable[[], Any]) -> Any:
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        item = open_()
        with self._lock:
            self._items[key] = item
            while len(self._items) > self._size:
                self._items.popitem(last=False)
        return item


def _open(run: Run, kind: str, task: str, what: str) -> Any:
    for record in run.records(kind):
        if record.stem == task:
            commit = run.read(record)
            return _OPENERS[kind, what](run, commit)
    raise InvalidValue(f"run {run.name} has no such {kind}")


def _episode_timeline(_run: Run, commit: Commit) -> bytes:
    return gzip.compress(episode_timeline(load_episode(commit.folder)).pack(), 1, mtime=0)


def _attribution_timeline(run: Run, commit: Commit) -> bytes:
    table = pq.read_table(commit.folder / "steps.parquet")
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    clusters = clusters_of(run, commit, len(columns["decision"]))
    timeline = attribution_timeline(columns, commit.summary, control_bands(run, commit), clusters)
    return gzip.compress(timeline.pack(), 1, mtime=0)


# What is opened once and kept, and what is read of it for each request.
_OPENERS: dict[tuple[str, str], Callable[[Run, Commit], Any]] = {
    ("episode", "frames"): lambda _, commit: load_episode(commit.folder),
    ("episode", "masks"): lambda _, commit: load_episode(commit.folder),
    ("episode", "timeline"): _episode_timeline,
    ("attribution", "maps"): lambda _, commit: open_maps(commit.folder),
    ("attribution", "timeline"): lambda run, commit: (run, commit),
}
_READERS: dict[tuple[str, str, bool], Callable[[Any, int], bytes]] = {
    ("episode", "frames", True): lambda episode, k: frames_chunk(episode.screens, k),
    ("episode", "masks", True): masks_chunk,
    ("episode", "timeline", False): lambda packed, _: packed,
    ("attribution", "maps", True): maps_chunk,
    ("attribution", "timeline", False): lambda opened, _: _attribution_timeline(*opened),
}
_opened = _Recent(_OPEN)
