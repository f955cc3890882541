from __future__ import annotations

import dataclasses
import json

import pytest

from rlxai.errors import FileRefused, InvalidValue
from rlxai.training.extractors import EXTRACTORS
from rlxai.training.recipe import TRAINABLE, load_recipe, shipped_recipes

GOOD = """
game: breakout
algorithm: dqn
network: nature
n_timesteps: !!float 1e7
snapshots: {every: 250_000}
"""


def test_values_left_out_are_the_zoos(file):
    # rl-baselines3-zoo, hyperparams/dqn.yml, section atari
    zoo = {
        "frame_stack": 4, "n_timesteps": 10_000_000, "buffer_size": 100_000, "learning_rate": 1e-4,
        "batch_size": 32, "learning_starts": 100_000, "target_update_interval": 1000, "train_freq": 4,
        "gradient_steps": 1, "exploration_fraction": 0.1, "exploration_final_eps": 0.01,
    }  # fmt: skip
    assert zoo.items() <= load_recipe(file(GOOD)).to_dict().items()


SHIPPED = {
    "breakout-gap": {"network": "gap"},
    "breakout-nature": {},
    "breakout-nature-m100k": {"buffer_size": 100_000},
    "breakout-nature-m10k": {"buffer_size": 10_000},
    "breakout-nature-m1m": {"buffer_size": 1_000_000},
    "breakout-nips": {"network": "nips"},
    "pong-nature": {"game": "pong", "n_timesteps": 2_000_000, "explanations": None},
}
"""What each shipped recipe does otherwise than the first of them."""


def test_shipped_recipes_differ_in_what_their_names_say_and_learn_from_eight_samples_per_step():
    assert shipped_recipes() == list(SHIPPED)
    for name, changes in SHIPPED.items():
        recipe = load_recipe(name)
        assert recipe.batch_size * recipe.gradient_steps / (recipe.n_envs * recipe.train_freq) == 8
        assert recipe == dataclasses.replace(load_recipe("breakout-nature"), **changes)
        assert json.loads(json.dumps(recipe.to_dict())) == recipe.to_dict()


def test_every_network_of_a_recipe_can_be_trained():
    assert set(TRAINABLE) == set(EXTRACTORS)


def test_a_recipe_says_what_is_different_from_its_base(file, tmp_path):
    (tmp_path / "first.yaml").write_text(GOOD + "explanations: {every: 5, states: 7}\ngamma: 0.9\n")
    (tmp_path / "second.yaml").write_text("base: first\nnetwork: gap\ngamma: null\n")
    recipe = load_recipe(file("base: second.yaml\nexplanations: {every: 6}\n"))
    plain = load_recipe(file(GOOD))
    look = dataclasses.replace(recipe.explanations, every=6, states=7)
    assert recipe == dataclasses.replace(plain, network="gap", gamma=0.99, explanations=look)
    assert load_recipe(file("base: breakout-nips\n")) == load_recipe("breakout-nips")


def test_a_base_of_the_same_folder_comes_before_a_shipped_one(file, tmp_path):
    (tmp_path / "breakout-nips.yaml").write_text(GOOD)
    assert load_recipe(file("base: breakout-nips\n")).n_timesteps == 10_000_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("base: mine\n", "base leads in a circle: mine.yaml > mine.yaml"),
        ("base: other\n", "mine.yaml: .*other.yaml: base leads in a circle: mine.yaml > other.yaml > mine.yaml"),
        ("base: bad\n", "mine.yaml: .*bad.yaml: the key 'algorithm' is missing"),
        ("base: nothing\n", "base 'nothing' is no recipe; shipped are breakout-gap, "),
        (
            "base: ../first\n",
            "base must be the name of a shipped recipe or of a file in the same folder, met '../first'",
        ),
        ("base: [1]\n", "base must be the name"),
        ("base: null\n", "base must be the name"),
        ("base: breakout-nature\nnetwork: resnet\n", "network must be one of nature, nips, gap, met 'resnet'"),
        ("base: breakout-nature\nnetwork: null\n", "the key 'network' is missing"),
        ("base: breakout-nature\nsnapshots: {evry: 3}\n", "unknown key 'snapshots.evry'"),
        ("base: breakout-nature\ngame: boxing\n", "no scripted player knows boxing; leave them out"),
    ],
)
def test_a_bad_base_is_refused(file, tmp_path, text, said):
    (tmp_path / "other.yaml").write_text("base: mine.yaml\n")
    (tmp_path / "bad.yaml").write_text("game: breakout\n")
    with pytest.raises(FileRefused, match=said):
        load_recipe(file(text))


def test_a_recipe_is_found_by_path_by_name_and_by_its_path_in_the_checkout(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load_recipe("agents/breakout-nips.yaml") == load_recipe("breakout-nips") == load_recipe("breakout-nips.yaml")
    recipe = load_recipe(file(GOOD))
    assert recipe.n_timesteps == 10_000_000  # the zoo writes whole numbers as floats
    assert recipe.explanations is None
    assert load_recipe("mine.yaml") == recipe


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("n_timesteps", "n_timestep"), "unknown key 'n_timestep', did you mean 'n_timesteps'"),
        (("network: nature\n", ""), "the key 'network' is missing"),
        (("nature", "resnet"), "network must be one of nature, nips, gap, met 'resnet'"),
        (("dqn", "ppo"), "algorithm must be one of dqn, met 'ppo'"),
        (("game: breakout", "game: brakeout"), "game must be an ALE name .* met 'brakeout'"),
        (("game: breakout", "game: [breakout]"), "game must be an ALE name"),
        (("every: 250_000", "every: 0"), r"snapshots.every must be a whole number from 1 to 1,000,000,000, met 0"),
        (("every: 250_000", "evry: 1"), "unknown key 'snapshots.evry', did you mean 'snapshots.every'"),
        (("{every: 250_000}", "250_000"), "snapshots must be a section with the keys every, met 250000"),
        (("game:", "gamma: 1.5\ngame:"), "gamma must be a number from 0 to 1, met 1.5"),
        (("game:", "gamma: .nan\ngame:"), "gamma must be a number from 0 to 1, met nan"),
        (("game:", "learning_rate: 1e-4\ngame:"), r"met '1e-4' \(text to YAML: write 1.0e-4"),
        (("game:", "batch_size: true\ngame:"), "batch_size must be a whole number from 1 to 4,096, met True"),
        (("game:", "batch_size: 2.5\ngame:"), "batch_size must be a whole number .* met 2.5"),
        (("game:", "double_q: 1\ngame:"), "double_q must be true or false, met 1"),
        (("game:", "precision: float16\ngame:"), "precision must be one of auto, float32, bfloat16, met 'float16'"),
        (("game:", "commits: {every: 0}\ngame:"), "commits.every must be a whole number from 1"),
        (("game:", "explanations: {every: 1, methods: [lrp]}\ngame:"), "explanations.methods: unknown method 'lrp'"),
        (("game:", "explanations: {every: 1, methods: []}\ngame:"), "explanations.methods must be a list of 1 to 8"),
        (("game:", "explanations: {every: 1, methods: gradient}\ngame:"), "explanations.methods must be a list"),
        (("game:", "explanations: {every: 1, target: taken}\ngame:"), "explanations.target: the target 'taken' needs"),
        (("game: breakout", "explanations: {every: 1}\ngame: boxing"), "no scripted player knows boxing"),
        (("game:", "game: pong\ngame:"), "gives the key 'game' twice"),
        (("game:", "gamma: &a 1\ngame:"), None),
        (("game:", "gamma: &a 1\nbatch_size: *a\ngame:"), r"uses a YAML alias"),
        (("game:", "gamma: !!python/object/apply:os.getcwd []\ngame:"), "is not valid YAML"),
        (("game:", "gamma: [1\ngame:"), "is not valid YAML .*line"),
        (("game:", "when: 2020-13-45\ngame:"), "is not valid YAML"),
        (("game:", f"gamma: {'[' * 3000}{']' * 3000}\ngame:"), "is nested too deeply"),
        (("game:", f"gamma: {'x' * 300}\ngame:"), r"met 'x{70,80}\.\.\."),
        (("game:", "#" * 70_000 + "\ngame:"), "is oversized"),
        (("game:", "1: 2\ngame:"), "must hold lines of the form"),
    ],
)
def test_a_bad_recipe_is_refused_in_one_sentence_that_names_the_file_and_the_key(file, change, said):
    path = file(GOOD.replace(*change))
    if said is None:
        assert load_recipe(path)
        return
    with pytest.raises(FileRefused, match=said) as refusal:
        load_recipe(path)
    assert str(refusal.value).startswith(f"{path}: ")
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < len(str(path)) + 1000


@pytest.mark.parametrize("content", [b"", b"just text", b"- a\n- b\n", b"\xff\xfe\x00", b"a: \x00"])
def test_what_is_no_recipe_at_all_is_refused(file, content):
    with pytest.raises(FileRefused):
        load_recipe(file(content))


def test_a_name_that_is_none_lists_the_shipped_recipes():
    with pytest.raises(FileRefused, match="breakout-natur: no such recipe; give a YAML file or one of breakout-gap, "):
        load_recipe("breakout-natur")


def test_a_short_run_still_learns_and_says_what_is_different():
    recipe = load_recipe("breakout-nature")
    short, changes = recipe.shortened(20_000)
    assert (short.n_timesteps, short.learning_starts, short.buffer_size) == (20_000, 1000, 20_000)
    assert (short.snapshots.every, short.explanations.every) == (2000, 2000)
    assert changes[0] == "learning_starts is 1,000 instead of 20,000"
    assert len(changes) == 4
    assert recipe.shortened(None) == (recipe, [])
    longer, changes = recipe.shortened(20_000_000)
    assert (longer.n_timesteps, longer.learning_starts, changes) == (20_000_000, 20_000, [])
    with pytest.raises(InvalidValue, match="steps must be a whole number from 1 to 1,000,000,000, met 0"):
        recipe.shortened(0)
