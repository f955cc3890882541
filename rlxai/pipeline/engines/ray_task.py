"""What runs in Ray's processes, all of it defined inside functions: so it travels whole, to nodes without rlxai too."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

_PACKAGES = ("rlxai", "torch", "numpy")


def versions() -> dict[str, str]:
    """What must be the same on all nodes for results to be the same; builds for CPU and CUDA count as one."""
    return {"python": platform.python_version(), **{name: version(name).split("+")[0] for name in _PACKAGES}}


def make_task(ray: Any, gpus_per_task: float) -> Any:
    """The remote function: (packed unit, address of its run, versions wanted, board, name) -> what came of it.

    That is None, a sentence about the node, or (error, traceback).
    """
    search_path = [str(Path(folder).absolute()) for folder in sys.path]

    def unit(message: bytes, address: str, needed: dict[str, str], board: Any, name: str) -> Any:
        import platform
        import sys
        import time
        from importlib.metadata import PackageNotFoundError, version
        from pathlib import Path

        import ray

        class Dismissed(BaseException):
            pass

        def wanted(fraction: float) -> bool:
            try:
                return bool(ray.get(board.tell.remote(name, fraction)))
            except ray.exceptions.RayError:  # nobody listens, but somebody may wait for the result
                return True

        if not wanted(0.0):
            return None
        for package, there in needed.items():
            try:
                here = platform.python_version() if package == "python" else version(package).split("+")[0]
            except PackageNotFoundError:
                here = "none"
            if here != there:
                node = platform.node()
                return f"node {node} has {package} {here}, and {there} is needed: install the same on every node"

        # Where a task's own class may be, as far as it exists on this node.
        exist = [folder for folder in search_path if Path(folder).exists()]
        sys.path[:] = [*exist, *(folder for folder in sys.path if folder not in exist)]

        from rlxai.errors import RlxaiError
        from rlxai.pipeline.engines.worker_process import do
        from rlxai.store import open_run

        try:
            open_run(address)
        except RlxaiError as error:
            return f"node {platform.node()}: {error}; every node must see the run there"
        due = 0.0

        def progress(done: int, total: int) -> None:
            nonlocal due
            if (now := time.monotonic()) >= due:
                due = now + 0.25
                if not wanted(done / max(total, 1)):
                    raise Dismissed

        try:
            return do(message, progress)
        except Dismissed:  # what it had begun is removed
            return None

    return ray.remote(num_cpus=1, num_gpus=gpus_per_task, max_retries=0)(unit)


def make_board(ray: Any) -> Any:
    """A process beside this one that hears of the progress of tasks; names of tasks begin with that of their sweep.

    `tell(name, fraction)` is for tasks and answers whether the task is still wanted; `read(names)` gives
    name -> (fraction, how often it was told) and forgets all other names; `dismiss(sweep)` ends all tasks of a sweep
    and names those that have begun. A task looks there before it begins, since Ray's own cancelling of one that is on
    its way may come too early for it.
    """

    class Board:
        def __init__(self) -> None:
            self.told: dict[str, tuple[float, int]] = {}
            self.dismissed: set[str] = set()

        def tell(self, name: str, fraction: float) -> bool:
            self.told[name] = fraction, self.told.get(name, (0.0, 0))[1] + 1
            return name.partition("/")[0] not in self.dismissed

        def read(self, names: list[str]) -> dict[str, tuple[float, int]]:
            self.told = {name: self.told[name] for name in names if name in self.told}
            return self.told

        def dismiss(self, sweep: str) -> list[str]:
            self.dismissed.add(sweep)
            return list(self.told)

    here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=True
    )
    return ray.remote(num_cpus=0, scheduling_strategy=here)(Board).remote()
