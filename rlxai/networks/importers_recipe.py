"""Import recipes: how the weights of another framework become a network here, declared in one YAML file.

A recipe says which tensors form which layer and how they are laid out; it holds no code and none is run.
docs/foreign-agents.md describes every key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from rlxai.checks import choice, flag, names, parse, real, section
from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks.reading import exists, naming
from rlxai.networks.yaml_file import read_mapping
from rlxai.preprocessing import Preprocessing
from rlxai.resources import data_dir

ARCHITECTURES = ("nature", "nips", "gap")
"""Named networks: one weight and one bias per layer, in the order of the layers."""
_MAX_LAYERS = 32
_FOLDER = "foreign"


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 300:
        raise InvalidValue(f"{name} must be a text of 1 to 300 characters, met {str(value)[:60]!r}")
    return value


def _step(name: str, value: Any) -> str:
    if not isinstance(value, str) or value.count("{step}") != 1 or len(value) > 100:
        raise InvalidValue(f"{name} must be part of a file name with {{step}} for its number, met {str(value)[:60]!r}")
    return value


def _pair(low: int) -> Any:
    def check(name: str, value: Any) -> tuple[int, int]:
        pair = [value, value] if isinstance(value, int) else value
        if not isinstance(pair, list) or len(pair) != 2 or not all(type(v) is int and low <= v <= 64 for v in pair):
            raise InvalidValue(
                f"{name} must be a whole number from {low} to 64, or two of them for height and width, "
                f"met {str(value)[:60]!r}"
            )
        return pair[0], pair[1]

    return check


def _tensors(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, list) and len(value) <= 2:
        return tuple(names(_text, 2)(name, value))
    if isinstance(value, str):
        return (_text(name, value),)
    raise InvalidValue(
        f"{name} must be a pattern that fits a weight and a bias, such as 'conv1.*', or the list of their two names, "
        f"met {str(value)[:60]!r}"
    )


def _preprocessing(name: str, value: Any) -> Preprocessing:
    try:
        return Preprocessing.from_dict(value)
    except InvalidValue as error:
        raise InvalidValue(str(error).replace("preprocessing ", f"{name}.", 1)) from None


@dataclass(frozen=True)
class LayerSource:
    """One layer with weights: where they are in the file, and what weights do not tell."""

    tensors: Annotated[tuple[str, ...], _tensors]
    """One pattern that fits both, or the names of weight and bias."""
    stride: Annotated[tuple[int, int] | None, _pair(1)] = None
    padding: Annotated[tuple[int, int] | None, _pair(0)] = None


def _layers(name: str, value: Any) -> tuple[LayerSource, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= _MAX_LAYERS:
        raise InvalidValue(f"{name} must be a list of 1 to {_MAX_LAYERS} layers, met {str(value)[:60]!r}")
    items = (item if isinstance(item, dict) else {"tensors": item} for item in value)
    return tuple(parse(LayerSource, item, f"{name}[{index}].") for index, item in enumerate(items))


@dataclass(frozen=True)
class WeightsLayout:
    """How the file lays out what the layers are made of; the defaults are torch's."""

    entry: Annotated[str | None, _text] = None
    """Entry of a torch file that holds the tensors; None: the only one that does."""
    prefix: Annotated[str, _text] = ""
    """Start of the names of the tensors that matter; it is left out everywhere else in the recipe."""
    kernels: Annotated[str, choice("OIHW", "HWIO", "OHWI", "IOHW")] = "OIHW"
    """Axes of a convolution's weight: O outputs, I inputs, H height, W width."""
    flipped: Annotated[bool, flag] = False
    """Whether layers convolve in the mathematician's sense, with kernels turned by 180 degrees (Theano, Lasagne)."""
    dense: Annotated[str, choice("out-in", "in-out")] = "out-in"
    """Axes of a dense layer's weight."""
    flatten: Annotated[str, choice("CHW", "HWC")] = "CHW"
    """Order in which the first dense layer reads the feature maps."""
    input_scale: Annotated[float, real(1e-3, 1e3)] = 1.0
    """What the network was given for a white pixel: 1, or 255 where levels were not divided."""
    ignore: Annotated[tuple[str, ...], names(_text, 64)] = ()
    """Patterns of tensors that are left out, such as value heads; any other unused tensor is refused."""


@dataclass(frozen=True)
class ImportRecipe:
    """What the author of a recipe knows about an agent that its file of weights does not say."""

    game: Annotated[str | None, _text] = None
    origin: Annotated[str | None, _text] = None
    """Where the weights come from and their licence, in a sentence; kept with every snapshot."""
    step: Annotated[str | None, _step] = None
    """Where file names hold the training step, such as "ckpt{step}"."""
    outputs: Annotated[str | None, choice("q-values", "logits")] = None
    actions: Annotated[tuple[str, ...] | None, names(_text, 64)] = None
    """Names of the outputs in their order; None: the game's minimal action set."""
    architecture: Annotated[str | None, choice(*ARCHITECTURES)] = None
    """Named network, which gives strides and paddings."""
    layers: Annotated[tuple[LayerSource, ...] | None, _layers] = None
    """Layers with weights, first to last; None: the file is one that `load_agent` understands by itself."""
    weights: Annotated[WeightsLayout | None, section(WeightsLayout)] = None
    preprocessing: Annotated[Preprocessing | None, _preprocessing] = None

    def __post_init__(self) -> None:
        if self.layers is None and self.weights is not None:
            raise InvalidValue("the key 'layers' is missing: the key 'weights' says how their tensors are laid out")
        if self.layers is not None and self.outputs is None:
            raise InvalidValue("the key 'outputs' is missing: say whether the network gives q-values or logits")
        if self.layers is not None and self.architecture is not None:
            for index, layer in enumerate(self.layers):
                if layer.stride or layer.padding:
                    raise InvalidValue(
                        f"layers[{index}] gives a stride or padding, which architecture {self.architecture!r} has"
                    )

    def step_of(self, file: Path) -> int | None:
        """The training step in a file's name, or None where the recipe or the name does not tell."""
        if self.step is None:
            return None
        before, after = self.step.split("{step}")
        found = re.findall(re.escape(before) + r"(\d{1,15})" + re.escape(after), file.stem)
        return int(found[0]) if len(found) == 1 else None


def load_import_recipe(recipe: str | Path) -> ImportRecipe:
    """An import recipe from a file, or one of the shipped ones by its name.

    Args:
        recipe: path of a YAML file, or a name such as "rlcode-a3c-breakout".

    Raises:
        FileRefused: there is none, it is not readable, or a value is not allowed; the sentence names file and key.
    """
    path = _find(Path(recipe))
    values = read_mapping(path)
    with naming(path):
        return parse(ImportRecipe, values)


def _find(path: Path) -> Path:
    shipped = data_dir("agents") / _FOLDER
    names = sorted(file.stem for file in shipped.glob("*.yaml"))
    if exists(path):
        return path
    # A path into the checkout means the shipped file, wherever the command is run.
    name = path.stem if path.suffix == ".yaml" and path.parent.name in ("", _FOLDER) else str(path)
    if name not in names:
        raise FileRefused(f"{path}: no such import recipe; give a YAML file or one of {', '.join(names)}")
    return shipped / f"{name}.yaml"
