"""Agents from the files of other frameworks, converted as an import recipe declares."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from rlxai.errors import InvalidValue
from rlxai.networks.agent import Agent, Outputs
from rlxai.networks.architecture import ARCHITECTURES, Layer, describe, with_weights
from rlxai.networks.importers_files import read_tensors
from rlxai.networks.importers_recipe import ImportRecipe, LayerSource, WeightsLayout
from rlxai.networks.load import load_agent
from rlxai.networks.names import action_names
from rlxai.networks.reading import naming, read_bounded
from rlxai.networks.shapes import Shape, format_shape, layer_shapes
from rlxai.networks.tensors import to_float32
from rlxai.preprocessing import Preprocessing

Pair = tuple[Tensor, Tensor]
"""Weight and bias of one layer."""


def import_agent(
    path: Path | str, recipe: ImportRecipe, *, game: str | None = None, actions: Sequence[str] | None = None
) -> Agent:
    """An agent from a file of weights, by a recipe.

    Args:
        path: a file by torch.save, safetensors, npz or HDF5; without layers in the recipe any that `load_agent` reads.
        recipe: what the file does not say.
        game: ALE name; None: the recipe's.
        actions: names of the outputs; None: the recipe's.

    Raises:
        FileRefused: the file is broken or hostile, or it is not what the recipe says.
        InvalidValue: the recipe is for another game or other actions.
    """
    path = Path(path)
    for name, given, said in (("game", game, recipe.game), ("actions", actions, recipe.actions)):
        if given is not None and said is not None and given != said:
            raise InvalidValue(f"{path}: its import recipe is for {name} {said!r}, not {given!r}")
    game, actions = game or recipe.game, actions or recipe.actions
    outputs = cast("Outputs | None", recipe.outputs)
    if recipe.layers is None:
        agent = load_agent(
            path, actions=actions, game=game, outputs=outputs, preprocessing=recipe.preprocessing,
            architecture=recipe.architecture,
        )  # fmt: skip
    else:
        with naming(path):
            agent = _converted(read_bounded(path), path, recipe, game, actions, outputs)
    agent.provenance |= {"origin": recipe.origin} if recipe.origin else {}
    agent.step = step if (step := recipe.step_of(path)) is not None else agent.step
    return agent


def _converted(
    data: bytes,
    path: Path,
    recipe: ImportRecipe,
    game: str | None,
    actions: Sequence[str] | None,
    outputs: Outputs | None,
) -> Agent:
    layout, preprocessing = recipe.weights or WeightsLayout(), recipe.preprocessing or Preprocessing()
    _, tensors = read_tensors(data, layout.entry)
    pairs = [_torch_layout(*pair, layout) for pair in _collect(tensors, recipe.layers or (), layout)]
    seen = preprocessing.frame_stack, preprocessing.size, preprocessing.size
    layers = _describe(pairs, recipe, seen)
    shapes = layer_shapes(layers, seen)
    weighted = [index for index, layer in enumerate(layers) if "in" in layer]
    if len(weighted) != len(pairs):
        raise InvalidValue(f"architecture {recipe.architecture!r} has {len(weighted)} layers, met {len(pairs)}")
    named: dict[str, Tensor] = {}
    flattened = next((shapes[i - 1] for i, layer in enumerate(layers) if layer["type"] == "flatten"), None)
    for index, (weight, bias) in zip(weighted, pairs, strict=True):
        if layout.flatten == "HWC" and flattened and layers[index - 1]["type"] == "flatten":
            weight = _channels_first(weight, flattened)
        named |= {f"{index}.weight": weight, f"{index}.bias": bias}
    first = f"{weighted[0]}.weight"
    named[first] = named[first] * layout.input_scale  # f(s x) = (s W) x + b
    return Agent(
        with_weights(layers, named),
        action_names(shapes[-1][0], actions, game),
        preprocessing,
        game=game,
        outputs=outputs or "q-values",
        provenance={"source": path.name, "source_sha256": hashlib.sha256(data).hexdigest()},
    )


def _collect(tensors: Mapping[str, Any], sources: Sequence[LayerSource], layout: WeightsLayout) -> list[Pair]:
    """Weight and bias of each layer as float32; every other tensor must be one that is to be ignored."""
    own = {name.removeprefix(layout.prefix): t for name, t in tensors.items() if name.startswith(layout.prefix)}
    if not own:
        raise InvalidValue(f"weights.prefix {layout.prefix!r} fits no tensor; the file holds {_list(tensors)}")
    chosen = [_choose(own, source.tensors, f"layers[{index}].tensors") for index, source in enumerate(sources)]
    used = [name for pair in chosen for name in pair]
    if twice := sorted({name for name in used if used.count(name) > 1}):
        raise InvalidValue(f"tensor {twice[0]!r} is taken by two layers")
    full = {layout.prefix + name for name in used}
    unused = [name for name in tensors if name not in full and not _ignored(name, layout)]
    if unused:
        raise InvalidValue(f"no layer takes {_list(unused)}; name them in weights.ignore if they are not needed")
    floats = to_float32({name: own[name] for name in used})
    return [(floats[weight], floats[bias]) for weight, bias in chosen]


def _choose(tensors: Mapping[str, Any], wanted: tuple[str, ...], key: str) -> tuple[str, str]:
    """Names of weight and bias, told apart by their axes."""
    found = [name for name in tensors if any(name == want or fnmatchcase(name, want) for want in wanted)]
    weights = [name for name in found if getattr(tensors[name], "ndim", 0) in (2, 4)]
    biases = [name for name in found if getattr(tensors[name], "ndim", 0) == 1]
    if (len(found), len(weights), len(biases)) != (2, 1, 1):
        what = f"fits {_list(found)}" if found else f"fits no tensor; the file holds {_list(tensors)}"
        raise InvalidValue(f"{key} must fit one weight of 2 or 4 axes and one bias, {' and '.join(wanted)} {what}")
    return weights[0], biases[0]


def _ignored(name: str, layout: WeightsLayout) -> bool:
    short = name.removeprefix(layout.prefix)
    return any(fnmatchcase(name, pattern) or fnmatchcase(short, pattern) for pattern in layout.ignore)


def _torch_layout(weight: Tensor, bias: Tensor, layout: WeightsLayout) -> Pair:
    if weight.ndim == 4:
        weight = weight.permute([layout.kernels.index(axis) for axis in "OIHW"])
        weight = weight.flip((2, 3)) if layout.flipped else weight
    elif layout.dense == "in-out":
        weight = weight.T
    if 0 in weight.shape or bias.shape != weight.shape[:1]:
        raise InvalidValue(
            f"a layer of weight {format_shape(weight.shape)} and bias {format_shape(bias.shape)} does not fit "
            f"together; see weights.kernels ({layout.kernels}) and weights.dense ({layout.dense})"
        )
    return weight.contiguous(), bias


def _channels_first(weight: Tensor, shape: Shape) -> Tensor:
    """Columns (H, W, C) of a dense layer as (C, H, W)."""
    channels, height, width = shape
    return weight.view(-1, height, width, channels).permute(0, 3, 1, 2).reshape(len(weight), -1).contiguous()


def _describe(pairs: list[Pair], recipe: ImportRecipe, seen: Shape) -> list[Layer]:
    if recipe.architecture is not None:
        if pairs[0][0].ndim != 4:
            raise InvalidValue(f"layers[0] is no convolution, as that of architecture {recipe.architecture!r} is")
        with torch.device("meta"):  # only the layers are wanted
            return describe(ARCHITECTURES[recipe.architecture](pairs[0][0].shape[1], len(pairs[-1][0])))
    layers: list[Layer] = []
    shape = seen
    for index, ((weight, _), source) in enumerate(zip(pairs, recipe.layers or (), strict=True)):
        try:
            step = _conv(weight, source) if weight.ndim == 4 else _dense(weight, source, shape)
            shape = layer_shapes(step, shape)[-1]
        except InvalidValue as error:
            raise InvalidValue(f"layers[{index}], weight {format_shape(weight.shape)}: {error}") from None
        layers += [*step, {"type": "relu"}]
    return layers[:-1]


def _conv(weight: Tensor, source: LayerSource) -> list[Layer]:
    if source.stride is None:
        raise InvalidValue("a convolution needs a stride, which weights do not tell")
    out, channels, height, width = weight.shape
    return [
        {
            "type": "conv", "in": channels, "out": out, "kernel": [height, width],
            "stride": list(source.stride), "padding": list(source.padding or (0, 0)),
        }
    ]  # fmt: skip


def _dense(weight: Tensor, source: LayerSource, shape: Shape) -> list[Layer]:
    if source.stride or source.padding:
        raise InvalidValue("a dense layer has neither stride nor padding")
    linear: Layer = {"type": "linear", "in": weight.shape[1], "out": weight.shape[0]}
    if len(shape) == 1:
        return [linear]
    if weight.shape[1] == shape[0] != math.prod(shape):  # one value per channel
        return [{"type": "global-average-pool"}, {"type": "flatten"}, linear]
    return [{"type": "flatten"}, linear]


def _list(names: Sequence[str] | Mapping[str, Any]) -> str:
    shown = ", ".join(map(repr, list(names)[:6]))
    return shown[:300] + (f" and {len(names) - 6} more" if len(names) > 6 else "")
