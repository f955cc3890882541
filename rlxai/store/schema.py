"""Schema versions: what is stored says which one it is of, older ones are read by the steps that lead to the newest.

Each new version brings one step from the version before it and a stored fixture of its own, which the tests open.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rlxai.errors import RunError

Step = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns a body of one version into one of the next."""


@dataclass(frozen=True)
class Schema:
    """The versions of one kind of file.

    Args:
        newest: the version that is written.
        steps: version -> what leads from it to the next one.
    """

    newest: int
    steps: Mapping[int, Step] = field(default_factory=dict)

    def check(self, body: dict[str, Any], where: object) -> int:
        """The version of a body.

        Raises:
            RunError: it is newer than this rlxai, or none at all.
        """
        version, oldest = body["schema"], min(self.steps, default=self.newest)
        if type(version) is not int or not oldest <= version <= self.newest:
            known = str(self.newest) if oldest == self.newest else f"{oldest} to {self.newest}"
            newer = " of a newer rlxai" if type(version) is int and version > self.newest else ""
            met = str(version)[:20]
            raise RunError(f"{where}: has schema {met}{newer}; this version of rlxai reads schema {known}")
        return version

    def upgrade(self, body: dict[str, Any], where: object) -> dict[str, Any]:
        """The body as the newest version has it.

        Args:
            body: as it was stored, its checksums compared.
            where: file or address, for the sentence.

        Raises:
            RunError: see `check`.
        """
        for version in range(self.check(body, where), self.newest):
            body = {**self.steps[version](body), "schema": version + 1}
        return body
