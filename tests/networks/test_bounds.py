"""Small files that would take hours, gigabytes or the whole stack: found by the campaign in tests/fuzz."""

from __future__ import annotations

import io
import json
import struct

import numpy as np
import pytest
import torch
from torch import nn

from rlxai.errors import FileRefused, InvalidValue, RlxaiError
from rlxai.networks import Agent, load_agent
from rlxai.networks.importers_files import read_tensors
from rlxai.networks.reading import parse_json
from rlxai.networks.yaml_file import read_mapping
from rlxai.training import recipe as training
from tests.fuzz.arrays import npy
from tests.fuzz.pickles import Call, Global, Pairs, doubled, encoded, stacked, torch_file
from tests.fuzz.zips import zipped


@pytest.mark.parametrize(
    ("program", "says"),
    [
        (encoded(Pairs(((doubled(60), 1),))), "nested beyond all bounds"),
        (b"\x80\x02}" + stacked(400_000) + b"K\x01s.", "nested beyond all bounds"),
        (encoded({"a": Call(Global("builtins.bytearray"), (10**10,))}), r"a pickled object of builtins\.bytearray"),
        (encoded({"a": b"x" * 600_000}), "oversized member"),
        (b"\x80\x02u.", "damaged tensor file"),
    ],
)
def test_a_pickle_is_counted_before_it_is_run(program, says, tmp_path):
    (tmp_path / "w.pt").write_bytes(torch_file(program))
    with pytest.raises(FileRefused, match=says):
        load_agent(tmp_path / "w.pt")


def test_archives_and_headers_are_counted_before_they_are_read():
    with pytest.raises(FileRefused, match="archive of about 5,000 members"):
        read_tensors(b"PK\x03\x04" + b"PK\x01\x02" * 5000)
    with pytest.raises(FileRefused, match="header of 9,000,000 bytes"):
        read_tensors(struct.pack("<Q", 9_000_000) + b"{" + b" " * 9_000_000)


def test_an_array_is_not_allocated_on_the_word_of_its_header():
    with pytest.raises(FileRefused, match=r"16 bytes instead of 4,000,000,000,000"):
        read_tensors(zipped([("a.npy", npy(bytes(16), "'<f4'", "(1000000000000,)"))]))
    _, found = read_tensors(zipped([("a.npy", npy(np.arange(6, dtype=">f4").tobytes(), "'>f4'", "(2, 3)", "True"))]))
    assert found["a"].tolist() == [[0, 2, 4], [1, 3, 5]]


def test_hdf5_with_huge_chunks_or_odd_names_is_refused():
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    for name, options, says in (
        ("a", {"chunks": (8000, 8000), "maxshape": (None, None)}, "oversized"),
        (b"\xed\xb3\xbf", {}, "whose name is no text"),
        ("/".join(["g" * 40] * 40), {}, "names beyond 1,000 characters"),
    ):
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file.create_dataset(name, (4, 4), "f4", **options)
        with pytest.raises(FileRefused, match=says):
            read_tensors(buffer.getvalue())


def test_weights_whose_outputs_would_overflow_are_refused():
    network = nn.Sequential(nn.Conv2d(4, 2, 8, 4), nn.ReLU(), nn.Flatten(), nn.Linear(800, 4))
    with torch.no_grad():
        network[3].weight[0, 0] = 1e38
    with pytest.raises(InvalidValue, match="so large that outputs may reach"):
        Agent(network, ("a", "b", "c", "d"))


@pytest.mark.parametrize("text", ['{"a": 1e999}', '{"a": ' + "[" * 200 + "]" * 200 + "}", '{"a": -1e400}'])
def test_json_has_no_infinity_and_no_end_of_nesting(text):
    with pytest.raises(FileRefused, match="not valid JSON"):
        parse_json(text.encode())
    assert parse_json(json.dumps({"a": [1e308, [[]]]}).encode()) == {"a": [1e308, [[]]]}


@pytest.mark.parametrize(
    "text",
    [
        "a: !!int ''", "a: !!float ''", "a: !!bool maybe", "a: !!timestamp x",
        "a: " + "1:" * 300 + "1.5", "a: 0x" + "f" * 20_000,
    ],
)  # fmt: skip
def test_odd_numbers_and_tags_in_yaml_are_refused(text, file):
    with pytest.raises(FileRefused, match=r"mine\.yaml: "):
        read_mapping(file(text))


def test_recipes_have_few_ancestors_and_possible_names(tmp_path):
    for number in range(40):
        (tmp_path / f"r{number}.yaml").write_text(f"base: r{number + 1}\n")
    with pytest.raises(FileRefused, match="more than 16 recipes"):
        training.load_recipe(tmp_path / "r0.yaml")
    with pytest.raises(FileRefused, match="no such recipe"):
        training.load_recipe("a" * 5000)


def test_a_refusal_is_one_line_whatever_it_quotes():
    said = str(InvalidValue("met 'a\nb\x1b[2J" + "x" * 10_000 + "'"))
    assert said.startswith("met 'a b\\x1b[2Jxx")
    assert said.endswith("xx'")
    assert len(said) < 1000
    assert isinstance(InvalidValue("x"), RlxaiError)
