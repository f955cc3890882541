"""Claims: a hypothesis about a strategy and the evidence that would support or refute it, as data.

A claim is a YAML file:

    name: tracks-ball
    hypothesis: The paddle follows the ball.
    evidence:
      - figure: behaviour/tracking     # as in the table of curves
        states: own                    # common or own
        at: best                       # which snapshot: last, best, after-emergence, or a training step
        is: above                      # above, below or differs
        than: 0.5                      # a number, control:random, control:shifted, control:shuffled, figure-at-step-0
        margin: 0.1                    # beyond it by so much; or factor: 2, by so many times

How a claim is judged is told in `rlxai.strategy.claims.verdict`.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from rlxai.checks import choice, either, parse, real, sections, text, whole
from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks.reading import naming
from rlxai.networks.yaml_file import read_mapping

FOLDER = Path(__file__).parent / "built_in"
CONTROLS = ("random", "shifted", "shuffled")
_LARGE = 1e12
_FIGURE = re.compile(r"[a-z][a-z0-9-]{0,39}/[A-Za-z0-9][A-Za-z0-9 +:._-]{0,79}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def _figure(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _FIGURE.fullmatch(value):
        raise InvalidValue(
            f"{name} must be the name of a curve such as lift/visible-ball or behaviour/tracking, met {value!r:.80}"
        )
    return value


def _slug(name: str, value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise InvalidValue(f"{name} must be lower-case letters, digits and '-', at most 60, met {value!r:.80}")
    return value


At = Annotated[
    str | int,
    either(
        choice("last", "best", "after-emergence"), whole(0, 10**12),
        allowed="last, best, after-emergence or a training step",
    ),
]  # fmt: skip
_THAN = ("figure-at-step-0", *(f"control:{control}" for control in CONTROLS))


@dataclass(frozen=True)
class Evidence:
    """One figure, and where its interval has to be for the claim to hold."""

    figure: Annotated[str, _figure]
    states: Annotated[Literal["common", "own"], choice("common", "own")]
    is_: Annotated[Literal["above", "below", "differs"], choice("above", "below", "differs")]
    than: Annotated[
        str | float, either(real(-_LARGE, _LARGE), choice(*_THAN), allowed=f"a number or one of {', '.join(_THAN)}")
    ]
    at: At = "best"
    margin: Annotated[float, real(0, _LARGE)] = 0.0
    """How far beyond the threshold counts."""
    factor: Annotated[float, real(1, _LARGE)] = 1.0
    """How many times the threshold counts."""


@dataclass(frozen=True)
class Claim:
    """A hypothesis, and all evidence that it needs."""

    name: Annotated[str, _slug]
    hypothesis: Annotated[str, text(500)]
    evidence: Annotated[tuple[Evidence, ...], sections(Evidence, 20)]

    def to_dict(self) -> dict[str, Any]:
        """Plain values, as `from_dict` reads them."""
        plain = dataclasses.asdict(self)
        evidence = [{key.rstrip("_"): value for key, value in one.items()} for one in plain["evidence"]]
        return {**plain, "evidence": evidence}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Claim:
        """A claim from plain values.

        Raises:
            InvalidValue: a key is unknown or missing, or a value is not allowed.
        """
        claim = parse(cls, values)
        for index, one in enumerate(claim.evidence, start=1):
            if one.margin and one.factor != 1:
                raise InvalidValue(f"evidence[{index}] has a margin and a factor; give one of them")
            if one.is_ == "differs" and one.factor != 1:
                raise InvalidValue(f"evidence[{index}]: what differs does so by a margin, not by a factor")
            if one.factor != 1 and isinstance(one.than, float) and one.than <= 0:
                raise InvalidValue(f"evidence[{index}]: a factor needs a threshold above 0, met {one.than:g}")
        return claim


def read_claim(path: Path) -> Claim:
    """A claim from a YAML file.

    Raises:
        FileRefused: the file is missing, oversized, not YAML's safe subset, or not a claim; the sentence says which.
    """
    values = read_mapping(path)
    with naming(path):
        return Claim.from_dict(values)


def builtin_claims() -> list[Claim]:
    """The claims that come with rlxai, by file name."""
    return [read_claim(path) for path in sorted(FOLDER.glob("*.yaml"))]


def find_claim(name: str | Path) -> Claim:
    """A built-in claim by name, or any by the path of its file.

    Raises:
        InvalidValue: there is neither.
        FileRefused: the file is not a claim.
    """
    for claim in builtin_claims():
        if claim.name == str(name):
            return claim
    if not Path(name).suffix:
        known = ", ".join(claim.name for claim in builtin_claims())
        raise InvalidValue(f"no claim is called {str(name)!r}; built-in: {known}; or give the path of a YAML file")
    return read_claim(Path(name))


def collect_claims(files: Iterable[Path]) -> list[Claim]:
    """The built-in claims and those of files.

    Raises:
        FileRefused: a file is not a claim, or its name is taken.
    """
    claims = {claim.name: claim for claim in builtin_claims()}
    for path in files:
        claim = read_claim(path)
        if claim.name in claims:
            raise FileRefused(f"{path}: a claim with the name {claim.name!r} is there already; choose another")
        claims[claim.name] = claim
    return list(claims.values())
