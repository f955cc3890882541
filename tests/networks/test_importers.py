"""Weights of other frameworks: each layout, converted back, is the same network."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml
from torch import nn

from rlxai.errors import FileRefused, InvalidValue
from rlxai.networks import describe, gap, load_agent, nips, write_snapshot
from rlxai.networks.importers import import_agent
from rlxai.networks.importers_recipe import load_import_recipe
from rlxai.preprocessing import Preprocessing

LAYERS = {"conv1": "0", "conv2": "2", "hidden": "5", "policy": "7"}
PLAIN = {"outputs": "logits", "architecture": "nips", "layers": [f"{name}.*" for name in LAYERS]}


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(4)
        return nips(4, 3)


@pytest.fixture
def recipe(tmp_path):
    def write(**values):
        path = tmp_path / "recipe.yaml"
        path.write_text(yaml.safe_dump(values))
        return load_import_recipe(path)

    return write


def named(network, *, weight="weight", bias="bias", separator="."):
    """The tensors of the network as NumPy arrays, by the names of `LAYERS`."""
    stored = network.state_dict()
    return {
        f"{name}{separator}{kind}": stored[f"{index}.{ours}"].numpy()
        for name, index in LAYERS.items()
        for ours, kind in (("weight", weight), ("bias", bias))
    }


def keras(network):
    """As Keras stores it: kernels H, W, in, out; dense in, out; maps flattened H, W, C."""
    tensors = named(network, weight="kernel:0", bias="bias:0", separator="/")
    for name in ("conv1/kernel:0", "conv2/kernel:0"):
        tensors[name] = tensors[name].transpose(2, 3, 1, 0)
    hidden = tensors["hidden/kernel:0"]  # (256, 32 * 9 * 9)
    tensors["hidden/kernel:0"] = hidden.reshape(256, 32, 9, 9).transpose(0, 2, 3, 1).reshape(256, -1).T
    tensors["policy/kernel:0"] = tensors["policy/kernel:0"].T
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


KERAS = PLAIN | {
    "layers": [f"{name}/*" for name in LAYERS],
    "weights": {"kernels": "HWIO", "dense": "in-out", "flatten": "HWC"},
}


def lasagne(network):
    """As Lasagne saves its parameters: unnamed, true convolutions (kernels turned), dense in, out, maps C, H, W."""
    values = [
        tensor[:, :, ::-1, ::-1] if tensor.ndim == 4 else tensor.T if tensor.ndim == 2 else tensor
        for tensor in named(network).values()
    ]
    return {f"arr_{index}": np.ascontiguousarray(value) for index, value in enumerate(values)}


LASAGNE = PLAIN | {
    "layers": [[f"arr_{2 * index}", f"arr_{2 * index + 1}"] for index in range(4)],
    "weights": {"flipped": True, "dense": "in-out"},
}


def same(agent, network):
    ours, theirs = agent.network.state_dict(), network.state_dict()
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(("layout", "values"), [(keras, KERAS), (lasagne, LASAGNE)], ids=["keras", "lasagne"])
def test_layouts_in_npz_and_safetensors(layout, values, network, recipe, tmp_path):
    tensors = layout(network)
    np.savez(tmp_path / "w.npz", **tensors)
    np.savez_compressed(tmp_path / "z.npz", **tensors)
    safetensors.torch.save_file({n: torch.from_numpy(t) for n, t in tensors.items()}, tmp_path / "w.safetensors")
    for file in ("w.npz", "z.npz", "w.safetensors"):
        agent = import_agent(tmp_path / file, recipe(**values), actions=["FIRE", "RIGHT", "LEFT"])
        assert same(agent, network)
        assert (agent.actions, agent.outputs) == (("FIRE", "RIGHT", "LEFT"), "logits")


def test_keras_file(network, recipe, tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    with h5py.File(tmp_path / "actor.h5", "w") as file:
        for name, tensor in keras(network).items():
            layer = name.partition("/")[0]
            file.create_dataset(f"{layer}/{name}", data=tensor, compression="gzip")
        file["elsewhere"] = h5py.ExternalLink("/etc/hostname", "/")
        file.attrs["keras_version"] = "2.0.8"
    values = KERAS | {"layers": [f"{name}/{name}/*" for name in LAYERS]}
    assert same(import_agent(tmp_path / "actor.h5", recipe(**values)), network)
    whole = (tmp_path / "actor.h5").read_bytes()
    with h5py.File(tmp_path / "actor.h5", "a") as file:
        file.create_dataset("far", (3,), "f4", external=[("/etc/hostname", 0, 12)])
    with pytest.raises(FileRefused, match="holds 'far', whose values are in another file"):
        import_agent(tmp_path / "actor.h5", recipe(**values))
    (tmp_path / "actor.h5").write_bytes(whole[:2000])
    with pytest.raises(FileRefused, match="is a damaged HDF5 file"):
        import_agent(tmp_path / "actor.h5", recipe(**values))


def test_an_hdf5_file_that_leads_out_of_every_file_is_refused(recipe, tmp_path):
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    path = tmp_path / "actor.h5"
    with h5py.File(path, "w") as file:
        file["w"] = np.zeros((3, 3), np.float32)
    damaged = bytearray(path.read_bytes())
    damaged[damaged.index(b"TREE") + 16] = 0xDF  # the tree goes on at an address beyond any file's end
    path.write_bytes(damaged)
    with pytest.raises(FileRefused, match="is a damaged HDF5 file"):
        import_agent(path, recipe(**PLAIN))


def test_without_h5py_the_extra_is_named(recipe, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    (tmp_path / "actor.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    with pytest.raises(FileRefused, match=r'needs the package h5py: pip install "rlxai\[hdf5\]"'):
        import_agent(tmp_path / "actor.h5", recipe(**PLAIN))


def test_other_axes_and_byte_orders(network, recipe, tmp_path):
    tensors = named(network)
    for name in ("conv1.weight", "conv2.weight"):
        tensors[name] = tensors[name].transpose(0, 2, 3, 1).astype(">f4")
    np.savez(tmp_path / "w.npz", **tensors)
    assert same(import_agent(tmp_path / "w.npz", recipe(**PLAIN, weights={"kernels": "OHWI"})), network)


def test_prefix_entry_and_ignored_tensors(network, recipe, tmp_path):
    tensors = {f"actor.{name}": torch.from_numpy(t) for name, t in named(network).items()}
    tensors |= {"critic.weight": torch.zeros(1, 256), "critic.bias": torch.zeros(1), "actor.steps": torch.tensor(3)}
    torch.save({"policy": tensors, "target": tensors, "optimizer": {"lr": 1.0}}, tmp_path / "a3c.pt")
    weights = {"entry": "policy", "prefix": "actor.", "ignore": ["critic.*", "steps"]}
    assert same(import_agent(tmp_path / "a3c.pt", recipe(**PLAIN, weights=weights)), network)
    for change, sentence in [
        ({"ignore": ["critic.*"]}, r"no layer takes 'actor.steps'; name them in weights.ignore"),
        ({"ignore": ["value.*"]}, r"no layer takes 'critic.weight', 'critic.bias', 'actor.steps'"),
        ({"entry": "actor"}, r"has no entry 'actor'; it holds policy, target, optimizer"),
        ({"entry": "optimizer"}, r"no state dict"),
        ({"entry": None}, r"weights.entry must be a text"),
        ({"prefix": "agent."}, r"weights.prefix 'agent.' fits no tensor; the file holds 'actor.conv1.weight'"),
    ]:
        with pytest.raises(FileRefused, match=sentence):
            import_agent(tmp_path / "a3c.pt", recipe(**PLAIN, weights=weights | change))
    del weights["entry"]
    with pytest.raises(FileRefused, match=r"holds 2 state dicts \(policy, target\)"):
        import_agent(tmp_path / "a3c.pt", recipe(**PLAIN, weights=weights))


def test_input_scale_is_folded_into_the_first_layer(network, recipe, tmp_path, observations):
    np.savez(tmp_path / "w.npz", **named(network))
    agent = import_agent(tmp_path / "w.npz", recipe(**PLAIN, weights={"input_scale": 255}))
    theirs = network(torch.from_numpy(observations).float()).detach().numpy()  # on levels 0 to 255
    np.testing.assert_allclose(agent.q_values(observations), theirs, rtol=1e-4, atol=1e-4)


def test_strides_and_paddings_of_ones_own(recipe, tmp_path):
    network = nn.Sequential(
        nn.Conv2d(2, 6, 5, (3, 2), (2, 1)), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 28 * 41, 8), nn.ReLU(),
        nn.Linear(8, 4),
    )  # fmt: skip
    torch.save(network.state_dict(), tmp_path / "w.pt")
    layers = [{"tensors": "0.*", "stride": [3, 2], "padding": [2, 1]}, "3.*", "5.*"]
    values = {"outputs": "q-values", "layers": layers, "preprocessing": {"frame_stack": 2}}
    agent = import_agent(tmp_path / "w.pt", recipe(**values), game="breakout")
    assert same(agent, network)
    assert describe(agent.network) == describe(network)
    assert agent.actions == ("NOOP", "FIRE", "RIGHT", "LEFT")
    pooled = gap(4, 4)
    torch.save(pooled.state_dict(), tmp_path / "gap.pt")
    strides = [{"tensors": f"{index}.*", "stride": stride} for index, stride in ((0, 4), (2, 2), (4, 1))]
    assert same(import_agent(tmp_path / "gap.pt", recipe(outputs="q-values", layers=[*strides, "8.*"])), pooled)


def test_a_recipe_without_layers_adds_to_what_the_file_says(dqn_zip, tmp_path, recipe):
    values = {"game": "breakout", "preprocessing": {"resize": "linear"}, "origin": "a test", "step": "model_{step}"}
    agent = import_agent(dqn_zip, recipe(**values))
    assert agent.preprocessing == Preprocessing(resize="linear")
    assert (agent.game, agent.step, agent.provenance["origin"]) == ("breakout", 1234, "a test")
    renamed = tmp_path / "a3c_model_77.zip"
    renamed.write_bytes(dqn_zip.read_bytes())
    assert import_agent(renamed, recipe(**values)).step == 77
    assert import_agent(dqn_zip, recipe()).digest() == load_agent(dqn_zip).digest()
    with pytest.raises(InvalidValue, match="its import recipe is for game 'breakout', not 'pong'"):
        import_agent(dqn_zip, recipe(**values), game="pong")


def test_snapshots_keep_actions_and_preprocessing(network, recipe, tmp_path):
    np.savez(tmp_path / "w_5.npz", **named(network))
    settings = {"stack_order": "newest-first", "grey": "rec709", "pooling": "two-decisions", "opening_max": 10}
    values = PLAIN | {"actions": ["FIRE", "RIGHT", "LEFT"], "preprocessing": settings, "step": "w_{step}"}
    agent = import_agent(tmp_path / "w_5.npz", recipe(**values), game="breakout")
    again = load_agent(write_snapshot(agent, tmp_path / "snapshots", half=False))
    assert again.preprocessing == Preprocessing(**settings)
    assert (again.actions, again.outputs, again.step) == (("FIRE", "RIGHT", "LEFT"), "logits", 5)
    assert again.digest() == agent.digest()


MISTAKES = {
    "unknown key": ({"kernel": "OIHW"}, "unknown key 'kernel'"),
    "unknown layout": ({"weights": {"kernels": "CHW"}}, "weights.kernels must be one of OIHW, HWIO, OHWI, IOHW"),
    "misspelt layout": ({"weights": {"flip": True}}, "unknown key 'weights.flip', did you mean 'weights.flipped'?"),
    "no outputs": ({"outputs": None}, "outputs must be one of q-values, logits"),
    "architecture": ({"architecture": "vgg"}, "architecture must be one of nature, nips, gap"),
    "no layers": ({"layers": []}, "layers must be a list of 1 to 32 layers"),
    "three tensors": ({"layers": [["a", "b", "c"]]}, r"layers\[0\].tensors must be a pattern"),
    "layer key": ({"layers": [{"tensor": "a"}]}, r"unknown key 'layers\[0\].tensor', did you mean"),
    "stride": (
        {"architecture": "nips", "layers": [{"tensors": "a", "stride": 2}]}, r"layers\[0\] gives a stride or padding"
    ),
    "big stride": ({"layers": [{"tensors": "a", "stride": 0}]}, r"layers\[0\].stride must be a whole number from 1"),
    "preprocessing": ({"preprocessing": {"colour": 1}}, "preprocessing has no setting 'colour'|preprocessing.has no"),
    "resize": ({"preprocessing": {"resize": "cubic"}}, "preprocessing.resize must be 'area' or 'linear', met 'cubic'"),
    "step": ({"step": "ckpt"}, "step must be part of a file name with {step}"),
    "actions": ({"actions": ["LEFT", "LEFT"]}, "actions must be a list of different names"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_in_a_recipe_name_file_and_key(change, sentence, recipe):
    with pytest.raises(FileRefused, match=rf"recipe\.yaml: .*({sentence})"):
        recipe(**({"outputs": "logits", "layers": ["a"]} | change))


def test_a_layout_needs_layers_and_layers_need_outputs(recipe):
    with pytest.raises(FileRefused, match="the key 'layers' is missing"):
        recipe(weights={"flipped": True})
    with pytest.raises(FileRefused, match="the key 'outputs' is missing"):
        recipe(layers=["a"])
    with pytest.raises(FileRefused, match=r"no such import recipe; give a YAML file or one of .*rlcode-a3c-breakout"):
        load_import_recipe("no-such-recipe")


MISFITS = {
    "pattern fits nothing": ({"layers": ["body.*"]}, r"layers\[0\].tensors must fit .*, body\.\* fits no tensor"),
    "pattern fits too much": ({"layers": ["conv*"]}, "'conv1.weight', 'conv1.bias', 'conv2.weight', 'conv2.bias'"),
    "only a weight": ({"layers": ["conv1.weight"]}, "one weight of 2 or 4 axes and one bias"),
    "twice": ({"layers": ["conv1.*", "conv1.*"]}, "tensor 'conv1.bias' is taken by two layers"),
    "axes": ({"weights": {"kernels": "HWIO"}}, r"weight \(8, 8, 16, 4\) and bias \(16\) does not fit together"),
    "dense": ({"weights": {"dense": "in-out"}}, r"see weights.kernels \(OIHW\) and weights.dense \(in-out\)"),
    "architecture": ({"architecture": "nature"}, "architecture 'nature' has 5 layers, met 4"),
    "stride": ({"architecture": None}, r"layers\[0\], weight \(16, 4, 8, 8\): a convolution needs a stride"),
    "size": ({"preprocessing": {"size": 64}}, "does not take the shape"),
}


@pytest.mark.parametrize(("change", "sentence"), MISFITS.values(), ids=MISFITS)
def test_recipes_that_do_not_fit_the_file(change, sentence, network, recipe, tmp_path):
    np.savez(tmp_path / "w.npz", **named(network))
    values = {name: value for name, value in (PLAIN | change).items() if value is not None}
    if len(values["layers"]) < 4:
        values["weights"] = {"ignore": ["*"]}
    with pytest.raises(FileRefused, match=rf"w\.npz: .*{sentence}"):
        import_agent(tmp_path / "w.npz", recipe(**values))


def npy(array, **options):
    content = io.BytesIO()
    np.save(content, array, **options)
    return content.getvalue()


HOSTILE = {
    "pickle": (npy(np.array([{}], object), allow_pickle=True), r"holds code \(pickled objects in 'a.npy'\)"),
    "text": (npy(np.array(["x"])), "which is no array of numbers"),
    "truncated": (npy(np.zeros(100, np.float32))[:-50], "holds a damaged array 'a.npy'"),
    "forged": (npy(np.zeros(3, np.float32)).replace(b"(3,)", b"(9,)"), "holds a damaged array"),
    "noise": (b"\x93NUMPY" + bytes(200), "holds a damaged array"),
}


@pytest.mark.parametrize(("content", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_arrays(content, sentence, recipe, tmp_path):
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", content)
    with pytest.raises(FileRefused, match=f"{re.escape(str(path))}: .*{sentence}"):
        import_agent(path, recipe(**PLAIN))


def test_an_npz_bomb_is_not_unpacked(recipe, tmp_path):
    path = tmp_path / "w.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in "abc":
            archive.writestr(f"{name}.npy", bytes(60 * 1024**2))
    with pytest.raises(FileRefused, match="is oversized: its arrays claim 188,743,680 bytes"):
        import_agent(path, recipe(**PLAIN))
