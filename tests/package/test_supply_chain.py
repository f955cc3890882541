"""What is installed for development is what the lock says, and what the lock says is what was decided."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import audit, licences, lock, minimum
from tools.installed import closure
from tools.pins import ROOT, read_pins, requirements

LOCK = ROOT / "requirements-dev.lock"
RENEW = "run `make lock`"
SHA = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("name", "pins"),
    [("requirements-dev.lock", "constraints.txt"), ("tools/supply-chain.lock", "tools/supply-chain.txt")],
)
def test_a_lock_is_that_of_its_pins_and_names_hashes(name, pins):
    locked = lock.read_lock(ROOT / name)
    assert {package: version for package, (version, _) in locked.items()} == read_pins(ROOT / pins), RENEW
    assert [package for package, (_, hashes) in locked.items() if not hashes] == []


def test_the_lock_covers_what_development_installs():
    locked = read_pins(LOCK)
    installed = {name: found.version.partition("+")[0] for name, found in closure(requirements("dev")).items()}
    assert {name: locked.get(name) for name in installed} == installed


def test_the_minimum_is_that_of_the_bounds():
    assert minimum.PINS.read_text(encoding="utf-8") == minimum.text(), RENEW


def test_every_bound_allows_the_oldest_and_the_pinned_version():
    pins = read_pins(ROOT / "constraints.txt")
    for requirement in requirements(*minimum.EXTRAS):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])
        assert requirement.specifier.contains(minimum.pin(requirement).partition("==")[2])


@pytest.mark.parametrize("line", ["numpy>=2,<3", "numpy~=2.0", "numpy"])
def test_only_a_lower_bound_alone_is_a_minimum(line):
    with pytest.raises(ValueError, match="lower bound alone"):
        minimum.pin(Requirement(line))


def test_files_for_other_machines_are_not_locked():
    files = [
        ("a-1.0-cp311-cp311-manylinux_2_28_x86_64.whl", "linux"),
        ("a-1.0+cpu-cp313-cp313-manylinux_2_28_aarch64.whl", "build"),
        ("a-1.0-cp38-abi3-macosx_11_0_arm64.whl", "stable"),
        ("a-1.0-py3-none-any.whl", "pure"),
        ("a-1.0-cp311-cp311-win_amd64.whl", "windows"),
        ("a-1.0-cp310-cp310-manylinux_2_28_x86_64.whl", "old"),
        ("a-1.0-cp313-cp313t-manylinux_2_28_x86_64.whl", "threads"),
        ("a-1.0.1-py3-none-any.whl", "other"),
        ("a-1.0.tar.gz", "source"),
        ("a-1.0.win32.exe", "installer"),
    ]
    assert lock.fitting(files, "1.0") == {"linux", "build", "stable", "pure"}
    assert lock.fitting(files[4:], "1.0") == {"source"}


def test_hashes_are_read_off_an_index_page():
    page = f'<a href="../a%2Bcpu-1.whl#sha256={SHA}" data-x="y">a</a><a href="b.whl">b</a>'
    assert lock.listed(page) == [("a+cpu-1.whl", SHA)]


@pytest.fixture
def tool(tmp_path: Path) -> Callable[[object], str]:
    """A pip-audit that always says the same."""

    def write(report: object) -> str:
        path = tmp_path / "pip-audit"
        path.write_text(f"#!{sys.executable}\nprint({json.dumps(json.dumps(report))})\n", encoding="utf-8")
        path.chmod(0o755)
        return str(path)

    return write


GOOD = {"name": "good", "version": "1", "vulns": []}
BAD = {
    "name": "bad", "version": "1", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["2"]}],
}  # fmt: skip
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "status", "words"),
    [
        ([GOOD], 0, "1 packages looked up, 0 vulnerabilities"),
        ([GOOD, UNKNOWN], 2, "not looked up: unknown"),
        ([GOOD, UNKNOWN, BAD], 1, "bad 1: PYSEC-1, CVE-1, fixed in 2"),
        ([UNKNOWN], 2, "NOT AUDITED"),  # pip-audit itself calls this "no known vulnerabilities"
    ],
)
def test_an_audit_that_asked_nobody_is_no_success(tool, monkeypatch, capsys, packages, status, words):
    monkeypatch.setattr(sys, "argv", ["audit", tool({"dependencies": packages, "fixes": []})])
    with pytest.raises(SystemExit) as ended:
        audit.main()
    assert ended.value.code == status
    assert words in capsys.readouterr().out


def test_no_licence_binds_or_bars_those_who_use_the_package():
    found = {name: licences.licence(one) for name, one in closure(requirements("all", "ray")).items()}
    assert {name: text for name, text in found.items() if licences.refused(text)} == licences.KNOWN


@pytest.mark.parametrize(
    "text",
    ["GPL-3.0-or-later", "AGPL-3.0-only", "GNU General Public License v3 (GPLv3)", "CC-BY-NC-4.0", "Proprietary", "",
     "MIT AND GPL-2.0-only", "Free for non-commercial use"],
)  # fmt: skip
def test_licences_that_bind_or_bar_are_refused(text):
    assert licences.refused(text)


@pytest.mark.parametrize(
    "text",
    ["MIT", "Apache-2.0 OR GPL-2.0-only", "LGPL-3.0-or-later", "GNU Lesser General Public License v3 (LGPLv3)",
     "MPL-2.0", "Apache-2.0 WITH LLVM-exception"],
)  # fmt: skip
def test_other_licences_are_not(text):
    assert not licences.refused(text)
