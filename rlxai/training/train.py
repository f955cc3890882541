"""Train an agent by a recipe, with Stable-Baselines3's own DQN."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

import gymnasium as gym
import torch
from ale_py import ALEInterface, LoggerMode
from ale_py.registration import rom_id_to_name
from stable_baselines3 import DQN
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.env_util import make_atari_env
from stable_baselines3.common.logger import CSVOutputFormat, KVWriter, Logger, TensorBoardOutputFormat
from stable_baselines3.common.vec_env import VecEnv, VecFrameStack

from rlxai.errors import InvalidValue, RunError
from rlxai.store import Run
from rlxai.training.explanation_callback import ExplanationCallback
from rlxai.training.extractors import policy_kwargs
from rlxai.training.live import surroundings
from rlxai.training.monitor import MonitorFile
from rlxai.training.recipe import TrainingRecipe, load_recipe
from rlxai.training.report import ProgressReport, Report
from rlxai.training.snapshot_callback import SnapshotCallback
from rlxai.training.versions import versions

_LOG_EVERY = 100
"""Lives between two lines of SB3's log."""


def train(
    recipe: str | Path,
    out: str | Path,
    *,
    steps: int | None = None,
    seed: int = 0,
    progress: Report | None = None,
    note: Callable[[str], None] = print,
) -> Run:
    """Train an agent into a new run.

    The environment is SB3's: make_atari_env on <Game>NoFrameskip-v4, frames stacked. Beside the snapshots the run
    gets monitor.csv (a row per game), progress.csv (SB3's log with the object ledger) and, where TensorBoard is
    installed, tensorboard/. Equal recipe, steps, seed, versions and machine give equal weights. SB3 seeds the global
    generators of Python, NumPy and torch.

    Args:
        recipe: YAML file, or the name of a shipped recipe.
        out: folder of the new run.
        steps: agent steps, instead of the recipe's; see `TrainingRecipe.shortened` for what changes with it.
        seed: of everything that is drawn.
        progress: called with (what, done, total) at every step.
        note: told, in sentences, what is not as in the recipe.

    Raises:
        FileRefused: the recipe is not usable.
        InvalidValue: `steps`, `seed` or the run's name is outside its domain.
        RunError: the folder is not empty, or cannot be written.
        KeyboardInterrupt: on Ctrl-C, saying which snapshots are kept.
    """
    wanted, out = load_recipe(recipe), Path(out)
    plan, changes = wanted.shortened(steps)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
        raise InvalidValue(f"seed must be a whole number from 0 to 2147483647, met {seed!r}")
    _require_new(out)
    if changes:
        note(f"for {plan.n_timesteps:,} steps, {', '.join(changes)}")
    env_id = f"{rom_id_to_name(plan.game)}NoFrameskip-v4"
    with _one_thread(), closing(_environment(plan, env_id, seed)) as env:
        model = _model(plan, env, seed)
        run = _create_run(out, model, wanted, plan, seed)
        with closing(MonitorFile(out / "monitor.csv", env_id)) as monitor, closing(_logger(out)) as logger:
            model.set_logger(logger)
            report = [ProgressReport(progress, plan.n_timesteps)] if progress else []
            try:
                callbacks = [*_callbacks(plan, out), monitor, *report]
                model.learn(plan.n_timesteps, callback=callbacks, log_interval=_LOG_EVERY)
            except KeyboardInterrupt:
                raise KeyboardInterrupt(_interrupted(run, model.num_timesteps)) from None
            except OSError as error:
                raise RunError(f"{out}: cannot be written ({error.strerror or error})") from None
    return run


def _require_new(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out}: exists already; choose a new folder (a stopped training cannot be continued yet)")


@contextmanager
def _one_thread() -> Iterator[None]:
    """Batches of 32 are too small to share out, and a second thread beside another process makes both wait."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _environment(plan: TrainingRecipe, env_id: str, seed: int) -> VecEnv:
    if env_id not in gym.registry:
        raise InvalidValue(f"{plan.game} cannot be trained: Gymnasium has no {env_id}")
    ALEInterface.setLoggerMode(LoggerMode.Error)  # no banner
    return VecFrameStack(make_atari_env(env_id, n_envs=plan.n_envs, seed=seed), plan.frame_stack)


def _model(plan: TrainingRecipe, env: VecEnv, seed: int) -> DQN:
    return DQN(
        "CnnPolicy",
        env,
        learning_rate=plan.learning_rate,
        buffer_size=plan.buffer_size,
        learning_starts=plan.learning_starts,
        batch_size=plan.batch_size,
        gamma=plan.gamma,
        train_freq=plan.train_freq,
        gradient_steps=plan.gradient_steps,
        # SB3's compact memory cannot tell a time limit from an end; with AtariWrapper there is none to tell.
        replay_buffer_kwargs={"handle_timeout_termination": not plan.optimize_memory_usage},
        optimize_memory_usage=plan.optimize_memory_usage,
        target_update_interval=plan.target_update_interval,
        exploration_fraction=plan.exploration_fraction,
        exploration_initial_eps=plan.exploration_initial_eps,
        exploration_final_eps=plan.exploration_final_eps,
        policy_kwargs=policy_kwargs(plan.network),
        seed=seed,
        device="cuda" if torch.cuda.is_available() else "cpu",
    )


def _create_run(out: Path, model: DQN, wanted: TrainingRecipe, plan: TrainingRecipe, seed: int) -> Run:
    env = model.get_env()
    assert env is not None
    provenance = {
        "algorithm": "DQN", "seed": seed, "trained_with": plan.to_dict(), "device": model.device.type,
        "versions": versions(),
    }  # fmt: skip
    info = {**surroundings(env).to_info(), "recipe": wanted.to_dict(), "provenance": provenance}
    return Run.create(out, info)


def _callbacks(plan: TrainingRecipe, out: Path) -> list[BaseCallback]:
    callbacks: list[BaseCallback] = [SnapshotCallback(out, every=plan.snapshots.every)]
    if plan.explanations:
        look = plan.explanations
        callbacks.append(
            ExplanationCallback(out, every=look.every, methods=look.methods, target=look.target, states=look.states)
        )
    return callbacks


def _logger(out: Path) -> Logger:
    formats: list[KVWriter] = [CSVOutputFormat(str(out / "progress.csv"))]
    if find_spec("tensorboard"):
        formats.append(TensorBoardOutputFormat(str(out / "tensorboard")))
    return Logger(str(out), formats)


def _interrupted(run: Run, step: int) -> str:
    kept = [snapshot.step for snapshot in run.snapshots()]
    last = f"{len(kept)} snapshots are kept, the last of step {kept[-1]:,}" if kept else "no snapshot was taken yet"
    return f"training stopped at step {step:,} of {run.path}; {last}"
