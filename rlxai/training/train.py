"""Train an agent by a recipe, and go on with a training that was stopped or killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.utils import LinearSchedule

from rlxai.checks import parse
from rlxai.errors import InvalidValue, RunError
from rlxai.preprocessing import Preprocessing
from rlxai.store import Run
from rlxai.threads import one_thread
from rlxai.training.commit_callback import CommitCallback
from rlxai.training.dqn import FastDQN
from rlxai.training.explanation_callback import ExplanationCallback
from rlxai.training.extractors import policy_kwargs
from rlxai.training.live import surroundings
from rlxai.training.lock import sole_training
from rlxai.training.logs import training_logger
from rlxai.training.monitor import MonitorFile
from rlxai.training.recipe import TrainingRecipe, load_recipe
from rlxai.training.report import ProgressReport, Report
from rlxai.training.resume import Record, read_record, restore
from rlxai.training.schedule import ScheduledCallback
from rlxai.training.snapshot_callback import SnapshotCallback
from rlxai.training.vec_env import ALEVecEnv
from rlxai.training.versions import versions

_LOG_EVERY = 100
"""Lives between two lines of SB3's log."""


def train(
    recipe: str | Path,
    out: str | Path,
    *,
    steps: int | None = None,
    seed: int = 0,
    resume: bool = False,
    progress: Report | None = None,
    note: Callable[[str], None] = print,
) -> Run:
    """Train an agent into a new run, or go on with one.

    Games are played by `ALEVecEnv`, learned from by `FastDQN`. Beside the snapshots the run gets monitor.csv (a row
    per game), progress.csv (SB3's log), explanations.csv (what `ExplanationCallback` sees), resume/ (the last commit,
    see `rlxai.training.resume`) and, where TensorBoard is installed, tensorboard/. Equal recipe, steps, seed, versions
    and machine give equal weights, however often the training was killed and resumed in between.

    Args:
        recipe: YAML file, or the name of a shipped recipe.
        out: folder of the run.
        steps: agent steps, instead of the recipe's; see `TrainingRecipe.shortened` for what changes with it.
        seed: of everything that is drawn.
        resume: go on from the last commit of the run at `out`; a training that has none yet starts.
        progress: called with (what, done, total) at every step.
        note: told, in sentences, what is not as in the recipe.

    Raises:
        FileRefused: the recipe is not usable.
        InvalidValue: `steps`, `seed` or the run's name is outside its domain.
        RunError: the folder is not empty, holds another training, is damaged, or cannot be written.
        KeyboardInterrupt: on Ctrl-C, saying which snapshots are kept.
    """
    wanted, out = load_recipe(recipe), Path(out)
    plan, changes = wanted.shortened(steps)
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed < 2**31:
        raise InvalidValue(f"seed must be a whole number from 0 to 2147483647, met {seed!r}")
    record = read_record(out / "resume") if resume else None
    if record:
        plan = _committed_plan(Run(out), wanted, steps, seed, note)
    elif not resume:
        _require_new(out)
    if changes and not record:
        note(f"for {plan.n_timesteps:,} steps, {', '.join(changes)}")
    with one_thread(), closing(_environment(plan, seed)) as env:
        model = _model(plan, env, seed)
        run = Run(out) if record else _create_run(out, model, wanted, plan, seed)
        try:
            with sole_training(out / "resume"):
                _learn(model, plan, run, record, progress)
        except OSError as error:
            raise RunError(
                f"{os.fsdecode(error.filename or out)}: cannot be written ({error.strerror or error})"
            ) from None
    return run


def _learn(model: FastDQN, plan: TrainingRecipe, run: Run, record: Record | None, progress: Report | None) -> None:
    """Train a new model to the end of the plan, from a commit where there is one."""
    out = run.path
    if record:
        restore(model, out / "resume", record)
    files = MonitorFile(out / "monitor.csv", plan.game, keep=record.monitor_bytes if record else None)
    with closing(files) as monitor, training_logger(out, record.step if record else None) as logger:
        model.set_logger(logger)
        report = [ProgressReport(progress, plan.n_timesteps)] if progress else []
        callbacks = _callbacks(plan, out, monitor, record)
        try:
            model.learn(
                plan.n_timesteps - model.num_timesteps,
                callback=[*callbacks[:-1], monitor, *report, callbacks[-1]],
                log_interval=_LOG_EVERY,
                reset_num_timesteps=record is None,
            )
        except KeyboardInterrupt:
            raise KeyboardInterrupt(_interrupted(run, model.num_timesteps)) from None


def _committed_plan(
    run: Run, wanted: TrainingRecipe, steps: int | None, seed: int, note: Callable[[str], None]
) -> TrainingRecipe:
    """What the run is being trained with, if that is what was asked for."""
    provenance = run.info["provenance"]
    plan, asked_before = _recipe(provenance["trained_with"]), _recipe(run.info["recipe"]).to_dict()
    if provenance["seed"] != seed:
        raise RunError(f"{run.path}: is trained with seed {provenance['seed']}, not {seed}")
    if changed := [name for name, value in wanted.to_dict().items() if asked_before[name] != value]:
        raise RunError(f"{run.path}: is trained by a recipe with another {', '.join(changed)}")
    if steps not in (None, plan.n_timesteps):
        raise RunError(f"{run.path}: is trained for {plan.n_timesteps:,} steps, not {steps:,}")
    if provenance["versions"] != versions():
        note("some versions are others than at the start, so the result may differ from an unbroken training")
    return plan


def _recipe(plain: dict[str, Any]) -> TrainingRecipe:
    return parse(TrainingRecipe, {name: value for name, value in plain.items() if value is not None})


def _require_new(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise RunError(f"{out}: exists already; choose a new folder, or resume")


def _environment(plan: TrainingRecipe, seed: int) -> ALEVecEnv:
    preprocessing = Preprocessing(frame_stack=plan.frame_stack, fire_on_life_loss=plan.fire_on_life_loss)
    return ALEVecEnv(
        plan.game,
        plan.n_envs,
        seed=seed,
        preprocessing=preprocessing,
        terminal_on_life_loss=plan.terminal_on_life_loss,
    )


def _model(plan: TrainingRecipe, env: ALEVecEnv, seed: int) -> FastDQN:
    rate, final = plan.learning_rate, plan.learning_rate_final
    return FastDQN(
        "CnnPolicy",
        env,
        learning_rate=rate if final is None else LinearSchedule(rate, final, 1.0),
        double_q=plan.double_q,
        n_steps=plan.n_steps,
        adam_eps=plan.adam_eps,
        bfloat16=None if plan.precision == "auto" else plan.precision == "bfloat16",
        buffer_size=plan.buffer_size,
        learning_starts=plan.learning_starts,
        batch_size=plan.batch_size,
        gamma=plan.gamma,
        train_freq=plan.train_freq,
        gradient_steps=plan.gradient_steps,
        target_update_interval=plan.target_update_interval,
        max_grad_norm=plan.max_grad_norm,
        exploration_fraction=plan.exploration_fraction,
        exploration_initial_eps=plan.exploration_initial_eps,
        exploration_final_eps=plan.exploration_final_eps,
        policy_kwargs=policy_kwargs(plan.network),
        seed=seed,
        device="cuda" if torch.cuda.is_available() else "cpu",
    )


def _create_run(out: Path, model: FastDQN, wanted: TrainingRecipe, plan: TrainingRecipe, seed: int) -> Run:
    env = model.get_env()
    assert env is not None
    provenance = {
        "algorithm": type(model).__name__, "seed": seed, "trained_with": plan.to_dict(), "device": model.device.type,
        "versions": versions(),
    }  # fmt: skip
    info = {**surroundings(env).to_info(), "recipe": wanted.to_dict(), "provenance": provenance}
    return Run.create(out, info)


def _callbacks(plan: TrainingRecipe, out: Path, monitor: MonitorFile, record: Record | None) -> list[BaseCallback]:
    """Those that act at scheduled steps; the commit comes last, when the others have done their part of a step."""
    callbacks: list[ScheduledCallback] = [SnapshotCallback(out, every=plan.snapshots.every)]
    if plan.explanations:
        look = plan.explanations
        callbacks.append(
            ExplanationCallback(out, every=look.every, methods=look.methods, target=look.target, states=look.states)
        )
    callbacks.append(CommitCallback(out / "resume", plan.commits.every, monitor, record))
    for callback in callbacks:
        callback.resumes = record is not None
    return [*callbacks]


def _interrupted(run: Run, step: int) -> str:
    kept = [snapshot.step for snapshot in run.snapshots()]
    last = f"{len(kept)} snapshots are kept, the last of step {kept[-1]:,}" if kept else "no snapshot was taken yet"
    record = read_record(run.path / "resume")
    goes_on = f"; resuming goes on from step {record.step:,}" if record else ""
    return f"training stopped at step {step:,} of {run.path}; {last}{goes_on}"
