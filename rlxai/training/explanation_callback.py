"""Watch where an agent looks while it learns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from rlxai.attribution import get_method
from rlxai.errors import InvalidValue
from rlxai.networks.infer import Architecture
from rlxai.training import explanation_table
from rlxai.training.explanation_table import Measure
from rlxai.training.generators import generators_untouched
from rlxai.training.live import Surroundings, live_agent, run_surroundings, surroundings
from rlxai.training.measures import COUNTERFACTUAL, measures
from rlxai.training.probes import ProbeStates, probe_target, scripted_probes
from rlxai.training.schedule import Schedule, ScheduledCallback

_NOT_PRINTED = ("stdout", "log")
"""SB3's printed table cuts names short and ends the training with an error where two become equal."""


class ExplanationCallback(ScheduledCallback):
    """Log what the agent in training looks at, on the same probe states at every step.

        model.learn(2_000_000, callback=[
            SnapshotCallback("runs/mine", every=100_000), ExplanationCallback("runs/mine", every=100_000)])

    To SB3's logger, and so to TensorBoard, go for each attribution method, below `rlxai/<method>/`:

    - `share_<object>` and `lift_<object>`, see `rlxai.strategy.ledger`;
    - `bias_share` and `conservation_error` (inputs + kept - target, relative), of methods that account for it;
    - `randomisation`: rank correlation of the maps with those of the agent with a random output layer, see
      `rlxai.trust.randomise`; 1 means that the maps do not depend on that layer.

    Below `rlxai/counterfactual/<target>/`, where the game's states can be edited: `ball` and `tunnel`, what the object
    is worth to the agent, and the same `_per_spread`, see `rlxai.training.counterfactual`.

    The same numbers go to explanations.csv of the run, where there is one. Step 0 is the null model that the rest is to
    be read against: an untrained network of the same architecture. Training is not affected: a frozen copy is
    explained, and no random number is drawn.

    Args:
        run_path: folder of the run; game, actions and preprocessing are taken from it where it exists, else from the
            environment. Nothing is written as long as there is no run.
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
        self._unwritten: list[Measure] = []

    def _prepare(self) -> None:
        with generators_untouched():
            self._around = run_surroundings(self.run_path) or surroundings(self.training_env)
            if self.probes is None:
                self.probes = scripted_probes(self._around.game, self._around.preprocessing, self._states)

    def _act(self, step: int) -> None:
        assert self.probes is not None
        with generators_untouched():
            agent = live_agent(self.model, self._around, self._architecture)
            found = list(measures(agent, self.probes, self.methods, self.target, step))
        for measure in found:
            below = (measure.target,) if measure.method == COUNTERFACTUAL else ()
            name = "/".join(("rlxai", measure.method, *below, measure.name))
            self.logger.record(name, measure.value, exclude=_NOT_PRINTED)
        self._write(found)
        # SB3 writes its logger when it sees fit; these values belong to this step.
        self.logger.record("time/total_timesteps", step, exclude="tensorboard")
        self.logger.dump(step)
        if self.verbose:
            print(f"explained step {step:,}: {', '.join(self.methods)}")

    def _write(self, found: list[Measure]) -> None:
        self._unwritten += found
        # At the first step the run is not there yet if the callback that makes it comes later in the list.
        if self._unwritten and (self.run_path / "run.json").exists():
            explanation_table.append(self.run_path / explanation_table.NAME, self._unwritten)
            self._unwritten = []
