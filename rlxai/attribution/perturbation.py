"""The perturbation family: change part of the input and see what the target loses; forward passes, no gradients."""

from __future__ import annotations

from rlxai.attribution.blur import BLUR_PERTURBATION
from rlxai.attribution.masks import RISE
from rlxai.attribution.occlusion import OCCLUSION
from rlxai.attribution.sarfa import SARFA
from rlxai.attribution.surrogate import LIME

METHODS = (OCCLUSION, BLUR_PERTURBATION, SARFA, RISE, LIME)
