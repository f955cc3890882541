"""Cost of each method in forwards, beside that of other libraries, in one run; written to benchmarks/results.md.

    python -m benchmarks.attribution [--quick] [--out FILE]

`--quick` runs everything once on a small batch: a complete report in about a minute, whose figures mean little.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from benchmarks.peers import Peer, collect
from benchmarks.report import Row, figure, methods_table, remarks, setting, table
from benchmarks.results import RESULTS, put
from benchmarks.subject import batch, best_agent
from benchmarks.targets import BATCH, NINE, NINE_TARGET, REMARKS, TARGETS
from benchmarks.timing import Meter
from rlxai.attribution import explain_batch, forward_pass, methods
from rlxai.networks.architecture import ARCHITECTURES

METHODS, TOGETHER = "Cost of each method", "Nine backward methods asked for together"
QUICK_BATCH = 2
TARGET = "chosen"
"""The output of one action: every method is defined for it, and every library has it."""
OTHER_NETWORK = {"cam": "gap"}
"""Methods that are not defined on the Nature network."""

HOW = """
Costs are CPU time in forwards: one forward is the CPU time of a plain forward pass of the same batch in the same
process, measured afresh around every run; the least of several runs counts. `ours` includes the forward pass. `ratio`
is the cost of the fastest peer divided by ours.
"""


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a small batch and one run of each: figures mean little")
    parser.add_argument("--out", type=Path, default=RESULTS)
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    size, budget = (QUICK_BATCH, 0.05) if chosen.quick else (BATCH, 1.0)
    for title, body in measure(size, budget).items():
        put(chosen.out, title, body)
        print(f"\n{title}\n\n{body}")


def measure(size: int, budget: float) -> dict[str, str]:
    """Sections by title.

    Args:
        size: of the batch.
        budget: CPU-seconds for each method and peer.
    """
    agent = best_agent()
    network, x = agent.network, agent.to_input(batch(agent, size))
    meter = forward_meter(network, x, budget)
    peers, missing = collect(network, x, network(x).argmax(1))
    rows = []
    for name in methods():
        rows.append(row(name, network, x, meter, [peer for peer in peers if peer.method == name]))
        print(" | ".join(rows[-1].cells()), flush=True)
    parts = [setting(meter.unit(), size), HOW.strip(), methods_table(rows), *missing, remarks(rows)]
    return {METHODS: "\n\n".join(filter(None, parts)), TOGETHER: together(network, x, meter, rows)}


def forward_meter(network: nn.Sequential, x: Tensor, budget: float) -> Meter:
    def forward() -> None:
        with torch.no_grad():
            network(x)

    forward()
    return Meter(forward, budget)


def row(name: str, network: nn.Sequential, x: Tensor, meter: Meter, peers: list[Peer]) -> Row:
    """One method and its peers."""
    remark = REMARKS.get(name, "")
    if name in OTHER_NETWORK:
        network = ARCHITECTURES[OTHER_NETWORK[name]](x.shape[1], 4).requires_grad_(False)
        meter = forward_meter(network, x, meter.budget)
        remark = f"on the {OTHER_NETWORK[name]} network, in forwards of that; it is not defined on Nature's"
    ours = meter.forwards(lambda: explain(network, x, name))
    costs = [(f"{peer.library} {peer.what}", meter.forwards(peer.work) / peer.share) for peer in peers]
    target = TARGETS.get(name) if len(x) == BATCH else None
    return Row(name, ours, tuple(sorted(costs, key=lambda cost: cost[1])), target, remark)


def explain(network: nn.Sequential, x: Tensor, *names: str) -> None:
    """Methods that share a forward pass."""
    forward = forward_pass(network, x)
    for name in names:
        explain_batch(forward, name, TARGET)


def together(network: nn.Sequential, x: Tensor, meter: Meter, rows: list[Row]) -> str:
    """The nine of a shared pass, one after the other, and in the libraries."""
    by_name = {found.method: found for found in rows}
    shared = meter.forwards(lambda: explain(network, x, *NINE))
    alone = sum(by_name[name].ours for name in NINE)
    fastest = [by_name[name].peers[0][1] for name in NINE if by_name[name].peers]
    libraries = sum(fastest) if len(fastest) == len(NINE) else None
    line = ("nine methods", figure(shared), figure(NINE_TARGET), figure(alone), figure(libraries),
            "-" if libraries is None else f"{libraries / shared:.1f}")  # fmt: skip
    header = "", "one shared forward pass", "target", "each alone", "fastest peer of each, summed", "ratio"
    return f"{', '.join(f'`{name}`' for name in NINE)}.\n\n{table(header, [line])}"


if __name__ == "__main__":
    main()
