"""What requirements draw in, from the metadata of what is installed in the running environment."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def closure(roots: Iterable[Requirement]) -> dict[str, Distribution]:
    """What is required and all that needs, by canonical name.

    Raises:
        LookupError: something that is needed is not installed.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [one for root in roots for one in _named(root)]
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        name, extra = one
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            raise LookupError(f"{name} is needed, but not installed") from None
        for requirement in map(Requirement, found[name].requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                waiting += _named(requirement)
    return found


def _named(requirement: Requirement) -> list[tuple[str, str]]:
    return [(canonicalize_name(requirement.name), extra) for extra in ("", *requirement.extras)]
