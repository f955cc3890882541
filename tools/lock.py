"""Write a lock: every pin of a list with the SHA-256 of its files, for `pip install --require-hashes`.

    python -m tools.lock [PINS LOCK]

By default constraints.txt becomes requirements-dev.lock. Hashes come from the package index; of torch also from
PyTorch's index of CPU builds, where that answers, and else those locked before are kept while the version stays.
Only files that can be installed on the supported platforms are named, and source archives only of packages that have
no such wheel, since building runs their code.
"""

from __future__ import annotations

import os
import re
import sys
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

from packaging.utils import InvalidSdistFilename, InvalidWheelFilename, parse_sdist_filename, parse_wheel_filename
from packaging.version import Version

from tools.pins import ROOT, read_pins
from tools.torch_index import INDEX as CPU_BUILDS

PINS = ROOT / "constraints.txt"
LOCK = ROOT / "requirements-dev.lock"
INDEX = "https://pypi.org/simple"
PYTHONS = (11, 12, 13)
TORCH = "torch"
_PLATFORM = re.compile(r"any|(manylinux|linux).*_(x86_64|aarch64)|macosx_.*_(arm64|universal2)")
_HEAD = """\
# Written by `make lock` from {source}; installed by `{use}`.
"""


class _Links(HTMLParser):
    """File name and SHA-256 of every link of an index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link that names its hash."""
        url, fragment = urldefrag(dict(attrs).get("href") or "")
        if tag == "a" and fragment.startswith("sha256="):
            self.files.append((unquote(url.rpartition("/")[2]), fragment.removeprefix("sha256=")))


def listed(page: str) -> list[tuple[str, str]]:
    """File names with SHA-256 of an index page."""
    links = _Links()
    links.feed(page)
    return links.files


def fitting(files: Iterable[tuple[str, str]], version: str) -> set[str]:
    """SHA-256 of those files of a version that the supported platforms can install."""
    wheels: set[str] = set()
    archives: set[str] = set()
    for name, sha256 in files:
        try:
            if name.endswith(".whl"):
                _, found, _, tags = parse_wheel_filename(name)
                if _same(found, version) and any(_fits(tag.interpreter, tag.abi, tag.platform) for tag in tags):
                    wheels.add(sha256)
            elif _same(parse_sdist_filename(name)[1], version):
                archives.add(sha256)
        except (InvalidWheelFilename, InvalidSdistFilename):
            continue  # installers of long ago
    return wheels or archives


def read_lock(path: Path) -> dict[str, tuple[str, set[str]]]:
    """Version and hashes of every package of a lock, by name."""
    hashes: dict[str, set[str]] = {}
    for entry in re.split(r"(?m)^(?=[a-z0-9])", path.read_text(encoding="utf-8"))[1:]:
        found = re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)
        hashes.setdefault(entry.partition("==")[0], set()).update(found)
    return {name: (version, hashes[name]) for name, version in read_pins(path).items()}


def locked(pins: dict[str, str], before: dict[str, tuple[str, set[str]]]) -> Iterator[str]:
    """Lines of a lock."""
    with ThreadPoolExecutor(8) as pool:
        pages = dict(zip(pins, pool.map(lambda name: _page(_index(), name), pins), strict=True))
    for name, version in sorted(pins.items()):
        hashes = fitting(listed(pages[name]), version)
        if not hashes:
            raise SystemExit(f"the index has no file of {name} {version} that can be installed here")
        if name == TORCH:
            # For Linux the index has CUDA builds: there the lock takes PyTorch's CPU builds of the version alone.
            builds = _cpu_builds(version, before.get(name, ("", set()))) - hashes
            if not builds:
                raise SystemExit(f"no CPU build of {name} {version} is known: run this where {CPU_BUILDS} answers")
            yield _entry(f'{name}=={version}+cpu ; sys_platform == "linux"', builds)
            yield _entry(f'{name}=={version} ; sys_platform != "linux"', hashes)
        else:
            yield _entry(f"{name}=={version}", hashes)


def _entry(pin: str, hashes: set[str]) -> str:
    return " \\\n".join([pin, *(f"    --hash=sha256:{sha256}" for sha256 in sorted(hashes))])


def _same(found: Version, version: str) -> bool:
    return found.public == Version(version).public  # a build of it, such as +cpu, has the same public part


def _fits(interpreter: str, abi: str, platform: str) -> bool:
    if not _PLATFORM.fullmatch(platform):
        return False
    minor = re.fullmatch(r"cp3(\d+)", interpreter)
    if minor is None:
        return interpreter.startswith("py3") or interpreter == "py2.py3"
    if abi == "abi3":
        return int(minor[1]) <= max(PYTHONS)
    return int(minor[1]) in PYTHONS and abi in (interpreter, "none")


def _cpu_builds(version: str, before: tuple[str, set[str]]) -> set[str]:
    try:
        return fitting(listed(_page(CPU_BUILDS, TORCH, timeout=5)), version)
    except OSError:
        return before[1] if before[0] == version else set()


def _index() -> str:
    return os.environ.get("PIP_INDEX_URL", INDEX).rstrip("/")


def _page(index: str, name: str, timeout: float = 60) -> str:
    with urllib.request.urlopen(f"{index}/{name}/", timeout=timeout) as answer:
        return str(answer.read().decode())


def main() -> None:
    """Write the lock; hashes of torch's CPU builds may be taken from the one that is there."""
    source, lock = map(Path, sys.argv[1:3]) if len(sys.argv) > 1 else (PINS, LOCK)
    head = _HEAD.format(source=source.name, use="make locked" if lock == LOCK else "make audit")
    lines = locked(read_pins(source), read_lock(lock) if lock.exists() else {})
    lock.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
