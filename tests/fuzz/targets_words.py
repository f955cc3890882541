"""Words: addresses of the dashboard, the command line, and phrases in its options."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette

from rlxai.attribution import Target as Explained
from rlxai.cli import main
from rlxai.cli.panels import parse_panels
from rlxai.errors import InvalidValue
from rlxai.replay.routes import PREFIX, routes
from rlxai.store import open_run
from tests.asgi import request
from tests.fuzz.makers import mixed
from tests.fuzz.model import Input, Target
from tests.fuzz.mutate import damaged
from tests.fuzz.plain import NAMES, NUMBERS
from tests.fuzz.stranger import RUN, build, records

# ---- addresses of the dashboard ---------------------------------------------------------------------------------

_STEPS = (
    "..",
    ".",
    "",
    "%2e%2e",
    "%2f",
    "..%2f..%2f",
    "%00",
    "%5c",
    "episode",
    "attribution",
    "frames",
    "maps",
    "masks",
    "state",
    "timeline",
    "0",
    "-1",
    "1",
    "999999999",
    "9" * 5000,
    "1e3",
    "٣",
    "run.json",
    "commits",
    "etc",
    "passwd",
    "%c0%ae",
    "*",
    "**",
    "[a-z]*",
    "?",
    "#",
    ";",
    "%",
    "%zz",
)


def _address(folder: Path, rng: random.Random) -> Input:
    tasks = [Path(record).stem for record in records(folder)]
    honest = [
        "/".join(map(rng.choice, (("episode", "attribution"), tasks, ("frames/0", "maps/0", "timeline")))),
        "state",
    ]
    path = f"{PREFIX}/{RUN}/{rng.choice(honest)}"
    if rng.random() < 0.4:
        path = damaged(path.encode(), rng).decode("latin-1")
    elif rng.random() < 0.8:
        parts = path.split("/")
        for _ in range(rng.choice((1, 2, 3))):
            parts[rng.randrange(len(parts))] = rng.choice(
                (*_STEPS, *(quote(name.encode("utf-8", "replace")) for name in NAMES))
            )
        path = "/".join(parts)
    return Input(words=("/" + path.lstrip("/"),), how=path[:80])


def _open_address(folder: Path, given: Input) -> Any:
    app = Starlette(routes=routes({RUN: open_run(folder / RUN)}))
    if not given.words:
        return 0
    answer = request(app, given.words[0].encode("latin-1", "replace").decode("latin-1"))
    if b"root:" in answer.body or b'"rlxai-run"' in answer.content:
        raise AssertionError("gives away a file")
    if answer.status >= 400:
        if answer.status == 500 and "cannot be read (" in answer.text:
            raise AssertionError(answer.text)
        raise InvalidValue("no route: " + answer.text if answer.text == "Not Found" else answer.text)
    return len(answer.content)


# ---- the command line -------------------------------------------------------------------------------------------

_VALUES = (
    *NAMES,
    *(str(number) for number in NUMBERS),
    "1000",
    "0",
    "grad-cam",
    "advantage",
    "contrast:1:2",
    "action:9",
    RUN,
    "x.html",
    "1000,grad-cam,value",
    "1000,,",
    ",",
    "a,b,c,d",
    "nan",
    "inf",
    "t=1&view=free",
    "?" * 100,
    "small/run.json",
    "small/snapshots",
)
_VERBS: dict[str, tuple[str, ...]] = {
    "inspect": (),
    "verify": (),
    "clean": ("--idle", "--dry-run"),
    "methods": (),
    "replay": ("--panel", "--snapshot", "--method", "--target", "--on", "--from", "--to", "--view", "--limit", "--out"),
    "explain": ("--snapshot", "--on", "--method", "--target"),
    "import": ("--step", "--actions", "--game", "--recipe", "--index", "--out"),
    "doctor": ("--game", "--recipe", "--actions"),
    "nothing": (),
    "": (),
    "diff": ("--out",),
    "dashboard": ("--host",),
}


def _command(_: Path, rng: random.Random) -> Input:
    verb = rng.choice(list(_VERBS))
    words = [verb]
    if rng.random() < 0.9:
        words.append(rng.choice((RUN, RUN, RUN, rng.choice(_VALUES))))
    for option in rng.sample(_VERBS[verb], rng.randrange(len(_VERBS[verb]) + 1)):
        # What is written stays inside.
        value = "out.html" if option == "--out" else rng.choice(_VALUES)
        words += [option, value] if rng.random() < 0.9 else [option]
    if verb == "explain":  # a step that is not there: nothing is to be computed here
        words += ["--snapshot", "77"]
    if verb == "dashboard":
        words = ["dashboard", rng.choice(_VALUES[:10]), "--host", "0.0.0.0"]
    return Input(words=tuple(word[:70_000] for word in words), how=" ".join(words)[:80])


def _open_command(folder: Path, given: Input) -> Any:
    said, told = io.StringIO(), io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(told), contextlib.redirect_stderr(said):
        try:
            status = main(given.words or ("inspect", RUN))
        except SystemExit as error:
            status = int(error.code or 0)
    for path in folder.glob("out.html*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    if status:
        lines = [line for line in said.getvalue().splitlines() if " % (" not in line]
        raise InvalidValue(lines[-1] if len(lines) == 1 else f"{status}\n{said.getvalue()}")
    return status


# ---- words in Python --------------------------------------------------------------------------------------------


def _phrase(_: Path, rng: random.Random) -> Input:
    one = rng.choice(
        ("contrast:1:2", "action:3", "advantage", "1000,grad-cam,value", "1000", *NAMES, *map(str, NUMBERS))
    )
    return Input(
        words=(damaged(one.encode("utf-8", "replace"), rng).decode("latin-1") if rng.random() < 0.5 else one,),
        how=one[:60],
    )


def _open_phrase(_: Path, given: Input) -> Any:
    word = given.words[0] if given.words else "advantage"
    panels = (
        parse_panels((word,), (), ("grad-cam",), ("advantage",))
        if "," in word or word.isdecimal()
        else [Explained.parse(word).name]
    )
    return [str(panel) for panel in panels]


def _nothing(_: Path) -> None:
    pass


TARGETS = (
    Target("address", build, mixed(_address), _open_address),
    Target("command line", build, mixed(_command), _open_command),
    Target("phrase", _nothing, mixed(_phrase), _open_phrase),
)
