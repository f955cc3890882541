from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
from ale_py.vector_env import AtariVectorEnv
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor

from rlxai.errors import InvalidValue
from rlxai.games import Emulator
from rlxai.games.breakout_render import render_grey
from rlxai.preprocessing import Preprocessing
from rlxai.training import vec_env
from rlxai.training.games import game_seed
from rlxai.training.live import surroundings
from rlxai.training.vec_env import ALEVecEnv


@pytest.fixture
def games():
    made = []

    def make(game="breakout", n_envs=3, **options):
        env = ALEVecEnv(game, n_envs, **options)
        made.append(env)
        return env

    yield make
    for env in made:
        env.close()


def play(env, steps, seed=0):
    """(observations, rewards, dones, infos) of random play."""
    rng = np.random.default_rng(seed)
    return [env.step(rng.integers(0, len(env.actions), env.num_envs)) for _ in range(steps)]


def replayed(env, steps, index, probe, per_seed):
    """The same games on the single emulator: reward, lost life, end, score and decisions of each step."""
    emulator, number, out = Emulator(env.game), 0, []
    for _, _, _, infos in steps:
        if not out or out[-1]["over"]:
            seed = game_seed(env.run_seed, index, number) if number % per_seed == 0 else None
            start = probe.reset(seed=seed)[1]["episode_frame_number"][0]  # NOOPs and one frame of FIRE
            lives = emulator.reset(int(start) - 1, fire=True).lives
            number, score, decisions = number + 1, 0.0, 0
        frames = emulator.step(infos[index]["taken"], 4)
        score, decisions = score + frames.reward, decisions + 1
        out.append({
            "reward": frames.reward, "lost": frames.lives < lives, "over": frames.over, "score": score,
            "decisions": decisions,
        })  # fmt: skip
        lives = frames.lives
    return out


@pytest.mark.parametrize("per_seed", [16, 2, 1])
def test_rewards_lost_lives_and_games_are_those_of_the_emulator(games, monkeypatch, per_seed):
    monkeypatch.setattr(vec_env, "GAMES_PER_SEED", per_seed)
    env = games(seed=5)
    env.reset()
    steps = play(env, 450)
    ended, probe = 0, AtariVectorEnv("breakout", 1)
    for index in range(3):
        for (_, rewards, dones, infos), truth in zip(steps, replayed(env, steps, index, probe, per_seed), strict=True):
            assert rewards[index] == np.sign(truth["reward"])
            assert dones[index] == (truth["lost"] or truth["over"])
            assert ("episode" in infos[index]) == truth["over"]
            if truth["over"]:
                ended += 1
                assert infos[index]["episode"]["r"] == truth["score"]
                assert infos[index]["episode"]["l"] == 4 * truth["decisions"]
    probe.close()
    assert ended >= 3
    assert any(np.any(r > 0) for _, r, _, _ in steps)


def test_fire_is_pressed_after_a_lost_life_and_nothing_else_is_changed(games):
    env = games(seed=5)
    env.reset()
    rng, lost, forced = np.random.default_rng(0), np.zeros(3, bool), 0
    for _ in range(300):
        actions = rng.integers(0, 4, 3)
        _, _, dones, infos = env.step(actions)
        taken = np.array([info["taken"] for info in infos])
        assert np.array_equal(taken, np.where(lost, 1, actions))
        forced += lost.sum()
        lost = dones & np.array(["episode" not in info for info in infos])
    assert forced > 6


def test_a_lost_life_keeps_the_stack_and_a_new_game_clears_it(games):
    env = games(seed=5)
    before, kept, cleared = env.reset(), 0, 0
    for observations, _, dones, infos in play(env, 300):
        for index in range(3):
            if "episode" in infos[index]:
                cleared += 1
                assert not observations[index, :3].any()
                assert np.array_equal(infos[index]["terminal_observation"][:3], before[index, 1:])
            else:
                kept += dones[index]
                assert np.array_equal(observations[index, :3], before[index, 1:])
        before = observations
    assert kept > 6
    assert cleared >= 2


def test_options_change_what_the_learner_is_told(games):
    preprocessing = Preprocessing(fire_on_life_loss=False)
    env = games("space_invaders", terminal_on_life_loss=False, clip_reward=False, preprocessing=preprocessing)
    env.reset()
    rng, rewards, lives = np.random.default_rng(0), [], []
    for _ in range(250):
        actions = rng.integers(0, 6, 3)
        _, reward, dones, infos = env.step(actions)
        rewards += reward.tolist()
        lives.append([info["lives"] for info in infos])
        assert [info["taken"] for info in infos] == actions.tolist()
        assert dones.tolist() == ["episode" in info for info in infos]
    assert {0.0, 5.0, 10.0} <= set(rewards)
    assert len(np.unique(lives)) > 1


@pytest.mark.parametrize(("game", "per_seed"), [("breakout", 16), ("breakout", 2), ("breakout", 1), ("pong", 16)])
def test_a_saved_state_goes_on_like_the_original(games, monkeypatch, game, per_seed):
    monkeypatch.setattr(vec_env, "GAMES_PER_SEED", per_seed)
    env = games(game, seed=3)
    start = env.reset()
    saved = {0: json.loads(json.dumps(env.state()))}
    steps = []
    for at in (1, 250):
        steps += play(env, at - len(steps), seed=len(steps))
        saved[at] = json.loads(json.dumps(env.state()))
    rest = play(env, 100, seed=9)
    for at, state in saved.items():
        monkeypatch.setattr(vec_env, "GAMES_PER_SEED", 5)  # that of the state counts
        other = games(game, seed=77)
        other.reset()
        assert np.array_equal(other.restore(state), steps[at - 1][0] if at else start)
        if at == 250:
            for mine, theirs in zip(rest, play(other, 100, seed=9), strict=True):
                assert all(np.array_equal(a, b) for a, b in zip(mine[:3], theirs[:3], strict=True))
                assert [without_time(i) for i in mine[3]] == [without_time(i) for i in theirs[3]]


def without_time(info):
    return {
        name: {"r": value["r"], "l": value["l"]} if name == "episode" else value
        for name, value in info.items()
        if name != "terminal_observation"
    }


@pytest.mark.parametrize(("sticky", "per_seed"), [(0.0, 16), (0.0, 1), (0.25, 16)])
def test_ram_on_request_belongs_to_the_newest_plane(games, monkeypatch, sticky, per_seed):
    monkeypatch.setattr(vec_env, "GAMES_PER_SEED", per_seed)
    env = games(seed=4, n_envs=2, ram=True, preprocessing=Preprocessing(sticky=sticky))
    env.reset()
    over = 0
    for observations, _, _, infos in play(env, 260):
        for index in range(2):
            ended = "episode" in infos[index]
            over += ended
            if ended:
                continue  # the emulator's last plane is that of the step before
            first, second = (render_grey(ram) for ram in infos[index]["ram"])
            plane = cv2.resize(np.maximum(first, second), (84, 84), interpolation=cv2.INTER_AREA)
            assert (plane[8:] != observations[index, -1, 8:]).sum() <= 4  # below the score line
    assert over >= 1
    assert np.array_equal(env.ram, env.get_attr("ram")[0])
    with pytest.raises(InvalidValue, match="ram=True"):
        games(n_envs=1).ram  # noqa: B018


def test_ram_is_restored_with_the_games(games):
    env, other = (games(seed=4, n_envs=2, ram=True) for _ in range(2))
    env.reset()
    play(env, 60)
    other.restore(env.state())
    assert np.array_equal(env.ram, other.ram)


def test_seeds_decide_the_games_and_threads_do_not(games):
    def planes(**options):
        env = games(**options)
        env.reset()
        return np.stack([step[0] for step in play(env, 60)])

    first = planes(seed=1)
    assert np.array_equal(first, planes(seed=1, threads=2))
    assert not np.array_equal(first, planes(seed=2))
    assert len({game_seed(run, env, number) for run in range(5) for env in range(16) for number in range(20)}) == 1600


@pytest.mark.parametrize(
    ("actions", "said"),
    [
        ([0, 4, 0], r"actions must be 0 to 3 \(NOOP, FIRE, RIGHT, LEFT\), met 4"),
        ([0, -1, 0], "met -1"),
        ([0, 1], "actions must be 3 whole numbers, met int64 of shape"),
        ([0.0, 1.0, 2.0], "actions must be 3 whole numbers, met float64"),
    ],
)
def test_wrong_actions_raise_instead_of_hanging(games, actions, said):
    env = games()
    env.reset()
    with pytest.raises(ValueError, match=said):
        env.step(np.array(actions))
    env.step(np.zeros(3, int))  # and the environment is as good as before


def test_what_the_emulator_cannot_do_is_refused(games):
    with pytest.raises(InvalidValue, match="does not know this preprocessing: resize 'linear'"):
        games(preprocessing=Preprocessing(resize="linear"))
    with pytest.raises(InvalidValue, match="no Atari game is called 'brakeout'"):
        games("brakeout")
    env = games()
    with pytest.raises(InvalidValue, match="cannot be set"):
        env.set_attr("game", "pong")
    with pytest.raises(InvalidValue, match="cannot be called"):
        env.env_method("seed")


def test_it_serves_other_algorithms_of_sb3(games):
    env = games(n_envs=2)
    around = surroundings(env)
    assert (around.game, around.actions) == ("breakout", ("NOOP", "FIRE", "RIGHT", "LEFT"))
    assert around.preprocessing == Preprocessing()
    model = PPO("CnnPolicy", VecMonitor(env), n_steps=8, batch_size=16, n_epochs=1, seed=0, device="cpu")
    model.learn(16)
    assert model.num_timesteps == 16
