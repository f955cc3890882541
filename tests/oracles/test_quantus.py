"""Metrics against Quantus and scikit-image, where these compute them correctly.

Quantus flips single channels, so pixel flipping is compared on networks with one frame, and without its defaults
(softmax, normalised maps). Its completeness tests floats for equality, and its ROAD, IROF and NonSensitivity fail on
stacked frames: for these it is no oracle. To run: `pip install quantus` (it needs scikit-image, tqdm, cachetools).
"""

from __future__ import annotations

import types
import warnings

import numpy as np
import pytest
import torch

from benchmarks.peers.libraries import load
from rlxai.networks.architecture import nips
from rlxai.trust.flipping import flip_order, flip_outputs
from rlxai.trust.localisation import localisation
from rlxai.trust.similarity import rank_correlation, structural_similarity

pytestmark = [pytest.mark.oracle, pytest.mark.filterwarnings("ignore")]  # of Quantus


@pytest.fixture(scope="module")
def quantus() -> types.ModuleType:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load("quantus")
    except ImportError as error:
        pytest.skip(str(error))


def test_pixel_flipping(quantus, generator):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = nips(1, 4).requires_grad_(False).eval()
    x = generator.random((3, 1, 84, 84)).astype(np.float32)
    x[:, :, :20] = 0
    relevance = generator.normal(size=x.shape).astype(np.float32)
    step = 84 * 84 // 8
    metric = quantus.PixelFlipping(
        features_in_step=step, normalise=False, abs=False, perturb_baseline="black", disable_warnings=True
    )
    with torch.no_grad():
        theirs = metric(
            model=network, x_batch=x, y_batch=np.array([0, 2, 3]), a_batch=relevance, device="cpu", softmax=False,
            channel_first=True,
        )  # fmt: skip
    given = torch.from_numpy(x)
    found = flip_outputs(network, given, given * 0, flip_order(relevance), [step * k for k in range(1, 9)])  # (8, 3, 4)
    ours = found[:, [0, 1, 2], [0, 2, 3]].T
    assert ours.numpy() == pytest.approx(np.array(theirs), abs=1e-6)


def test_pointing_game_and_rank_accuracy(quantus, generator, monkeypatch):
    monkeypatch.setattr("rlxai.trust.localisation.TOLERANCE", 0)  # Quantus has none
    maps = np.abs(generator.normal(size=(40, 1, 20, 20)))
    masks = np.zeros(maps.shape)
    masks[:, :, 3:9, 2:12] = 1
    maps += masks * generator.random((40, 1, 1, 1))
    given = {"model": None, "x_batch": maps, "y_batch": np.zeros(40, int), "a_batch": maps, "s_batch": masks}
    found = localisation(maps, masks)
    options = {"normalise": False, "abs": False, "disable_warnings": True}
    hits = quantus.PointingGame(**options)(**given, channel_first=True)
    assert found.hit.tolist() == [float(hit) for hit in hits]
    assert 0 < found.hit.mean() < 1
    accuracy = quantus.RelevanceRankAccuracy(**options)(**given, channel_first=True)
    assert found.rank == pytest.approx(accuracy)


def test_rank_correlation(quantus, generator):
    first = generator.normal(size=(4, 1, 15, 15)).round(1)  # equal values
    second = first + generator.normal(size=first.shape)
    theirs = quantus.similarity_func.correlation_spearman(
        np.abs(first).reshape(4, -1), np.abs(second).reshape(4, -1), batched=True
    )
    assert rank_correlation(first, second) == pytest.approx(theirs)


def test_structural_similarity_is_scikit_images(generator):
    metrics = pytest.importorskip("skimage.metrics", reason="scikit-image is not installed")
    first = generator.normal(size=(3, 1, 30, 30))
    second = first + generator.normal(size=first.shape)
    ours = structural_similarity(first, second)
    for a, b, found in zip(np.abs(first[:, 0]), np.abs(second[:, 0]), ours, strict=True):
        _, picture = metrics.structural_similarity(
            a / a.max(), b / b.max(), gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0,
            full=True,
        )  # fmt: skip
        assert found == pytest.approx(picture.mean(), abs=1e-12)  # its own mean leaves out the border
