"""Training recipes: which agent to train, on what, and how; one YAML file each, in the zoo's words.

Names are those of rl-baselines3-zoo's DQN on Atari (hyperparams/dqn.yml), which in turn follows Mnih et al. 2015, and
so are the default values of its settings. The rest is rlxai's own.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

from rlxai.attribution import get_method
from rlxai.checks import choice, flag, names, parse, real, section, whole
from rlxai.episodes import PLAYERS
from rlxai.errors import FileRefused, InvalidValue
from rlxai.games.ale import available_games
from rlxai.networks.reading import exists, naming
from rlxai.networks.yaml_file import read_mapping
from rlxai.resources import data_dir
from rlxai.training.inherit import base_name, overlay
from rlxai.training.probes import probe_target

_MAX_FAMILY = 16
"""Most recipes that inherit from one another."""
TRAINABLE = ("nature", "nips", "gap")
"""Networks that SB3's DQN trains: it puts one linear layer on a features extractor, so no dueling head."""


def _game(name: str, value: Any) -> str:
    if not isinstance(value, str) or value not in available_games():
        raise InvalidValue(f"{name} must be an ALE name such as breakout or space_invaders, met {str(value)[:60]!r}")
    return value


def _method(name: str, value: Any) -> str:
    try:
        return get_method(str(value)).name
    except InvalidValue as error:
        raise InvalidValue(f"{name}: {error}") from None


def _target(name: str, value: Any) -> str:
    try:
        return probe_target(str(value)).name
    except InvalidValue as error:
        raise InvalidValue(f"{name}: {error}") from None


@dataclasses.dataclass(frozen=True)
class SnapshotPlan:
    """When weights are kept."""

    every: Annotated[int, whole(1, 10**9)]
    """Agent steps between two snapshots; step 0 and the last step are always kept."""


@dataclasses.dataclass(frozen=True)
class ExplanationPlan:
    """When it is logged what the agent in training looks at, see `ExplanationCallback`."""

    every: Annotated[int, whole(1, 10**9)]
    methods: Annotated[tuple[str, ...], names(_method, 8)] = ("lrp-epsilon-plus-flat",)
    target: Annotated[str, _target] = "advantage"
    states: Annotated[int, whole(1, 1024)] = 64


@dataclasses.dataclass(frozen=True)
class CommitPlan:
    """When a training is committed, so that it can be resumed from there."""

    every: Annotated[int, whole(1, 10**9)] = 25_000


@dataclasses.dataclass(frozen=True)
class TrainingRecipe:
    """One agent's training; steps are agent steps (decisions) everywhere, never raw frames."""

    game: Annotated[str, _game]
    algorithm: Annotated[str, choice("dqn")]
    network: Annotated[str, choice(*TRAINABLE)]
    n_timesteps: Annotated[int, whole(1, 10**9)]
    snapshots: Annotated[SnapshotPlan, section(SnapshotPlan)]
    explanations: Annotated[ExplanationPlan | None, section(ExplanationPlan)] = None
    n_envs: Annotated[int, whole(1, 64)] = 1
    frame_stack: Annotated[int, whole(1, 16)] = 4
    buffer_size: Annotated[int, whole(1, 10**8)] = 100_000
    learning_rate: Annotated[float, real(1e-8, 1.0)] = 1e-4
    batch_size: Annotated[int, whole(1, 4096)] = 32
    learning_starts: Annotated[int, whole(0, 10**9)] = 100_000
    target_update_interval: Annotated[int, whole(1, 10**9)] = 1000
    train_freq: Annotated[int, whole(1, 10_000)] = 4
    gradient_steps: Annotated[int, whole(1, 10_000)] = 1
    gamma: Annotated[float, real(0.0, 1.0)] = 0.99
    exploration_fraction: Annotated[float, real(0.0, 1.0)] = 0.1
    exploration_initial_eps: Annotated[float, real(0.0, 1.0)] = 1.0
    exploration_final_eps: Annotated[float, real(0.0, 1.0)] = 0.01
    commits: Annotated[CommitPlan, section(CommitPlan)] = CommitPlan()
    learning_rate_final: Annotated[float | None, real(1e-8, 1.0)] = None
    """The learning rate falls linearly to this at the last step; without it, it stays."""
    adam_eps: Annotated[float, real(1e-12, 1.0)] = 1.5e-4
    double_q: Annotated[bool, flag] = True
    n_steps: Annotated[int, whole(1, 32)] = 3
    """Rewards that are summed before bootstrapping."""
    max_grad_norm: Annotated[float, real(1e-3, 1e6)] = 10.0
    terminal_on_life_loss: Annotated[bool, flag] = True
    """Whether a lost life ends the return; the game goes on."""
    fire_on_life_loss: Annotated[bool, flag] = True
    """Whether FIRE is pressed for the agent after a lost life."""
    precision: Annotated[str, choice("auto", "float32", "bfloat16")] = "auto"
    """Of the convolutions in the update; auto: bfloat16 where the processor is fast at it."""

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON form."""
        plain = dataclasses.asdict(self)
        if self.explanations:
            plain["explanations"]["methods"] = list(self.explanations.methods)
        return plain

    def shortened(self, steps: int | None) -> tuple[TrainingRecipe, list[str]]:
        """The recipe for another number of steps, and what else changed with it, in words.

        A run much shorter than the recipe's would end before learning starts. So learning starts after a twentieth
        of the steps at the latest, the replay memory holds no more than the steps, and snapshots and explanations
        come at least ten times. Exploration needs no change: `exploration_fraction` is a share of the steps.

        Args:
            steps: agent steps; None for the recipe as it is.

        Raises:
            InvalidValue: `steps` is outside 1 to 10^9.
        """
        if steps is None:
            return self, []
        steps = whole(1, 10**9)("steps", steps)
        if steps >= self.n_timesteps:
            return dataclasses.replace(self, n_timesteps=steps), []
        smallest = self.n_envs * (self.frame_stack + self.n_steps + 2)  # a memory must hold a stack and a return
        caps = {"learning_starts": steps // 20, "buffer_size": max(steps, smallest)}
        changes: dict[str, Any] = {name: cap for name, cap in caps.items() if getattr(self, name) > cap}
        notes = [f"{name} is {cap:,} instead of {getattr(self, name):,}" for name, cap in changes.items()]
        often = max(1, steps // 10)
        for name in ("snapshots", "explanations"):
            plan = getattr(self, name)
            if plan is not None and plan.every > often:
                changes[name] = dataclasses.replace(plan, every=often)
                notes.append(f"{name}.every is {often:,} instead of {plan.every:,}")
        return dataclasses.replace(self, n_timesteps=steps, **changes), notes


def load_recipe(recipe: str | Path) -> TrainingRecipe:
    """A recipe from a file, or one of the shipped ones by its name.

    A recipe with the key `base` says only what is different from the one it names, which must be complete.

    Args:
        recipe: path of a YAML file, or a name such as "breakout-nature".

    Raises:
        FileRefused: there is none, it is not readable, or a value is not allowed; the sentence names file and key.
    """
    return _load(_find(recipe), ())


def shipped_recipes() -> list[str]:
    """Names of the recipes that come with rlxai."""
    return sorted(path.stem for path in data_dir("agents").glob("*.yaml"))


def _find(recipe: str | Path) -> Path:
    path, shipped = Path(recipe), shipped_recipes()
    if exists(path):
        return path
    # A path into the checkout means the shipped file, wherever the command is run.
    name = path.stem if path.suffix == ".yaml" and path.parent.name in ("", "agents") else str(recipe)
    if name not in shipped:
        raise FileRefused(f"{recipe}: no such recipe; give a YAML file or one of {', '.join(shipped)}")
    return data_dir("agents") / f"{name}.yaml"


def _load(path: Path, heirs: tuple[Path, ...]) -> TrainingRecipe:
    """The recipe in a file that is the base of `heirs`, the last of them directly."""
    values = read_mapping(path)
    with naming(path):
        if "base" in values:
            values = overlay(_inherited(base_name(values["base"]), path, heirs), values)
        parsed = parse(TrainingRecipe, values)
        if parsed.explanations and parsed.game not in PLAYERS:
            raise InvalidValue(
                f"explanations need probe states, and no scripted player knows {parsed.game}; leave them out"
            )
    return parsed


def _inherited(base: str, path: Path, heirs: tuple[Path, ...]) -> dict[str, Any]:
    beside = [path.with_name(base), path.with_name(f"{base}.yaml")]
    found = next((file for file in beside if file.is_file()), None)
    if found is None and base not in shipped_recipes():
        raise InvalidValue(f"base {base!r} is no recipe; shipped are {', '.join(shipped_recipes())}")
    parent = found or data_dir("agents") / f"{base}.yaml"
    family = [*heirs, path]
    if len(family) > _MAX_FAMILY:
        raise InvalidValue(f"base leads back over more than {_MAX_FAMILY} recipes")
    if parent.resolve() in [file.resolve() for file in family]:
        raise InvalidValue(f"base leads in a circle: {' > '.join(file.name for file in [*family, parent])}")
    return {name: value for name, value in _load(parent, tuple(family)).to_dict().items() if value is not None}
