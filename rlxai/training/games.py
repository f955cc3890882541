"""A game under way in a training: what it takes to play it again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from rlxai.games.ale import MAX_SEED


@dataclass
class Game:
    """One environment's game, from its reset on."""

    number: int
    """How many games this environment played before."""
    score: int = 0
    """Unclipped, so far."""
    actions: bytearray = field(default_factory=bytearray)
    """Actions really pressed since the reset."""

    def press(self, action: int, reward: int) -> None:
        """Note a step."""
        self.actions.append(action)
        self.score += reward

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form, the inverse of `from_dict`."""
        return {"number": self.number, "score": self.score, "actions": self.actions.hex()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Game:
        """Build from the plain form."""
        return cls(values["number"], values["score"], bytearray.fromhex(values["actions"]))


def game_seed(run_seed: int, env: int, number: int) -> int:
    """Seed given before game `number` of environment `env`: SHA-256 of the three, as a number from 0 to 2^31 - 1."""
    digest = hashlib.sha256(f"{run_seed}:{env}:{number}".encode()).digest()
    return int.from_bytes(digest[:4], "big") & MAX_SEED
