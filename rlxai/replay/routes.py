"""HTTP routes that serve episodes and maps to the player, beside Streamlit and in the same process.

Only the given runs can be reached, by name; nothing of an address is ever used as a path before it has been found in
the run's own listing. A missing thing is a 404 and a damaged one a 500, each with one sentence that the player shows.
"""

from __future__ import annotations

import gzip
import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import pyarrow.parquet as pq
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rlxai.episodes import load_episode
from rlxai.errors import InvalidValue, RunError
from rlxai.replay.chunks import frames_chunk, maps_chunk
from rlxai.replay.registry import NAME
from rlxai.replay.timeline import attribution_timeline, episode_timeline
from rlxai.store import Commit, Run, open_maps

PREFIX = "/rlxai"
_HEADERS = {
    "Content-Encoding": "gzip",
    # A task's name is the hash of its inputs, so what is behind an address never changes.
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
_OPEN = 32

Reader = Callable[[Any, Request], bytes]
Opener = Callable[[Commit], Any]

_log = logging.getLogger(__name__)


class _NotFound(Exception):
    pass


def routes(runs: Mapping[str, Run]) -> list[Route]:
    """Routes for the given runs; see the module for what they answer.

    GET /rlxai/{run}/episode/{task}/frames/{k}      gzip uint8 (n, skip, H, W), see `frames_chunk`
    GET /rlxai/{run}/episode/{task}/timeline        see `Timeline.pack`
    GET /rlxai/{run}/attribution/{task}/maps/{k}    gzip float32 (n,) + int8 (n, H, W), see `maps_chunk`
    GET /rlxai/{run}/attribution/{task}/timeline
    """
    return [
        _route(runs, "episode", "frames/{k}", _episode, lambda it, request: frames_chunk(it.screens, _chunk(request))),
        _route(runs, "episode", "timeline", _episode, lambda it, _: gzip.compress(episode_timeline(it).pack(), 1)),
        _route(runs, "attribution", "maps/{k}", _maps, lambda it, request: maps_chunk(it, _chunk(request))),
        _route(runs, "attribution", "timeline", lambda commit: commit, lambda it, _: _attribution_timeline(it)),
    ]


def _route(runs: Mapping[str, Run], kind: str, what: str, open_: Opener, read: Reader) -> Route:
    opened = _Recent(_OPEN)

    # Not async: Starlette runs it in a worker thread, so reading never stalls the dashboard's event loop.
    def endpoint(request: Request) -> Response:
        name, task = request.path_params["run"], request.path_params["task"]
        try:
            run, record = _find(runs, name, kind, task)
            thing = opened.get((name, task), lambda: open_(run.read(record)))
            return Response(read(thing, request), media_type="application/octet-stream", headers=_HEADERS)
        except (_NotFound, InvalidValue) as error:
            return _sentence(str(error), 404)
        except RunError as error:
            return _sentence(str(error), 500)
        except Exception as error:
            # Whatever a damaged file makes a decoder raise: the player must get a sentence, and live on.
            _log.exception("cannot serve %s", request.url.path)
            return _sentence(f"{kind} {task} of run {name} cannot be read ({type(error).__name__})", 500)

    return Route(f"{PREFIX}/{{run}}/{kind}/{{task}}/{what}", endpoint, methods=["GET"])


class _Recent:
    """The last few opened things; opening costs a file listing and a hash check, reading a chunk does not."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._items: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, str], open_: Callable[[], Any]) -> Any:
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


def _find(runs: Mapping[str, Run], name: str, kind: str, task: str) -> tuple[Run, Any]:
    run = runs.get(name)
    if run is None:
        raise _NotFound("no such run is open in this dashboard")
    if NAME.fullmatch(task):
        for record in run.records(kind):
            if record.stem == task:
                return run, record
    raise _NotFound(f"run {name} has no such {kind}")


def _chunk(request: Request) -> int:
    text = request.path_params["k"]
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise _NotFound("a chunk is named by its number")
    return int(text)


def _episode(commit: Commit) -> Any:
    return load_episode(commit.folder)


def _maps(commit: Commit) -> Any:
    return open_maps(commit.folder)


def _attribution_timeline(commit: Commit) -> bytes:
    table = pq.read_table(commit.folder / "steps.parquet")
    columns = {name: table.column(name).to_numpy() for name in table.column_names}
    return gzip.compress(attribution_timeline(columns, commit.summary).pack(), 1)


def _sentence(text: str, status: int) -> Response:
    return PlainTextResponse(text, status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
