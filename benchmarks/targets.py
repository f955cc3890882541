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
    "occlusion": (
        "convolutions of the touched patches 28, linear layer 16, copying patches 13, the rest 9; the arithmetic alone "
        "is 26 at full rate, but patches come in batches of about 80 and leave the cache. Fitting each window's own "
        "area would save a fifth of the arithmetic and split the batches further"
    ),
    "rise": (
        "masked inputs 24, first layer 126, second and third 165, linear 71; 328 at full rate. The first layer's "
        "response to the grid's basis pays for few shifts, but 500 masks have 144; one shift for every 32 masks would "
        "give about 340 and change the published sampling"
    ),
    "extremal-perturbation": (
        "the target is a fifth of what TorchRay takes, 9,900 forwards of the batch for each single frame (three areas, "
        "800 iterations each); the default here is three areas of 100 iterations, for all frames at once"
    ),
}

NINE_TARGET = 14.0
