"""Training with Stable-Baselines3: callbacks for your own training, recipes and `train` for a complete one."""

from rlxai.training.explanation_callback import ExplanationCallback
from rlxai.training.extractors import GapCNN, NipsCNN, policy_kwargs
from rlxai.training.probes import ProbeStates, scripted_probes
from rlxai.training.recipe import TrainingRecipe, load_recipe, shipped_recipes
from rlxai.training.snapshot_callback import SnapshotCallback
from rlxai.training.train import train

__all__ = [
    "ExplanationCallback",
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
