"""Captum's LIME, given our random squares and a ridge of its own kind: scikit-learn's lasso would zero most slopes."""

from __future__ import annotations

import types
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from rlxai.attribution import explain_batch, forward_pass
from rlxai.attribution.surrogate import segments, shown_squares

pytestmark = pytest.mark.oracle


def ridge_model(captum_attr: types.ModuleType, alpha: float) -> object:
    """Weighted ridge by QR of the stacked system, behind captum's interface."""
    from captum._utils.models.model import Model

    class Ridge(Model):
        def fit(self, train_data: object, **kwargs: object) -> dict:
            z, y, pi = (torch.cat(columns).double() for columns in zip(*train_data, strict=True))
            root = pi.flatten().sqrt()[:, None]
            penalty = torch.cat([torch.zeros(z.shape[1], 1), torch.eye(z.shape[1])], 1).double() * alpha**0.5
            design = torch.cat([root * torch.cat([torch.ones(len(z), 1), z], 1), penalty])
            self.slopes = torch.linalg.lstsq(
                design, torch.cat([root[:, 0] * y.flatten(), penalty.new_zeros(z.shape[1])])
            )
            return {}

        def representation(self) -> Tensor:
            return self.slopes.solution[1:]

        def __call__(self, x: Tensor) -> Tensor:
            return x @ self.representation()

    return Ridge()


def test_lime(captum_attr, network: nn.Sequential, frames: Tensor, agree: Callable[..., None]) -> None:
    x = frames[:1] + 0.01  # captum's model has black squares too
    draws = iter(shown_squares(60, 16, 4).double()[:, None])
    from captum.attr._core.lime import get_exp_kernel_similarity_function

    flat = get_exp_kernel_similarity_function("cosine", kernel_width=0.25)
    q = network(x)  # taken off, because captum rounds what it fits to single precision
    explainer = captum_attr.Lime(
        lambda changed: network(changed) - q, ridge_model(captum_attr, 0.7), perturb_func=lambda *_, **__: next(draws),
        similarity_func=lambda original, changed, z, **kw: z.new_tensor([flat(torch.ones_like(z), z, z, **kw)]),
    )  # fmt: skip
    theirs = explainer.attribute(x, target=2, n_samples=61, feature_mask=segments(84, 84, 4)[None, None])
    ours = explain_batch(forward_pass(network, x), "lime", "action:2", cells=4, samples=60, ridge=0.7, seed=4).relevance
    agree("lime", "captum Lime, ridge, same squares", ours * 4, theirs.expand_as(ours))
