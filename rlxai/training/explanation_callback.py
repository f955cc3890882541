"""Watch where an agent looks while it learns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from rlxai.attribution import Attribution, attribute, get_method
from rlxai.errors import InvalidValue
from rlxai.networks.infer import Architecture
from rlxai.strategy import ledger, summarise
from rlxai.training.generators import generators_untouched
from rlxai.training.live import Surroundings, live_agent, run_surroundings, surroundings
from rlxai.training.probes import ProbeStates, probe_target, scripted_probes
from rlxai.training.schedule import Schedule, ScheduledCallback

_NOT_PRINTED = ("stdout", "log")
"""SB3's printed table cuts names short and ends the training with an error where two become equal."""


class ExplanationCallback(ScheduledCallback):
    """Log the object ledger of the agent in training, on the same probe states at every step.

        model.learn(2_000_000, callback=[
            SnapshotCallback("runs/mine", every=100_000), ExplanationCallback("runs/mine", every=100_000)])

    For each method and object it logs `rlxai/<method>/share_<object>` and `rlxai/<method>/lift_<object>`, see
    `rlxai.strategy.ledger`, and `rlxai/<method>/bias_share`, for methods that account for it, to SB3's logger and so
    to TensorBoard. Step 0 is the null model that the rest is to be read against: an untrained network of the same
    architecture. Training is not affected: a frozen copy is explained, and no random number is drawn.

    Args:
        run_path: folder of the run; game, actions and preprocessing are taken from it where it exists, else from the
            environment. Nothing is written into it.
        every: training steps (`num_timesteps`) between two looks.
        at: training steps of the looks, instead of `every`; see `ScheduledCallback` for what crossing one means.
        methods: names of attribution methods, see `rlxai.methods()`.
        target: what is explained, see `rlxai.attribution.Target`; not `taken`.
        probes: the states; default: 64 of one game by the scripted player, where the game has one.
        states: how many, for the default.
        architecture: the layers, for a features extractor that rlxai does not know.
        verbose: 1 prints a line per look.

    Raises:
        InvalidValue: here, the schedule makes no sense or a name is unknown; when training starts, there is no
            scripted player for the game, or the agent is not one rlxai can explain.
    """

    def __init__(
        self,
        run_path: str | Path,
        every: int | None = None,
        at: Iterable[int] | None = None,
        *,
        methods: Sequence[str] = ("lrp-epsilon-plus-flat",),
        target: str = "advantage",
        probes: ProbeStates | None = None,
        states: int = 64,
        architecture: Architecture | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(Schedule.of(every, at), verbose)
        if isinstance(methods, str) or not methods:
            raise InvalidValue(f"methods must be a list of names, met {methods!r}")
        self.run_path = Path(run_path)
        self.methods = tuple(get_method(method).name for method in methods)
        self.target = probe_target(target)
        self.probes = probes
        self._states = states
        self._architecture = architecture
        self._around: Surroundings

    def _prepare(self) -> None:
        with generators_untouched():
            self._around = run_surroundings(self.run_path) or surroundings(self.training_env)
            if self.probes is None:
                self.probes = scripted_probes(self._around.game, self._around.preprocessing, self._states)

    def _act(self, step: int) -> None:
        assert self.probes is not None
        with generators_untouched():
            agent = live_agent(self.model, self._around, self._architecture)
            for method in self.methods:
                result = attribute(agent, self.probes.observations, method, self.target)
                for name, value in scalars(result, self.probes):
                    self.logger.record(f"rlxai/{method}/{name}", value, exclude=_NOT_PRINTED)
        # SB3 writes its logger when it sees fit; these values belong to this step.
        self.logger.record("time/total_timesteps", step, exclude="tensorboard")
        self.logger.dump(step)
        if self.verbose:
            print(f"explained step {step:,}: {', '.join(self.methods)}")


def scalars(result: Attribution, probes: ProbeStates) -> Iterator[tuple[str, float]]:
    """Share and lift of each object that occurs, and the biases' share sum |bias| / sum |target|.

    Args:
        result: the explanation of the probe states.
        probes: the states.
    """
    account = ledger(result.relevance, probes.masks)
    for index, name in enumerate(probes.names):
        summary = summarise(account, index)
        if summary.decisions:
            yield f"share_{name}", summary.share
            yield f"lift_{name}", summary.lift
    total = float(np.abs(result.target).sum())
    if result.bias is not None and total > 0:
        yield "bias_share", float(np.abs(result.bias).sum()) / total
