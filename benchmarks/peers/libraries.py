"""Import of the libraries compared with, which are never needed by rlxai itself.

Zennit and pytorch-grad-cam import torchvision, for residual blocks and image files that play no part here. A
torchvision built for another torch dies at import, and is then replaced by a stand-in while they are imported.
"""

from __future__ import annotations

import sys
import types
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from torch import nn

_MODULES = (
    "torchvision", "torchvision.models", "torchvision.models.resnet", "torchvision.transforms",
    "torchvision.transforms.functional",
)  # fmt: skip


def load(name: str, *parts: str) -> types.ModuleType:
    """A library with some of its parts, such as `load("zennit", "zennit.rules")`.

    Raises:
        ImportError: it is not installed, or does not work with what is.
    """
    try:
        with torchvision_or_stand_in(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for part in parts:
                import_module(part)
            return import_module(name)
    except RuntimeError as error:  # an extension module built for another torch
        raise ImportError(f"{name} cannot be imported: {error}") from error


@contextmanager
def torchvision_or_stand_in() -> Iterator[None]:
    """Within, `import torchvision` works."""
    before = "torchvision" in sys.modules
    try:
        import_module("torchvision")
    except (ImportError, RuntimeError):
        _forget()
        stand_ins = {module: _StandIn(module) for module in _MODULES}
        for module, stand_in in stand_ins.items():
            parent, _, child = module.rpartition(".")
            if parent:
                setattr(stand_ins[parent], child, stand_in)
        sys.modules.update(stand_ins)
    try:
        yield
    finally:
        if isinstance(sys.modules.get("torchvision"), _StandIn) and not before:
            _forget()


class _StandIn(types.ModuleType):
    """Any name that is imported from it is a class that nothing is an instance of."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (nn.Module,), {})


def _forget() -> None:
    for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
        del sys.modules[name]
