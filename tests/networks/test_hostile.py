"""Broken and hostile files: each gives one sentence with the file's name and the cause, and no code runs."""

from __future__ import annotations

import base64
import io
import json
import os
import pickle
import random
import struct
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import nn

from rlxai.errors import FileRefused, RlxaiError
from rlxai.networks import load_agent, nature

MB = 1024**2


class Payload:
    """Unpickling it creates a folder."""

    def __init__(self, marker: Path) -> None:
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def torch_bytes(content, **options):
    buffer = io.BytesIO()
    torch.save(content, buffer, **options)
    return buffer.getvalue()


def zip_bytes(members, compression=zipfile.ZIP_STORED):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def changed(source, **members):
    """The bytes of a zip with some members replaced ("policy_pth" for "policy.pth"), or left out for None."""
    new = {name.replace("policy_pth", "policy.pth"): data for name, data in members.items()}
    with zipfile.ZipFile(source) as archive:
        kept = [(i.filename, archive.read(i)) for i in archive.infolist() if i.filename not in new]
    return zip_bytes(kept + [(name, data) for name, data in new.items() if data is not None])


def with_facts(source, **facts):
    """The bytes of an SB3 zip whose `data` member says something else."""
    with zipfile.ZipFile(source) as archive:
        return changed(source, data=json.dumps(json.loads(archive.read("data")) | facts).encode())


def lying(claim):
    """A deflated policy.pth whose size in both headers is `claim`."""
    data = bytearray(zip_bytes([("data", b"{}"), ("policy.pth", bytes(20 * MB))], zipfile.ZIP_DEFLATED))
    size = struct.pack("<I", 20 * MB)
    while (at := data.find(size)) >= 0:
        data[at : at + 4] = struct.pack("<I", claim)
    return bytes(data)


def cut_behind_policy(data):
    """An SB3 zip that ends where its policy.pth ends: seen from its end, the inner archive is whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        info = archive.getinfo("policy.pth")
    start = info.header_offset + 30 + len(info.filename)
    return data[: start + info.compress_size]


def bomb():
    """About 1 GB of zeros in 1 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data", b"{}")
        with archive.open("policy.pth", "w") as member:
            for _ in range(128):
                member.write(bytes(8 * MB))
    return buffer.getvalue()


def weights(**changes):
    return nature(4, 4).state_dict() | changes


def safetensors_header(header):
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text


CASES = {
    # what anybody meets
    "empty": (lambda _: b"", "is empty"),
    "text": (lambda _: b"hello, these are my weights\n" * 10, "is a text file"),
    "json text": (lambda _: b'{"a": 1}', "is a text file"),
    "noise": (lambda _: random.Random(1).randbytes(5000), "of unknown content"),
    "Keras file": (lambda _: b"\x89HDF\r\n\x1a\n" + bytes(500), "is a damaged HDF5 file|needs the package h5py"),
    "truncated SB3 zip": (lambda z: z.read_bytes()[:-5000], "truncated zip"),
    "half an SB3 zip": (lambda z: z.read_bytes()[: z.stat().st_size // 2], "truncated zip"),
    "truncated torch file": (lambda _: torch_bytes(weights())[:-300], "truncated zip"),
    "truncated safetensors": (lambda _: safetensors.torch.save(weights())[:-10], "truncated safetensors"),
    "safetensors without data": (
        lambda _: safetensors_header({"0.weight": {"dtype": "F32", "shape": [9], "data_offsets": [0, 36]}}),
        "truncated safetensors",
    ),
    "legacy torch": (
        lambda _: torch_bytes(weights(), _use_new_zipfile_serialization=False), "before version 1.6",
    ),
    # tensors that are no network
    "NaN": (lambda _: torch_bytes(weights(**{"0.bias": torch.full((32,), float("nan"))})), "'0.bias' holds NaN"),
    "infinity": (lambda _: safetensors.torch.save(weights(**{"9.bias": torch.full((4,), torch.inf)})), "infinity"),
    "wrong shape": (lambda _: torch_bytes(weights(**{"7.weight": torch.zeros(512, 3000)})), "wrong shape at layer '7'"),
    "wrong bias": (lambda _: torch_bytes(weights(**{"7.bias": torch.zeros(7)})), "layer '7' has the wrong shape"),
    "bfloat16": (lambda _: torch_bytes(nature(4, 4).bfloat16().state_dict()), "bfloat16"),
    "float64": (lambda _: torch_bytes(nature(4, 4).double().state_dict()), "float64"),
    "whole numbers": (lambda _: torch_bytes({"0.weight": torch.ones(4, 4, 8, 8, dtype=torch.int64)}), "int64"),
    "sparse": (lambda _: torch_bytes(weights(**{"0.bias": torch.ones(32).to_sparse()})), "dense"),
    "meta": (lambda _: torch_bytes(weights(**{"0.bias": torch.ones(32, device="meta")})), "hold its own values"),
    "stride 0": (
        lambda _: torch_bytes(weights(**{"7.weight": torch.zeros(1).as_strided((10**6, 10**6), (0, 0))})),
        "numbers in all",
    ),
    "batch norm": (lambda _: torch_bytes(nn.Sequential(*nature(4, 4), nn.BatchNorm1d(4)).state_dict()), "num_batches"),
    "no bias": (lambda _: torch_bytes({"0.weight": torch.zeros(4, 4, 8, 8)}), "no convolution or linear"),
    "dueling": (
        lambda _: torch_bytes(weights(**{"value.weight": torch.zeros(1, 512), "value.bias": torch.zeros(1)})),
        "wrong shape",
    ),
    "vectors": (lambda _: torch_bytes(nn.Linear(4, 4).state_dict()), "no network on images"),
    "unknown kernel": (lambda _: torch_bytes(nn.Sequential(nn.Conv2d(4, 4, 5)).state_dict()), "5 x 5 kernel"),
    "many channels": (
        lambda _: torch_bytes({
            "0.weight": torch.zeros(100_000, 4, 3, 3), "0.bias": torch.zeros(100_000),
            "1.weight": torch.zeros(4, 100_000), "1.bias": torch.zeros(4),
        }), "values, at most",
    ),
    "two networks": (lambda _: torch_bytes({"a": weights(), "b": weights()}), r"2 state dicts \(a, b\)"),
    "no tensors": (lambda _: torch_bytes({"a": 1, "b": [2, 3]}), "no state dict"),
    "empty dict": (lambda _: torch_bytes({}), "no state dict"),
    "a list": (lambda _: torch_bytes([torch.zeros(3)]), "no state dict"),
    # archives
    "another zip": (lambda _: zip_bytes([("readme.txt", b"hi")]), "zip archive of unknown content"),
    "empty zip": (lambda _: zip_bytes([]), "zip archive of unknown content"),
    "5000 members": (lambda _: zip_bytes([(str(i), b"") for i in range(5000)]), "5,000 members"),
    "traversal": (lambda _: zip_bytes([("../../etc/x", b"")]), "points elsewhere"),
    "absolute name": (lambda _: zip_bytes([("/etc/x", b"")]), "points elsewhere"),
    "zip bomb": (lambda _: bomb(), "oversized member 'policy.pth'"),
    "member larger than claimed": (lambda _: lying(1000), "damaged member 'policy.pth'"),
    "member smaller than claimed": (lambda _: lying(60 * MB), "'policy.pth'"),
    "nested bomb": (
        lambda z: changed(z, policy_pth=zip_bytes([("a/data.pkl", bytes(60 * MB))], zipfile.ZIP_DEFLATED)),
        "policy.pth: is a tensor file with compressed members",
    ),
    "nested sum": (
        lambda _: zip_bytes([(f"a/{name}", bytes(50 * MB)) for name in ("data.pkl", "1", "2")]),
        "oversized: its members claim",
    ),
    "bzip2": (
        lambda _: zip_bytes([("data", b"{}"), ("policy.pth", b"x")], zipfile.ZIP_BZIP2), "uncommon compression",
    ),
    "data before the archive": (lambda _: b"PK\x03\x04 other data" + torch_bytes(weights()), "does not start with"),
    # SB3 zips
    "cut off behind an inner archive": (lambda z: cut_behind_policy(z.read_bytes()), "truncated"),
    "no policy": (lambda z: changed(z, policy_pth=None), "zip archive of unknown content"),
    "no facts": (lambda z: changed(z, data=b"[]"), "data: must hold a JSON object"),
    "facts are no JSON": (lambda z: changed(z, data=b"\x80\x04."), "data: is not valid JSON"),
    "endless nesting": (lambda z: changed(z, data=b"[" * 200_000), "data: is not valid JSON"),
    "truncated policy": (lambda z: changed(z, policy_pth=torch_bytes(weights())[:-9]), "policy.pth: is a damaged"),
    "no space": (lambda z: with_facts(z, action_space=None), "nothing readable about action_space"),
    "many actions": (
        lambda z: with_facts(z, action_space={":type:": "<class 'gymnasium.spaces.discrete.Discrete'>", "n": "9" * 15}),
        "1 to 1000",
    ),
    "other actions": (
        lambda z: with_facts(z, action_space={":type:": "<class 'gymnasium.spaces.discrete.Discrete'>", "n": "5"}),
        r"\(N, 4\) for 5 actions",
    ),
    "custom class": (lambda z: with_facts(z, policy_class={"__module__": "mine"}), "custom policy class"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_each_broken_file_gives_one_sentence(case, dqn_zip, tmp_path):
    make, sentence = CASES[case]
    path = tmp_path / "file.zip"
    path.write_bytes(make(dqn_zip))
    with pytest.raises(FileRefused, match=sentence) as refusal:
        load_agent(path)
    text = str(refusal.value)
    assert text.startswith(f"{path}: ")
    assert "\n" not in text
    assert len(text) < len(str(path)) + 400


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")  # zipfile's, while we forge one
def test_a_name_twice_is_refused(tmp_path):
    path = tmp_path / "twice.zip"
    path.write_bytes(zip_bytes([("data", b"{}"), ("data", b"{}"), ("policy.pth", b"")]))
    with pytest.raises(FileRefused, match="holds a name twice"):
        load_agent(path)


def test_things_that_are_no_file(tmp_path):
    with pytest.raises(FileRefused, match=r"absent\.pt: no such file or folder"):
        load_agent(tmp_path / "absent.pt")
    with pytest.raises(FileRefused, match="a folder without snapshots"):
        load_agent(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileRefused, match="is not a regular file"):
        load_agent(tmp_path / "pipe")
    with pytest.raises(FileRefused, match="/dev/zero: is not a regular file"):
        load_agent("/dev/zero")
    with pytest.raises(FileRefused, match="cannot be read"):
        load_agent(tmp_path / "a\0b")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(FileRefused, match="loop: cannot be read"):
        load_agent(tmp_path / "loop")


def test_an_oversized_file_is_refused_unread(tmp_path):
    with (tmp_path / "sparse.pt").open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(FileRefused, match="oversized: 1,000,000,000,000 bytes"):
        load_agent(tmp_path / "sparse.pt")


def test_planted_code_does_not_run(dqn_zip, tmp_path):
    marker = tmp_path / "marker"
    payload = pickle.dumps(Payload(marker))
    pickle.loads(payload)
    assert marker.is_dir(), "the payload is live"
    marker.rmdir()

    path, expected = tmp_path / "planted.zip", load_agent(dqn_zip).digest()
    evil = {":type:": "<class 'dict'>", ":serialized:": base64.b64encode(payload).decode()}
    path.write_bytes(with_facts(dqn_zip, policy_kwargs=evil, lr_schedule=evil, train_freq=evil))
    assert load_agent(path).digest() == expected  # only text and tensors were read

    planted = {
        "policy.pth in a zip": changed(dqn_zip, policy_pth=torch_bytes({"a": Payload(marker)})),
        "bare pickle as policy.pth": changed(dqn_zip, policy_pth=payload),
        "torch file": torch_bytes({"0.weight": Payload(marker)}),
        "legacy torch file": torch_bytes(Payload(marker), _use_new_zipfile_serialization=False),
        "pickle": payload,
        "old pickle": pickle.dumps(Payload(marker), protocol=0),
    }
    for name, data in planted.items():
        path.write_bytes(data)
        with pytest.raises(FileRefused):
            load_agent(path)
        assert not marker.exists(), name


def test_files_that_hold_code_say_so(tmp_path):
    path = tmp_path / "model.pt"
    never = "which rlxai never runs"
    path.write_bytes(pickle.dumps(Payload(tmp_path / "marker")))
    with pytest.raises(FileRefused, match=rf"holds code \(a pickled object\), {never}"):
        load_agent(path)
    path.write_bytes(torch_bytes({"a": Payload(tmp_path / "marker")}))
    with pytest.raises(FileRefused, match=rf"holds code \(a pickled object of posix\.mkdir\), {never}"):
        load_agent(path)
    path.write_bytes(torch_bytes(nature(4, 4)))
    with pytest.raises(
        FileRefused, match=r"holds code \(a pickled object of torch\.nn\.modules\.container\.Sequential"
    ):
        load_agent(path)
    path.write_bytes(zip_bytes([("m/constants.pkl", b""), ("m/data.pkl", b"")]))
    with pytest.raises(FileRefused, match=rf"holds code \(a TorchScript program\), {never}"):
        load_agent(path)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """One random damage: flipped bits, a truncation, a lost, zeroed, doubled or random stretch."""
    bad, at, length = bytearray(data), rng.randrange(len(data)), rng.choice((1, 4, 64, 4096))
    if rng.random() < 0.5:  # headers are few bytes among many; aim at them
        at = max(0, len(data) - rng.randrange(1, 1500))
    match rng.randrange(6):
        case 0:
            for _ in range(rng.randint(1, 8)):
                bad[rng.randrange(max(0, at - 2000), len(bad))] ^= 1 << rng.randrange(8)
        case 1:
            del bad[at:]
        case 2:
            del bad[at : at + length]
        case 3:
            bad[at : at + length] = bytes(len(bad[at : at + length]))
        case 4:
            bad[at:at] = bad[at : at + length]
        case 5:
            bad[at : at + length] = rng.randbytes(len(bad[at : at + length]))
    return bytes(bad)


@pytest.mark.parametrize("kind", ["sb3", "torch"])
def test_random_damage_is_refused_or_harmless(kind, dqn_zip, tmp_path):
    small = nn.Sequential(nn.Conv2d(4, 2, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(800, 4))
    good = dqn_zip.read_bytes() if kind == "sb3" else torch_bytes(small.state_dict())
    path, rng = tmp_path / "fuzzed", random.Random(20)
    path.write_bytes(good)
    agent = load_agent(path)
    expected = agent.digest(), agent.step, agent.actions, agent.preprocessing
    sentences = []
    for _ in range(150):
        path.write_bytes(mutate(good, rng))
        try:
            agent = load_agent(path)
        except RlxaiError as error:
            sentences.append(str(error))
        else:
            assert (agent.digest(), agent.step, agent.actions, agent.preprocessing) == expected
    assert len(sentences) > 50
    assert all(sentence.startswith(f"{path}: ") and "\n" not in sentence for sentence in sentences)
