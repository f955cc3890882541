"""benchmarks/results.md: a page of sections, each written by the benchmark that measured it."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path(__file__).with_name("results.md")
HEAD = "# Results of the benchmarks\n\nWritten by `make bench`; each section says when and on what it was measured.\n"
_MARK = "\n## "


def put(path: Path, title: str, body: str) -> None:
    """Write a section, in the place of an earlier one of this title or at the end."""
    head, *sections = _read(path).split(_MARK)
    written = f"{title}\n\n{body.strip()}\n"
    places = [place for place, section in enumerate(sections) if section.startswith(f"{title}\n")]
    if places:
        sections[places[0]] = written
    else:
        sections.append(written)
    path.write_text(_MARK.join([head, *sections]), encoding="utf-8")


def section(path: Path, title: str) -> str:
    """The body of a section; empty where there is none."""
    _, *sections = _read(path).split(_MARK)
    return next((found.partition("\n")[2].strip() for found in sections if found.startswith(f"{title}\n")), "")


def has(path: Path, title: str) -> bool:
    """Whether the page has a section of this title."""
    return bool(section(path, title))


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else HEAD
