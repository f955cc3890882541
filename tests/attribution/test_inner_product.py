from __future__ import annotations

import pytest
import torch

from rlxai.attribution.inner_product import product, transposed_product


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(512, 130), (512, 192), (4, 512), (300, 301)])
@pytest.mark.parametrize("samples", [0, 1, 5])
def test_they_are_the_products(samples: int, shape: tuple[int, int], dtype: torch.dtype, seeded: None) -> None:
    w, b = torch.randn(shape, dtype=dtype), torch.randn(shape[0], dtype=dtype)
    a, s = torch.randn(samples, shape[1], dtype=dtype), torch.randn(samples, shape[0], dtype=dtype)
    precision = {"rtol": 0, "atol": 2e-4 if dtype == torch.float32 else 1e-12}
    exact = a.double() @ w.double().T
    torch.testing.assert_close(product(a, w).double(), exact, **precision)
    torch.testing.assert_close(product(a, w, b).double(), exact + b.double(), **precision)
    torch.testing.assert_close(transposed_product(s, w).double(), s.double() @ w.double(), **precision)
    scattered = a.T.contiguous().T, w.T.contiguous().T
    torch.testing.assert_close(product(*scattered).double(), exact, **precision)
    part = torch.cat([w, w], 1)[:, 1 : 1 + shape[1]]  # rows further apart than they are long
    torch.testing.assert_close(product(a, part).double(), a.double() @ part.double().T, **precision)
    torch.testing.assert_close(transposed_product(s, part).double(), s.double() @ part.double(), **precision)


def test_modes_around_do_not_matter(seeded: None) -> None:
    w = torch.randn(512, 130, requires_grad=True)
    a, s = torch.randn(3, 130), torch.randn(3, 512)
    with torch.no_grad():
        expected = product(a, w), transposed_product(s, w)
    with torch.inference_mode():
        assert torch.equal(product(a, w), expected[0])
        assert torch.equal(transposed_product(s, w), expected[1])
