"""The same source gives the same package, byte by byte, whoever builds it and wherever."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path

import pytest

from tools.pins import ROOT

pytestmark = [pytest.mark.package, pytest.mark.timeout(600)]

SOURCE = (
    "rlxai",
    "agents",
    "checkpoints",
    "dashboards",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    ".gitignore",
)
PLACES = {  # folder: mask of permissions, environment
    "one": (0o022, {"TZ": "UTC", "LC_ALL": "C", "PYTHONHASHSEED": "0"}),
    "another place": (0o077, {"TZ": "Pacific/Auckland", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"}),
}


def copied(source: Path, folder: Path, mask: int, when: float) -> None:
    """The source with other permissions and times, as another checkout would have them, and with what Python leaves."""
    folder.mkdir()
    for name in SOURCE:
        if (source / name).is_dir():
            shutil.copytree(source / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source / name, folder / name)
    (folder / "rlxai" / "__pycache__").mkdir()
    (folder / "rlxai" / "__pycache__" / "errors.cpython-311.pyc").write_bytes(str(when).encode())
    for path in folder.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
        os.utime(path, (when, when))


@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_two_builds_in_different_places_are_the_same_bytes(tmp_path, kind):
    built = {}
    source = ROOT  # then the first copy, in case someone is at work in the checkout
    for number, (name, (mask, environment)) in enumerate(PLACES.items()):
        folder = tmp_path / name
        copied(source, folder, mask, time.time() - 86_400 * number)
        command = [
            sys.executable,
            "-m",
            "build",
            f"--{kind}",
            "--no-isolation",
            "--outdir",
            str(folder / "dist"),
            str(folder),
        ]
        subprocess.run(
            command, check=True, capture_output=True, umask=mask,
            env=os.environ | environment | {"SOURCE_DATE_EPOCH": "1700000000"},
        )  # fmt: skip
        source = folder
        (file,) = (folder / "dist").iterdir()
        built[name] = (file.name, sha256(file.read_bytes()).hexdigest())
    one, another = built.values()
    assert one == another
