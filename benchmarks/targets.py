"""Aims in forwards of the batch, at batch 32, one thread, float32: what a method should cost at most."""

from __future__ import annotations

BATCH = 32

NINE = (
    "gradient", "guided-backprop", "deconvnet", "deeplift", "lrp-epsilon", "lrp-epsilon-plus", "lrp-epsilon-plus-flat",
    "lrp-epsilon-gamma-box", "lrp-epsilon-alpha2beta1-flat",
)  # fmt: skip
"""The backward methods that are asked for together; they share the forward pass."""

TARGETS: dict[str, float] = {
    "gradient": 2.5,
    "lrp-epsilon-plus-flat": 2.7,
    "lrp-epsilon-alpha2beta1-flat": 3.3,
    "grad-cam": 1.3,
    "ablation-cam": 1.6,
    "occlusion": 50,
    "integrated-gradients": 45,
    "smoothgrad": 40,
    "blur-perturbation": 200,
    "rise": 350,
    "extremal-perturbation": 9900 / 5 * BATCH,
}
"""By method, for the whole batch."""

REMARKS: dict[str, str] = {
    "extremal-perturbation": (
        "the target is a fifth of what TorchRay takes, 9,900 forwards of the batch for each single frame (three areas, "
        "800 iterations each); the default here is three areas of 100 iterations, for all frames at once"
    ),
}

NINE_TARGET = 14.0
