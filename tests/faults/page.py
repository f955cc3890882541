"""The page of all campaigns' rows; a campaign that is run again replaces its own row and keeps the others'."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rlxai import __version__
from rlxai.files import write_atomic
from tests.faults.tally import table


def update(file: Path, rows: Iterable[Any], seed: int, share: float) -> None:
    """Put rows into a page, made if it is not there; one of another seed, size or version starts anew."""
    head, lines, notes = _head(seed, share), dict[str, str](), dict[str, str]()
    if file.exists() and (old := file.read_text(encoding="utf-8")).startswith(head):
        lines = {found[1]: found[0] for found in re.finditer(r"^\| (.+?) \| [\d,]+ \|.*$", old, re.MULTILINE)}
        notes = {
            name: line
            for line in re.findall(r"^- .+$", old, re.MULTILINE)
            for name in lines
            if line.startswith(f"- {name}: ")
        }
    for row in rows:
        *_, lines[row.campaign] = table([row]).splitlines()
        notes.pop(row.campaign, None)
        if getattr(row, "notes", None):
            met = ", ".join(f"{number:,} {what}" for what, number in row.notes.items())
            notes[row.campaign] = f"- {row.campaign}: {met}"
    title, rule = table([]).splitlines()
    told = ["What the tries met:", "", *(notes[name] for name in lines if name in notes), ""] if notes else []
    write_atomic(file, "\n".join([head, title, rule, *lines.values(), "", *told]).encode())


def _head(seed: int, share: float) -> str:
    size = "full size" if share == 1 else f"{share:.0%} of the full size"
    return "\n".join([
        "# Faults", "",
        f"Written by `python -m tests.faults`: rlxai {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}, seed {seed}, {size}.", "",
        "Lost: a finished result is gone, or cannot be made again. Wrong: somebody read what an unbroken run does not "
        "hold. Unclear: an error that is not one sentence. Times are of a machine that does other things too; rows may "
        "come from several calls.", "",
    ])  # fmt: skip
