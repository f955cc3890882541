"""The tables of docs/attribution/*.md, filled in from benchmarks/results.md so that the two never differ.

python -m benchmarks.pages
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks import attribution, sanity
from benchmarks.gallery import PAGES
from benchmarks.pictures import families
from benchmarks.report import table
from benchmarks.results import RESULTS, section

DOCS = RESULTS.parent.parent / "docs" / "attribution"
HEADER = ("method", "forwards", "peers' forwards", *sanity.HEADER[1:])
PLACE = re.compile(r"(<!-- measured -->\n).*?(<!-- end -->)", re.DOTALL)


def cells(page: Path, title: str) -> dict[str, list[str]]:
    """Lines of a section's table by their first cell."""
    lines = [line for line in section(page, title).splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {line[0]: line[1:] for line in found}


def measured(names: list[str], results: Path = RESULTS) -> str:
    """Cost and sanity of some methods, "-" for what is not in the results."""
    cost, owed = cells(results, attribution.METHODS), cells(results, sanity.TITLE)
    blank = ["-"] * (len(HEADER) - 3)
    return table(HEADER, ((name, *_costs(cost.get(name)), *owed.get(name, blank)) for name in names))


def fill(page: Path, names: list[str], results: Path = RESULTS) -> None:
    """Put the table of the page's methods into its place."""
    text = page.read_text(encoding="utf-8")
    page.write_text(
        PLACE.sub(lambda found: f"{found[1]}{measured(names, results)}\n{found[2]}", text), encoding="utf-8"
    )


def _costs(line: list[str] | None) -> tuple[str, str]:
    return (line[0], line[2]) if line else ("-", "-")


if __name__ == "__main__":
    for family, methods in families().items():
        fill(DOCS / f"{PAGES[family]}.md", [method.name for method in methods])
