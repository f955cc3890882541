"""Objects of games that rlxai does not know itself, as boxes by OCAtari (Delfosse et al. 2024, arXiv 2306.08649).

Optional, and never chosen by itself: OCAtari's boxes are read from RAM by rules that hold for most frames, not for all.
Measured against the screen in 5,000 frames of Breakout, its ball is a pixel off in 6 %; some games are far worse, and
some of its rules crash. So a ledger by such boxes is a sketch; to publish one, write the game's own small file (see
`rlxai.games.objects.GameObjects`) and test it against real screens.

Only its files of rules are loaded, not the package, which wants an old numpy:
`pip install --no-deps ocatari termcolor`.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from rlxai.errors import InvalidValue
from rlxai.games.coverage import coverage

_PACKAGE = "_rlxai_ocatari"
_HEIGHT, _WIDTH = 210, 160


class OCAtariObjects:
    """The objects of a game as OCAtari's boxes, one mask per class of objects; see `GameObjects`.

    Each state is read afresh, so that the same RAM always gives the same boxes; rules that need earlier frames miss
    what these would have told. Boxes of different objects may overlap.

    Args:
        game: ALE name, such as "freeway".

    Raises:
        InvalidValue: OCAtari is not installed, or has no rules for the game.
    """

    def __init__(self, game: str) -> None:
        self.game = game
        self._rules = _rules(game)
        self._classes = tuple(self._rules.MAX_NB_OBJECTS_HUD)
        self.names = tuple(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower() for name in self._classes)

    def masks(self, ram: np.ndarray, size: int = 84) -> np.ndarray:
        """Share of each cell of a plane that each class of objects covers.

        Args:
            ram: uint8 (2, 128), of the two frames that the plane pools.
            size: height and width of the plane.

        Returns:
            float32 (K, size, size) in [0, 1], in the order of `names`.

        Raises:
            InvalidValue: OCAtari's rules fail on this state.
        """
        pixels = self.boxes(ram[0]) | self.boxes(ram[1])
        return np.stack([coverage(mask, size) for mask in pixels])

    def boxes(self, ram: np.ndarray) -> np.ndarray:
        """Pixels within the boxes of each class in one frame: RAM uint8 (128,) -> bool (K, 210, 160)."""
        state = np.asarray(ram).astype(np.int64)  # the rules subtract from bytes, which must not wrap around
        try:
            found = self._rules._init_objects_ram(hud=True)
            changed = self._rules._detect_objects_ram(found, state, hud=True)
            places = [(type(one).__name__, tuple(map(int, one.xywh))) for one in (changed or found) if one]
        except Exception as error:  # of any kind: the rules are others' code
            raise InvalidValue(f"OCAtari cannot read a state of {self.game} ({error!r})") from None
        pixels = np.zeros((len(self._classes), _HEIGHT, _WIDTH), bool)
        for name, (left, top, width, height) in places:
            if name in self._classes:
                rows, columns = slice(max(top, 0), max(top + height, 0)), slice(max(left, 0), max(left + width, 0))
                pixels[self._classes.index(name), rows, columns] = True
        return pixels

    def in_play(self, ram: np.ndarray) -> bool:
        """Always: OCAtari does not tell. RAM of one frame, uint8 (128,)."""
        return True


def _rules(game: str) -> Any:
    spec = find_spec("ocatari")
    if spec is None or not spec.submodule_search_locations:
        raise InvalidValue(
            f"the objects of {game} would be OCAtari's; install it with: pip install --no-deps ocatari termcolor"
        )
    folder = Path(next(iter(spec.submodule_search_locations)))
    name = game.replace("_", "")
    if not re.fullmatch("[a-z0-9]+", name) or not (folder / "ram" / f"{name}.py").is_file():
        raise InvalidValue(f"OCAtari has no rules for {game!r}")
    for package, path in ((_PACKAGE, folder), (f"{_PACKAGE}.ram", folder / "ram")):
        if package not in sys.modules:  # of its files alone, without what its own __init__ imports
            sys.modules[package] = ModuleType(package)
            sys.modules[package].__path__ = [str(path)]
    try:
        rules = import_module(f"{_PACKAGE}.ram.{name}")
        rules._init_objects_ram, rules._detect_objects_ram  # noqa: B018
        next(iter(rules.MAX_NB_OBJECTS_HUD))
    except Exception as error:
        raise InvalidValue(f"OCAtari's rules for {game} cannot be loaded ({error!r})") from None
    return rules
