"""What the doctor prints: tables, a verdict, and what to do next."""

from pathlib import Path

import torch
import yaml

from rlxai.cli import main
from rlxai.networks.importers_recipe import load_import_recipe
from tests.networks.conftest import make_model

CKPT2 = Path(__file__).parents[1] / "data" / "rlcode" / "rlcode_a3c_breakout_ckpt2.safetensors"
RECIPE = """
game: breakout
outputs: logits
actions: [FIRE, RIGHT, LEFT]
architecture: nips
layers: ["0.*", "2.*", "5.*", "7.*"]
preprocessing: {resize: linear, pooling: two-decisions, stack_on_life_loss: repeat, noop_max: 0, opening_max: 10}
"""


def test_the_block_it_prints_is_one_for_a_recipe(tmp_path, capsys):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(RECIPE)
    words = ["--recipe", str(recipe), "--only", "stack_order", "--games", "2", "--max-decisions", "350", "--no-screen"]
    assert main(["doctor", str(CKPT2), *words]) == 0
    printed = capsys.readouterr().out
    for line in ("best", "stack_order oldest-first", "sticky 0.25", "where the search began", "random actions"):
        assert f"\n{line} " in printed
    assert "best: stack_order newest-first (8 games played)" in printed
    assert "which does not tell how it was trained" in printed
    assert f"  rlxai import {CKPT2} --out runs/foreign --game breakout --recipe {recipe}" in printed
    block = printed[printed.index("preprocessing:") :]
    kept = {name: value for name, value in yaml.safe_load(RECIPE).items() if name != "preprocessing"}
    recipe.write_text(yaml.safe_dump(kept) + block)
    found = load_import_recipe(recipe).preprocessing
    assert (found.stack_order, found.resize, found.opening_max) == ("newest-first", "linear", 10)


def test_an_agent_that_cannot_play_is_said_to(make_run, capsys):
    weights = str(make_run("run").snapshots()[0].path)
    words = ["--game", "breakout", "--only", "resize", "--games", "2", "--max-decisions", "30"]
    assert main(["doctor", weights, *words]) == 0
    printed = capsys.readouterr().out
    assert "short games under all combinations" in printed
    assert "no preprocessing plays better than random actions: look at the import recipe first" in printed
    assert "next:" not in printed


def test_a_zip_of_stable_baselines3_is_diagnosed(shipped_agent, tmp_path, capsys):
    model = make_model("DQN")
    with torch.no_grad():
        for mine, theirs in zip(model.q_net.parameters(), shipped_agent.network.parameters(), strict=True):
            mine.copy_(theirs)
    model.save(tmp_path / "theirs.zip")
    words = ["--game", "breakout", "--only", "stack_order", "--games", "2", "--max-decisions", "120", "--no-screen"]
    assert main(["doctor", str(tmp_path / "theirs.zip"), *words]) == 0
    printed = capsys.readouterr().out
    assert "best: stack_order oldest-first" in printed
    assert "nothing needs to change" in printed


def test_mistakes_cost_one_line(tmp_path, capsys):
    for words, status, sentence in [
        ([str(CKPT2), "--game", "breakwater"], 1, "no Atari game is called 'breakwater'"),
        ([str(CKPT2)], 2, "Missing option '--game'"),
        ([str(CKPT2), "--game", "breakout", "--games", "0"], 1, "games must be 1 to 1000, met 0"),
        ([str(CKPT2), "--game", "breakout", "--only", "colour"], 2, "--only"),
        ([str(tmp_path / "none.pt"), "--game", "breakout"], 1, "none.pt: no such file"),
        ([str(CKPT2), "--game", "breakout", "--recipe", str(tmp_path / "none.yaml")], 1, "no such import recipe"),
    ]:
        assert main(["doctor", *words]) == status
        printed = capsys.readouterr().err
        assert sentence in printed
        assert len(printed.splitlines()) == 1
    assert main(["doctor", "--help"]) == 0
    assert "Usage: rlxai doctor" in capsys.readouterr().out
