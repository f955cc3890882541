"""The wheel, installed in an empty environment away from the checkout, is all of rlxai."""

import os
import re
import subprocess
import sys
import venv
from pathlib import Path

import pandas as pd
import pytest

pytestmark = [pytest.mark.package, pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[2]
MEGABYTE = 1024**2


def run(*command: object, folder: Path) -> str:
    """Run a command outside the checkout, with nothing of this environment; its output, or a failure that shows it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([str(word) for word in command], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    """The commands of an empty environment with the wheel and what it depends on, no extras."""
    folder = tmp_path_factory.mktemp("away")
    venv.create(folder / "venv", with_pip=True)
    commands = folder / "venv" / "bin"
    index = run(sys.executable, ROOT / "tools" / "torch_index.py", folder=folder).split()
    install = ("-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", *index, wheel)
    run(commands / "python", *install, folder=folder)
    return commands


def test_the_wheel_is_small_enough_to_share(wheel):
    assert wheel.stat().st_size < 50 * MEGABYTE


def test_no_cuda_packages_come_along(installed, tmp_path):
    packages = run(installed / "python", "-m", "pip", "list", "--format", "freeze", folder=tmp_path)
    assert "torch==2.13.0" in packages
    assert not re.findall(r"^(nvidia|triton|cuda)[^=]*", packages, re.MULTILINE)


def test_the_demo_runs_and_shows_what_was_learned(installed, tmp_path):
    out = tmp_path / "out"
    origin = run(installed / "python", "-c", "import rlxai; print(rlxai.__file__)", folder=tmp_path)
    assert Path(origin.strip()).is_relative_to(installed.parent)
    printed = run(installed / "rlxai", "demo", "--no-serve", "--out", out, folder=tmp_path)
    for word in ("visible-ball", "paddle", "tunnel", "1,250,000", "random networks", "shifted masks", "chance"):
        assert word in printed
    folder = Path(re.search(r"^table and figure: (.*)$", printed, re.MULTILINE)[1])
    table = pd.read_csv(folder / "ledger.csv", dtype={"frame": str}).query("frame == 'all' and states == 'common'")
    assert table.step.nunique() == 12
    for name in ("visible-ball", "paddle"):
        rows = table[table.object == name]
        by_chance = rows[rows.control.isin(["random", "shifted"])].lift.max()
        lift = rows[rows.control == "none"].set_index("step").lift
        assert lift[1_250_000] > 3 * by_chance
        assert lift[0] < 1.2 * by_chance
    assert "as committed" in run(installed / "rlxai", "verify", out, folder=tmp_path)
