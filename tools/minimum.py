"""Write the pins of `make test-minimum`: every requirement of the package and of its extras at its lower bound.

python -m tools.minimum
"""

from __future__ import annotations

from packaging.requirements import Requirement

from tools.pins import ROOT, requirements

PINS = ROOT / "constraints-minimum.txt"
EXTRAS = ("all",)
_HEAD = "# Written by `make minimum` from the lower bounds in pyproject.toml; tested by `make test-minimum`.\n"


def pin(requirement: Requirement) -> str:
    """The requirement at its lower bound.

    Raises:
        ValueError: it names no lower bound, or more than that.
    """
    bounds = list(requirement.specifier)
    if [bound.operator for bound in bounds] != [">="]:
        raise ValueError(f"{requirement} should name a lower bound alone: a library leaves upper ones to its users")
    return f"{requirement.name}=={bounds[0].version}"


def text() -> str:
    """Content of the file of pins."""
    return _HEAD + "".join(f"{pin(requirement)}\n" for requirement in requirements(*EXTRAS))


if __name__ == "__main__":
    PINS.write_text(text(), encoding="utf-8")
