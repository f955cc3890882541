"""Ask for known vulnerabilities of every pinned version, of the oldest versions supported, and say what was not told.

    python -m tools.audit PIP_AUDIT

Run by `make audit`. The exit status is 0 where every pinned package was looked up and nothing is known, 1 where
something is known, and 2 where a package could not be looked up: on a closed network, silence is no good news. What
is known of the oldest versions supported is printed and fails nothing: nobody has to install them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.pins import ROOT

PINNED = ("requirements-dev.lock", "tools/supply-chain.lock")
OLDEST = "constraints-minimum.txt"
SERVICES = ("osv", "pypi")
"""Where vulnerabilities are looked up: the second where the first does not answer."""


@dataclass(frozen=True)
class Told:
    """What a service said of a list.

    Attributes:
        asked: number of packages.
        silent: packages it could not look up.
        known: one line for each vulnerability.
    """

    asked: int
    silent: tuple[str, ...]
    known: tuple[str, ...]


def read(report: Mapping[str, Any]) -> Told:
    """What pip-audit's JSON report says."""
    packages = report["dependencies"]
    known = [
        f"{package['name']} {package['version']}: {', '.join([found['id'], *found['aliases']])}, "
        f"fixed in {', '.join(found['fix_versions']) or 'no version'}"
        for package in packages
        for found in package.get("vulns", ())
    ]
    silent = tuple(package["name"] for package in packages if "skip_reason" in package)
    return Told(len(packages), silent, tuple(known))


def ask(tool: str, pins: Path) -> Told | None:
    """What the first service that answers says of a list; None where none does."""
    for service in SERVICES:
        options = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json", "--desc", "off"]
        command = [tool, *options, "--vulnerability-service", service, "--requirement", str(pins)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.stdout.startswith("{"):  # else it fell over the network, and printed where
            told = read(json.loads(done.stdout))
            if len(told.silent) < told.asked:
                return told
    return None


def main() -> None:
    """Print what is known; see the module for the exit status."""
    status = 0
    for name in (*PINNED, OLDEST):
        told = ask(sys.argv[1], ROOT / name)
        if told is None:
            print(f"{name}: NOT AUDITED, neither {' nor '.join(SERVICES)} can be reached from here")
            status = status or 2 * (name in PINNED)
            continue
        print(f"{name}: {told.asked - len(told.silent)} packages looked up, {len(told.known)} vulnerabilities known")
        print(*(f"  {line}" for line in told.known), sep="\n", end="\n" if told.known else "")
        if told.silent:
            print(f"  not looked up: {', '.join(told.silent)}")
        if name in PINNED:
            status = 1 if told.known else status or 2 * bool(told.silent)
    raise SystemExit(status)


if __name__ == "__main__":
    main()
