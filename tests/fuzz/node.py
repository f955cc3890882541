"""The player's modules under Node, without a browser: what they make of texts from links and query fields."""

from __future__ import annotations

import atexit
import functools
import json
import select
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

from rlxai.errors import InvalidValue
from rlxai.replay import player

NODE = shutil.which("node")
SECONDS = 2.0
_MODULES = ("query.js", "lexer.js", "address.js")


class ScriptError(Exception):
    """A script threw something that is no refusal of its own."""


class Player:
    """A process that answers one line of JSON for each."""

    def __init__(self, folder: Path) -> None:
        for name in _MODULES:
            (folder / name).write_bytes(resources.files(player).joinpath(name).read_bytes())
        (folder / "package.json").write_text('{"type": "module"}')
        (folder / "ask.js").write_bytes(Path(__file__).with_name("ask.js").read_bytes())
        assert NODE is not None
        words = [NODE, "--max-old-space-size=512", "ask.js"]
        self._process = subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.close)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()

    def ask(self, what: str, given: Any) -> Any:
        """The answer to one question.

        Raises:
            InvalidValue: the script refuses it in a sentence.
            ScriptError: it throws anything else, or says nothing within `SECONDS` of processor time.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([what, given]).encode() + b"\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], 15.0)[0]:
            self._process.kill()
            raise ScriptError("no answer")
        answer = json.loads(self._process.stdout.readline())
        if answer["seconds"] > SECONDS:
            raise ScriptError(f"took {answer['seconds']:.1f} s")
        if "refused" in answer:
            raise InvalidValue(answer["refused"])
        if "thrown" in answer:
            raise ScriptError(answer["thrown"])
        return answer["found"]


@functools.cache
def running(folder: Path) -> Player:
    """One process for a folder of modules."""
    return Player(folder)
