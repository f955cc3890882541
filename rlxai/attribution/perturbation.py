"""The perturbation family: change part of the input and see what the target loses."""

from __future__ import annotations

from rlxai.attribution.blur import BLUR_PERTURBATION
from rlxai.attribution.dense_q import DENSE_Q
from rlxai.attribution.extremal import EXTREMAL_PERTURBATION
from rlxai.attribution.masks import RISE
from rlxai.attribution.meaningful import MEANINGFUL_PERTURBATION
from rlxai.attribution.occlusion import OCCLUSION
from rlxai.attribution.sarfa import SARFA
from rlxai.attribution.surrogate import LIME

METHODS = (
    OCCLUSION, BLUR_PERTURBATION, SARFA, RISE, LIME, MEANINGFUL_PERTURBATION, EXTREMAL_PERTURBATION, DENSE_Q,
)  # fmt: skip
