"""A training in a process of its own that is killed, as by `kill -9`, at a step or inside a commit.

python -m tests.training.killed_training RECIPE OUT step 130     at the first step from 130 on
python -m tests.training.killed_training RECIPE OUT write 4      in the middle of the 4th file written
"""

from __future__ import annotations

import os
import signal
import sys

from rlxai.training import resume, train


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(recipe: str, out: str, where: str, at: int) -> None:
    written = 0

    def progress(what: str, done: float, total: float) -> None:
        if where == "step" and done >= at:
            kill()

    def write(path, data):
        nonlocal written
        written += 1
        if where == "write" and written == at:
            path.with_name(f".{path.name}.0123456789ab.partial").write_bytes(data[: len(data) // 2])
            kill()
        whole(path, data)

    whole, resume.write_atomic = resume.write_atomic, write
    train(recipe, out, resume=True, progress=progress, note=lambda _: None)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
