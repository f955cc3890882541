"""What the Export page asks for: panels, range and format, and the command that makes it. Pure, without Streamlit."""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from rlxai.replay.codecs import CODECS, missing, writable
from rlxai.replay.export import SCALES, Look
from rlxai.replay.grid import PANELS
from rlxai.replay.listing import MapSource, ReplayEpisode
from rlxai.trust.words import signed

HTML = "html"
FORMATS = {
    **{name: f"{CODECS[name].title} ({CODECS[name].suffixes[0]})" for name in ("h264", "av1", "vp9", "webp", "gif")},
    HTML: "HTML page with the player",
}
"""Format -> what it is called."""
_KEPT = ("query", "cmap", "scale", "opacity", "threshold", "dim", "smooth", "marks")
"""Words of a view that a page keeps: those of its look, not of its place."""
_VIEW = ("p", "t", "loop", "zoom", *_KEPT)


@dataclass(frozen=True)
class Request:
    """One export."""

    run: str
    """Its address."""
    episode: str
    panels: tuple[MapSource, ...]
    start: int
    stop: int
    format: str
    look: Look
    masks: bool = True
    view: Mapping[str, str] | None = None

    @property
    def suffix(self) -> str:
        """Of the file, as far as this installation can write it."""
        return ".html" if self.format == HTML else writable(CODECS[self.format]).suffixes[0]

    @property
    def note(self) -> str:
        """One sentence where another format will be written, else empty."""
        return "" if self.format == HTML else missing(CODECS[self.format])

    @property
    def _asked(self) -> str:
        return ".html" if self.format == HTML else CODECS[self.format].suffixes[0]

    @property
    def name(self) -> str:
        """File name: run, panels and range, in letters that any system takes."""
        steps = "-".join(dict.fromkeys(str(panel.step) for panel in self.panels))
        text = f"{Path(self.run).name}-{steps}-{self.start}-{self.stop}"
        return re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-.")[:100]

    def words(self, out: Path) -> list[str]:
        """Verb and arguments of the command line that write it to `out`."""
        verb = "replay" if self.format == HTML else "video"
        words = [verb, self.run, "--on", self.episode]
        for panel in self.panels:
            words += ["--panel", f"{panel.step},{panel.method},{panel.target}"]
        words += ["--from", str(self.start), "--to", str(self.stop)]
        return [*words, *(self._page() if self.format == HTML else self._video()), "--out", str(out)]

    @property
    def shown(self) -> list[str]:
        """The same command as a person would type it, with the file in the folder at hand."""
        return self.words(Path(f"{self.name}{self._asked}"))

    def place(self) -> Path:
        """Where the dashboard has it written: another request is another file."""
        key = hashlib.sha256("\0".join(self.shown).encode()).hexdigest()[:16]
        folder = _folder() / key
        folder.mkdir(exist_ok=True)
        return folder / f"{self.name}{self.suffix}"

    def job(self) -> list[str]:
        """The command that the dashboard runs."""
        return self.words(self.place().with_suffix(self._asked))

    def _page(self) -> list[str]:
        kept = {name: text for name, text in (self.view or {}).items() if name in _KEPT}
        view = ["--view", urlencode(kept)] if kept else []
        return [*view, *([] if self.masks else ["--no-masks"])]

    def _video(self) -> list[str]:
        usual, look = Look(), self.look
        words = [] if self._asked != ".mp4" or self.format == "h264" else ["--codec", self.format]
        for name in ("columns", "zoom", "speed", "scale", "colours"):
            if getattr(look, name) != getattr(usual, name):
                words += [f"--{name}", f"{getattr(look, name)}"]
        return words


def wanted(address: Mapping[str, str], last: Mapping[str, str], run: str) -> dict[str, str]:
    """The view to start from: that of the address, else the last one in Replay if it was of this run."""
    if any(word in address for word in _VIEW) or address.get("episode"):
        return dict(address)
    return dict(last) if last.get("run") == run else {}


def panels(episode: ReplayEpisode, view: Mapping[str, str]) -> list[MapSource]:
    """The panels of a view that have maps of this episode; without any, its first and last snapshot by one method."""
    by_words = {(str(one.step), one.method, one.target): one for one in episode.maps}
    parts = [tuple(part.split(",")) for part in view.get("p", "").split(";")]
    found = [by_words[part] for part in parts if part in by_words][:PANELS]
    if found or not episode.maps:
        return list(dict.fromkeys(found))
    usual = ("lrp-epsilon-plus-flat", "advantage")
    first = max(episode.maps, key=lambda one: (one.method == usual[0]) + (one.target == usual[1]))
    alike = [one for one in episode.maps if (one.method, one.target) == (first.method, first.target)]
    return alike if len(alike) < 3 else [alike[0], alike[-1]]


def decisions(episode: ReplayEpisode, view: Mapping[str, str]) -> tuple[int, int]:
    """First and last decision: what the view loops over, else what it is zoomed to, else the whole game."""
    for word in ("loop", "zoom"):
        found = re.fullmatch(r"(\d{1,9})-(\d{1,9})", view.get(word, ""))
        if found and int(found[1]) <= int(found[2]) < episode.decisions:
            return int(found[1]), int(found[2])
    return 0, episode.decisions - 1


def decision(view: Mapping[str, str], first: int, last: int) -> int:
    """The decision of a view where it lies in the range, else the first."""
    text = view.get("t", "")
    return int(text) if re.fullmatch(r"\d{1,9}", text) and first <= int(text) <= last else first


def scale(view: Mapping[str, str]) -> str:
    """The scale of a view."""
    return view["scale"] if view.get("scale") in SCALES else SCALES[0]


def game_title(episode: ReplayEpisode) -> str:
    """A game in words."""
    return f"of {episode.player}, {episode.score:g} points, {episode.decisions:,} decisions"


def title(panel: MapSource) -> str:
    """A panel in words."""
    return f"step {panel.step:,} · {panel.method} · {panel.target} · {signed(panel.badge)}"


def megabytes(size: float) -> str:
    """A size as people read it: 850 kB, 3.7 MB."""
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} kB"


def duration(seconds: float) -> str:
    """A time in rough words."""
    if seconds < 1:
        return "1 s"
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


@cache
def _folder() -> Path:
    """For as long as the dashboard runs."""
    folder = Path(tempfile.mkdtemp(prefix="rlxai-export-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
