"""Training with Stable-Baselines3: callbacks for your own training, recipes and `train` for a complete one."""

from rlxai.training.dqn import FastDQN
from rlxai.training.explanation_callback import ExplanationCallback
from rlxai.training.extractors import GapCNN, NipsCNN, policy_kwargs
from rlxai.training.memory import FrameReplayBuffer
from rlxai.training.probes import ProbeStates, scripted_probes
from rlxai.training.recipe import TrainingRecipe, load_recipe, shipped_recipes
from rlxai.training.snapshot_callback import SnapshotCallback
from rlxai.training.train import train
from rlxai.training.vec_env import ALEVecEnv

__all__ = [
    "ALEVecEnv",
    "ExplanationCallback",
    "FastDQN",
    "FrameReplayBuffer",
    "GapCNN",
    "NipsCNN",
    "ProbeStates",
    "SnapshotCallback",
    "TrainingRecipe",
    "load_recipe",
    "policy_kwargs",
    "scripted_probes",
    "shipped_recipes",
    "train",
]
