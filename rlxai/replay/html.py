"""One HTML file that holds the player and its data: it opens from a folder or a mail, without a server or network."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl

from rlxai import __version__
from rlxai.errors import InvalidValue, RlxaiError
from rlxai.games import game_objects
from rlxai.replay import page
from rlxai.replay.answers import addresses, answer
from rlxai.replay.chunks import CHUNK
from rlxai.replay.listing import MapSource, ReplayEpisode, replay_episodes
from rlxai.replay.span import span
from rlxai.replay.view import player_input
from rlxai.store import Commit, Run

LIMIT_MB = 64.0
"""Default limit: what a browser opens in a few seconds, and a mail or a repository still takes."""
PANELS = 10
_NUMBER = re.compile(r"/(\d+)$")

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Contents:
    """What a page holds: one game, some of its maps, some of its decisions."""

    run: Run
    episodes: Sequence[ReplayEpisode]
    """All of the run."""
    episode: ReplayEpisode
    """The one shown, with only the maps shown."""
    decisions: range
    masks: bool

    @property
    def paths(self) -> list[str]:
        """Addresses of `answers.answer` that the player may ask for."""
        return list(addresses(self.episode, self.episode.maps, self.decisions, masks=self.masks))


@dataclass(frozen=True)
class PageInfo:
    """What was written."""

    path: Path
    bytes: int
    maps: int
    decisions: int


def contents(
    run: Run,
    episode: Commit,
    attributions: Sequence[Commit] | None,
    *,
    start: int = 0,
    stop: int | None = None,
    masks: bool = True,
) -> Contents:
    """What a page would hold.

    Args:
        run: holds the results.
        episode: the recorded game.
        attributions: maps on the states of that game, in the order of the panels; None: all there are.
        start: first decision.
        stop: decision after the last one; None: the end of the game. Frames and maps come in chunks of 64 decisions,
            timelines whole.
        masks: also the object masks, where the game's objects are known.

    Raises:
        InvalidValue: the range holds no decision, or maps are those of another game.
    """
    episodes, _ = replay_episodes(run)
    shown = next(one for one in episodes if one.task == episode.task)
    decisions = span(shown.decisions, start, stop)
    if attributions is not None:
        by_task = {source.task: source for source in shown.maps}
        if strange := [one.task for one in attributions if one.task not in by_task]:
            raise InvalidValue(f"maps {', '.join(strange)} do not explain the game {episode.task}")
        shown = replace(shown, maps=tuple(by_task[one.task] for one in attributions))
    known = game_objects(run.info["game"]) is not None
    return Contents(run, episodes, shown, decisions, masks and known)


def export_html(
    run: Run,
    episode: Commit,
    attributions: Sequence[Commit] | None,
    path: Path,
    *,
    start: int = 0,
    stop: int | None = None,
    masks: bool = True,
    view: Mapping[str, str] | None = None,
    limit_mb: float = LIMIT_MB,
    progress: Progress | None = None,
) -> PageInfo:
    """Write a game with its maps and the player as one HTML file.

    Args:
        run: see `contents`.
        episode: see `contents`.
        attributions: see `contents`; also the panels the page opens with, unless `view` names others.
        path: ends in .html; appears only when it is complete, and replaces an older file.
        start: see `contents`.
        stop: see `contents`.
        masks: see `contents`.
        view: words of a link, see `parse_view`.
        limit_mb: largest size of the file, in 10^6 bytes.
        progress: called with (chunks written, all chunks).

    Raises:
        InvalidValue: the name or the range is not usable, or the page would be too large.
        RunError: a result is damaged.
        RlxaiError: the file cannot be written.
    """
    check_name(path)
    if not limit_mb > 0:
        raise InvalidValue(f"the limit must be a number of megabytes above 0, met {limit_mb:g}")
    what = contents(run, episode, attributions, start=start, stop=stop, masks=masks)
    head = _head(what, _opening(what, attributions is not None, view or {})).encode()
    part = path.with_name(f".{path.stem}.{os.getpid()}.part.html")
    paths, size = what.paths, 0
    try:
        with part.open("wb") as file:
            size += file.write(head)
            for i, address in enumerate(paths):
                size += file.write(page.chunk(address, answer(run, address)))
                if size > limit_mb * 1e6:
                    raise InvalidValue(_too_large(size * len(paths) / (i + 1), limit_mb))
                if progress:
                    progress(i + 1, len(paths))
            size += file.write(page.tail())
        part.replace(path)
    except OSError as error:
        raise RlxaiError(f"{path} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return PageInfo(path, size, len(what.episode.maps), len(what.decisions))


def check_name(path: Path) -> None:
    """Whether a page can be written there.

    Raises:
        InvalidValue: it cannot, by its name or folder.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InvalidValue(f"{path}: a page is written as .html, met {path.suffix or 'no suffix'!r}")
    if not path.parent.is_dir():
        raise InvalidValue(f"{path}: the folder {path.parent} does not exist")


def estimate_html(what: Contents) -> int:
    """Bytes of the page, about, from one chunk of each kind."""
    kinds: dict[str, list[str]] = {}
    for address in what.paths:
        kinds.setdefault(_NUMBER.sub("", address), []).append(address)
    size = len(_head(what, {}).encode()) + len(page.tail())
    for found in kinds.values():
        middle = found[(len(found) - 1) // 2]
        entries = [_entries(what, address) for address in found]
        share = sum(entries) / _entries(what, middle)
        size += round(len(page.chunk(middle, answer(what.run, middle))) * share)
    return size


def _entries(what: Contents, address: str) -> int:
    """Decisions that a chunk covers, the last one fewer; a timeline is one piece."""
    number = _NUMBER.search(address)
    return max(1, min(CHUNK, what.episode.decisions - CHUNK * int(number[1]))) if number else 1


def parse_view(text: str) -> dict[str, str]:
    """Words of a link of the dashboard, "t=12&scale=shared" or a whole address; what names run and episode is left."""
    _, found, after = text.rpartition("?")
    words = dict(parse_qsl((after if found else text).lstrip("#")))
    return {name: value for name, value in words.items() if name not in ("run", "episode")}


def _opening(what: Contents, panels: bool, view: Mapping[str, str]) -> dict[str, str]:
    """Where the page opens: at the first decision, looping over a range that is not the whole game."""
    shown, decisions = what.episode.maps[:PANELS], what.decisions
    opening = {"t": str(decisions.start)}
    if len(decisions) < what.episode.decisions:
        opening["zoom"] = opening["loop"] = f"{decisions.start}-{decisions.stop - 1}"
    if panels and shown:
        opening["p"] = ";".join(f"{one.step},{one.method},{one.target}" for one in shown)
    return opening | dict(view)


def _head(what: Contents, opening: Mapping[str, str]) -> str:
    episode = what.episode
    data = player_input(what.run, what.episodes, episode, select=opening, own_play=False)
    data["range"] = [what.decisions.start, what.decisions.stop - 1]
    told = f"{episode.player} plays, seed {episode.seed}: {episode.score:g} points, {episode.decisions:,} decisions"
    return page.head(f"{what.run.info['game']} · {what.run.name}", told, _footer(what), data)


def _footer(what: Contents) -> str:
    shown = "the whole game"
    if len(what.decisions) < what.episode.decisions:
        shown = f"decisions {what.decisions.start:,} to {what.decisions.stop - 1:,}"
    return (
        f"This page holds {shown} under {_named(what.episode.maps)}. All panels see the states of this one game. "
        f"Made with rlxai {__version__}; it asks nothing of the network."
    )


def _named(maps: Iterable[MapSource]) -> str:
    methods = sorted({source.method for source in maps})
    return ", ".join(methods) if methods else "no maps"


def _too_large(size: float, limit_mb: float) -> str:
    return (
        f"the page would have about {size / 1e6:.0f} MB and may have {limit_mb:g}: choose a shorter range, fewer maps, "
        "or a higher limit"
    )
