"""Lists of pinned packages: `name==version` a line, as pip reads them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]


def read_pins(path: Path) -> dict[str, str]:
    """Version by canonical name; comments, options, hashes, markers and the names of builds (+cpu) are passed over.

    Raises:
        ValueError: a line names a package without exactly one `==version`, or one in two versions.
    """
    pins: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.partition("#")[0].removesuffix("\\").strip()
        if not words or words.startswith("-"):
            continue
        name, separator, rest = words.partition("==")
        version = re.split(r"[+;\s]", rest.strip())[0]
        if not separator or pins.setdefault(canonicalize_name(name), version) != version:
            raise ValueError(f"{path.name}: {line!r} is no single pin of a package")
    return pins


def project() -> dict[str, Any]:
    """The [project] table of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def requirements(*extras: str) -> list[Requirement]:
    """What the package needs, then what its extras name; an extra that names others of the package brings theirs."""
    told = project()
    found = [Requirement(line) for line in told["dependencies"]]
    waiting = list(extras)
    for extra in waiting:
        for requirement in map(Requirement, told["optional-dependencies"][extra]):
            if requirement.name == told["name"]:
                waiting += sorted(requirement.extras)
            else:
                found.append(requirement)
    return found
