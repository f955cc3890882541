"""Print the licence of everything installed that rlxai needs; fail where one would bind or bar its users.

    python -m tools.licences [EXTRA...]

Refused are the GPL and the AGPL (they would bind what is built with rlxai), licences for non-commercial or research
use, and packages that name none. `KNOWN` are looked at one by one. What a wheel carries inside it (PyAV's x264) no
metadata tells: see SECURITY.md.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution

from tools.installed import closure
from tools.pins import requirements

KNOWN = {
    "ale-py": "GPL-2.0-only",  # the emulator: installed beside rlxai by its user, no part of rlxai's wheel
}
_REFUSED = re.compile(
    r"\bA?GPL|(?<!lesser )general public|non-?commercial|\bNC\b|research[- ]only|proprietary|SSPL|unknown|^$",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\s+OR\s+")


def licence(package: Distribution) -> str:
    """As the metadata says: an SPDX expression, else the classifiers, else the first line of the free text."""
    told = package.metadata.json
    classifiers = [line.rpartition(":: ")[2] for line in told.get("classifier", ()) if line.startswith("License")]
    free = str(told.get("license", "")).strip().partition("\n")[0][:80]
    return str(told.get("license_expression") or ", ".join(classifiers) or free)


def refused(text: str) -> bool:
    """Whether a licence is one to refuse; of several to choose from, one that is not is enough."""
    return all(
        _REFUSED.search(re.sub(r"\bLGPL|\bLesser General Public", "Lesser", choice)) for choice in _EITHER.split(text)
    )


def main() -> None:
    """Print the table; the exit status is 1 where something is refused."""
    found = {name: licence(package) for name, package in sorted(closure(requirements(*sys.argv[1:])).items())}
    wrong = [name for name, text in found.items() if refused(text) and KNOWN.get(name) != text]
    for name, text in found.items():
        print(f"{name:28} {text}{'   <- REFUSED' if name in wrong else '   (known)' if name in KNOWN else ''}")
    if wrong:
        raise SystemExit(f"licences to look at: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
