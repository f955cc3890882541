"""Fuzzing guided by coverage: inputs that reach new lines of rlxai are bred further, by libFuzzer under Atheris.

    make fuzz-guided, or: python -m tests.fuzz.guided [TARGET...] [--seconds N]

For the targets whose input is text or bytes that Python reads; the others spend their time in compiled libraries that
are not instrumented. Starts from the inputs that the campaign makes, in a process of its own for each target.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path

PARSED = (
    "safetensors", "npz", "import recipe", "training recipe", "claim", "monitor.csv", "index", "training commit",
    "run.json", "commit", "phrase",
)  # fmt: skip
SEEDS = 200
"""Inputs of the campaign to start from."""
LONGEST = 16_384
"""Bytes of an input that is bred."""
_RUNS = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
_REACHED = re.compile(r" cov: (\d+) ")


def fuzz(name: str, folder: Path, seconds: int) -> None:
    """Breed inputs of one target in this process, which ends with it; a fault is kept in `folder`."""
    import atheris

    with atheris.instrument_imports(include=["rlxai", "dashboards", "yaml"]):
        from tests.fuzz.attempt import Bench
        from tests.fuzz.guard import Guard
        from tests.fuzz.model import BAD, Input
        from tests.fuzz.registry import find_target
        from tests.fuzz.worker import keep

        target = find_target(name)
    valid, corpus, work = folder / "valid", folder / "corpus", folder / "work"
    for new in (valid, corpus, work):
        new.mkdir()
    target.prepare(valid)
    made = list(islice(target.inputs(valid, SEEDS, 0), SEEDS))
    names = Counter(next(iter(given.paths)) for given in made if len(given.paths) == 1 and given.files)
    place = names.most_common(1)[0][0] if names else None

    def content(given: Input) -> bytes | None:
        if place is None:
            return " ".join(given.words).encode(errors="replace")
        return given.files.get(place)

    for number, data in enumerate(filter(None, map(content, made))):
        (corpus / str(number)).write_bytes(data[:LONGEST])
    bench = Bench(target, valid, work, Guard(work))

    def one(data: bytes) -> None:
        words = () if place else (data.decode(errors="replace"),)
        given = Input({place: data} if place else {}, words=words, how="bred")
        outcome = bench.judge(given)
        if outcome.kind in BAD:
            keep(folder / "fault.json", name, given, outcome.said)
            raise RuntimeError(f"{outcome.kind}: {outcome.said}")

    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-print_final_stats=1", "-rss_limit_mb=0"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={folder}/", str(corpus)], one)
    atheris.Fuzz()


def breed(name: str, seconds: int, kept: Path) -> tuple[int, int]:
    """Inputs opened and edges reached of one target, in a process of its own; a fault is kept in the file `kept`.

    Raises:
        RuntimeError: the process ended by something else than a fault.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.fuzz.guided", name, "--seconds", str(seconds), "--in", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        fault = Path(folder, "fault.json")
        if fault.exists():
            kept.write_bytes(fault.read_bytes())
        elif done.returncode:
            raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    return _largest(_RUNS, done.stderr), _largest(_REACHED, done.stderr)


def _largest(number: re.Pattern[str], text: str) -> int:
    return max(map(int, number.findall(text)), default=0)


def main() -> None:
    """Names of targets from the command line, all of `PARSED` by default."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="TARGET", help=", ".join(PARSED))
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--in", dest="folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.folder:
        fuzz(chosen.names[0], chosen.folder, chosen.seconds)
    faults: list[str] = []
    for name in chosen.names or PARSED:
        kept = Path(f"fuzz-{name.replace(' ', '-')}.json")
        kept.unlink(missing_ok=True)
        runs, reached = breed(name, chosen.seconds, kept)
        print(f"{name}: {runs:,} inputs, {reached:,} edges reached", flush=True)
        if kept.exists():
            faults.append(f"{name}: python -m tests.fuzz --repeat {kept}")
    print("\n".join(faults) or "no faults")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
