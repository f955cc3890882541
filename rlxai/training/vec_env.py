"""Atari games as a `VecEnv` of Stable-Baselines3 over ALE's own vectorised emulator."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from ale_py import ALEInterface, LoggerMode
from ale_py.vector_env import AtariVectorEnv
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from rlxai.errors import InvalidValue
from rlxai.games.ale import MAX_SEED, Emulator
from rlxai.preprocessing import Preprocessing
from rlxai.training.games import Game, game_seed
from rlxai.training.ram import RamMirror

GAMES_PER_SEED = 16
"""Games between two seeds of an environment: seeding reloads the ROM, which takes as long as 20 steps of training."""
MAX_FRAMES = 108_000
"""Emulator frames after which a game is cut off: half an hour of play, as in all published DQN results."""


class ALEVecEnv(VecEnv):
    """Several games of one kind, played at once; observations uint8 (n_envs, C, H, W), oldest plane first.

    What the learner is told follows Mnih et al. 2015: rewards are clipped to their sign, and a lost life ends the
    return (`done`) while the game goes on with its stack of planes as it is. After a lost life FIRE is pressed for the
    agent, in games that have it; `info["taken"]` is the action really pressed. At the end of a game `info["episode"]`
    holds r, the unclipped score, l, the emulator frames that the agent played, and t, the seconds since the start.

    Environment i is seeded with `game_seed(seed, i, n)` before each game n that `GAMES_PER_SEED` divides, and with
    sticky actions before every game. The emulator draws from that only how many NOOPs a game begins with. So a game is
    a function of the last seed, the number of resets since, and its own actions: `state` is small, and `restore`
    replays at most one game per environment.

    Args:
        game: ALE name, such as "breakout".
        n_envs: number of games.
        seed: from which the games' seeds are made.
        preprocessing: how observations are made; what `Preprocessing.beyond_vector_env` names must be as by default.
        terminal_on_life_loss: whether a lost life is `done`.
        clip_reward: whether rewards are clipped to their sign.
        threads: of the emulator; results do not depend on it.
        ram: whether `self.ram` and `info["ram"]` are wanted; games are then played twice, see `RamMirror`.

    Raises:
        InvalidValue: the game is unknown, or the emulator has no such preprocessing.
    """

    render_mode = None

    def __init__(
        self,
        game: str,
        n_envs: int = 16,
        *,
        seed: int = 0,
        preprocessing: Preprocessing | None = None,
        terminal_on_life_loss: bool = True,
        clip_reward: bool = True,
        threads: int = 1,
        ram: bool = False,
    ) -> None:
        self.preprocessing = preprocessing = preprocessing or Preprocessing()
        if beyond := preprocessing.beyond_vector_env():
            told = ", ".join(f"{name} {value!r}" for name, value in beyond.items())
            raise InvalidValue(f"ALE's vectorised emulator does not know this preprocessing: {told}")
        self.game = game
        self.actions = Emulator(game).actions
        self.terminal_on_life_loss = terminal_on_life_loss
        self.clip_reward = clip_reward
        self._fire = self.actions.index("FIRE") if "FIRE" in self.actions else None
        ALEInterface.setLoggerMode(LoggerMode.Error)  # no banner
        self._ale = AtariVectorEnv(
            game,
            n_envs,
            num_threads=threads,
            max_num_frames_per_episode=MAX_FRAMES,
            repeat_action_probability=preprocessing.sticky,
            autoreset_mode="SameStep",
            img_height=preprocessing.size,
            img_width=preprocessing.size,
            stack_num=preprocessing.frame_stack,
            frameskip=preprocessing.frame_skip,
            noop_max=preprocessing.noop_max,
            use_fire_reset=preprocessing.fire_on_reset,
            # ALE's episodic_life resets the game, and its life_loss_info leaves final_obs uninitialised.
            episodic_life=False,
            life_loss_info=False,
            reward_clipping=False,
        )
        self._mirror = RamMirror(game, n_envs, preprocessing) if ram else None
        # Sticky actions draw from the seed as well, so that what is drawn next depends on the game before.
        self._games_per_seed = 1 if preprocessing.sticky else GAMES_PER_SEED
        self._games = [Game(-1) for _ in range(n_envs)]
        self._lives = np.zeros(n_envs, np.int32)
        self._must_fire = np.zeros(n_envs, bool)
        self._buttons = np.zeros(n_envs, np.int64)
        self._seconds_before = 0.0
        self._started = time.monotonic()
        shape = (preprocessing.frame_stack, preprocessing.size, preprocessing.size)
        super().__init__(n_envs, spaces.Box(0, 255, shape, np.uint8), spaces.Discrete(len(self.actions)))
        self.seed(seed)

    @property
    def seconds(self) -> float:
        """Seconds since the start, also over restarts: what `restore` brought plus those since."""
        return self._seconds_before + time.monotonic() - self._started

    @property
    def ram(self) -> np.ndarray:
        """RAM of the two frames that the newest plane of each observation was made of, uint8 (n_envs, 2, 128).

        Raises:
            InvalidValue: it was not asked for.
        """
        if self._mirror is None:
            raise InvalidValue("the emulators' RAM is kept only where asked for: ALEVecEnv(..., ram=True)")
        return self._mirror.ram.copy()

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Set the seed from which games are seeded, and count games from 0 again at the next reset.

        Returns:
            Seeds of the first games.
        """
        self.run_seed = int(np.random.default_rng().integers(MAX_SEED)) if seed is None else seed
        self._games = [Game(-1) for _ in range(self.num_envs)]
        return [game_seed(self.run_seed, index, 0) for index in range(self.num_envs)]

    def reset(self) -> np.ndarray:
        """Start the next game everywhere; observations uint8 (n_envs, C, H, W)."""
        everywhere = np.ones(self.num_envs, bool)
        self._count(everywhere)
        return self._reset_games(everywhere)

    def step_async(self, actions: np.ndarray) -> None:
        """Set the actions of the next step.

        Args:
            actions: whole numbers (n_envs,), indices into `self.actions`.

        Raises:
            InvalidValue: of another shape or type, or out of range: the emulator itself would wait for ever.
        """
        actions = np.asarray(actions)
        if actions.shape != (self.num_envs,) or not np.issubdtype(actions.dtype, np.integer):
            met = f"{actions.dtype} of shape {actions.shape}"
            raise InvalidValue(f"actions must be {self.num_envs} whole numbers, met {met}")
        wrong = (actions < 0) | (actions >= len(self.actions))
        if wrong.any():
            raise InvalidValue(
                f"actions must be 0 to {len(self.actions) - 1} ({', '.join(self.actions)}), met {actions[wrong][0]}"
            )
        self._buttons = actions.astype(np.int64)
        if self._fire is not None:
            self._buttons[self._must_fire] = self._fire

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Take the step: observations, rewards float32 (n_envs,), dones bool (n_envs,), infos."""
        buttons = self._buttons
        observations, scores, terminated, truncated, ale = self._press(buttons)
        over = terminated | truncated
        life_lost = (ale["lives"] < self._lives) & ~over  # at a game's end the lives are those of the next
        dones = over | life_lost if self.terminal_on_life_loss else over
        infos: list[dict[str, Any]] = []
        for index, (game, button) in enumerate(zip(self._games, buttons.tolist(), strict=True)):
            game.press(button, int(scores[index]))
            info: dict[str, Any] = {"lives": int(ale["lives"][index]), "taken": button}
            if self._mirror:
                info["ram"] = self._mirror.ram[index].copy()
            if dones[index]:
                info["terminal_observation"] = (ale["final_obs"] if over[index] else observations)[index]
                info["TimeLimit.truncated"] = bool(truncated[index] and not terminated[index])
            if over[index]:
                frames = len(game.actions) * self.preprocessing.frame_skip
                info["episode"] = {"r": float(game.score), "l": frames, "t": round(self.seconds, 6)}
            infos.append(info)
        self._lives = ale["lives"]
        self._must_fire = life_lost & self.preprocessing.fire_on_life_loss
        if over.any():
            self._count(over)
            seeded = over & (self._resets_since_seed == 0)
            self._began(over & ~seeded, ale)  # the emulator has reset them by itself
            if seeded.any():
                observations = self._reset_games(seeded)
        rewards = np.sign(scores) if self.clip_reward else scores
        return observations, rewards.astype(np.float32), dones, infos

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain JSON: a byte per step of the games under way."""
        games = [game.to_dict() for game in self._games]
        return {
            "run_seed": self.run_seed, "seconds": self.seconds, "games_per_seed": self._games_per_seed, "games": games
        }  # fmt: skip

    def restore(self, state: dict[str, Any]) -> np.ndarray:
        """Come back to a saved state by replaying the games under way.

        Args:
            state: from `state` of an environment made with the same arguments.

        Returns:
            The observations at that state, uint8 (n_envs, C, H, W).
        """
        self.run_seed = state["run_seed"]
        self._games_per_seed = state.get("games_per_seed", 1)  # trainings begun before there was this number
        self._seconds_before, self._started = state["seconds"], time.monotonic()
        self._games = [Game.from_dict(game) for game in state["games"]]
        recorded = [game.actions for game in self._games]
        lengths = np.array([len(actions) for actions in recorded])
        observations = self._reset_games(np.ones(self.num_envs, bool))
        # All end at the same step, so a shorter game starts later; until then its environment presses NOOP.
        for left in range(int(lengths.max()), -1, -1):
            if (starting := lengths == left).any():
                observations = self._reset_games(starting)
            if left:
                playing = lengths >= left
                presses = zip(recorded, lengths, playing, strict=True)
                buttons = [actions[length - left] if play else 0 for actions, length, play in presses]
                lives = self._lives
                observations, _, _, _, ale = self._press(np.array(buttons, np.int64))
                self._lives = ale["lives"]
                self._must_fire = (self._lives < lives) & playing & self.preprocessing.fire_on_life_loss
        return observations

    def _press(self, buttons: np.ndarray) -> Any:
        if self._mirror:
            self._mirror.step(buttons)
        return self._ale.step(buttons)

    @property
    def _resets_since_seed(self) -> np.ndarray:
        """Of each environment, int (n_envs,): 0 where its game is the first of a seed."""
        return np.array([game.number % self._games_per_seed for game in self._games])

    def _count(self, which: np.ndarray) -> None:
        for index in np.flatnonzero(which):
            self._games[index] = Game(self._games[index].number + 1)

    def _reset_games(self, which: np.ndarray) -> np.ndarray:
        """Begin the present game in some environments from the last seed on; observations of all."""
        since = self._resets_since_seed
        seeds = [
            game_seed(self.run_seed, index, self._games[index].number - int(since[index]))
            for index in np.flatnonzero(which).tolist()
        ]
        observations, ale = self._ale.reset(seed=np.array(seeds), options={"reset_mask": which})
        for resets in range(1, int(since[which].max()) + 1):
            observations, ale = self._ale.reset(options={"reset_mask": which & (since >= resets)})
        self._began(which, ale)
        return np.asarray(observations)

    def _began(self, which: np.ndarray, ale: dict[str, np.ndarray]) -> None:
        """Take note of games that the emulator has begun; `ale` is what it says of all."""
        self._lives = ale["lives"]
        self._must_fire = self._must_fire & ~which
        for index in np.flatnonzero(which).tolist() if self._mirror else ():
            assert self._mirror is not None
            number = self._games[index].number
            seed = game_seed(self.run_seed, index, number - number % self._games_per_seed)
            self._mirror.start(index, seed, int(ale["episode_frame_number"][index]))

    def close(self) -> None:
        """Close the emulator."""
        self._ale.close()

    def get_attr(self, attr_name: str, indices: int | Iterable[int] | None = None) -> list[Any]:
        """An attribute of the games, equal for all."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value: Any, indices: int | Iterable[int] | None = None) -> None:
        """Refused: the games have no settings that could be changed.

        Raises:
            InvalidValue: always.
        """
        raise InvalidValue(f"{attr_name} cannot be set; make a new ALEVecEnv")

    def env_method(
        self, method_name: str, *args: Any, indices: int | Iterable[int] | None = None, **kwargs: Any
    ) -> list[Any]:
        """Refused: the games are no environments of their own.

        Raises:
            InvalidValue: always.
        """
        raise InvalidValue(f"{method_name} cannot be called; the games of an ALEVecEnv have no methods")

    def env_is_wrapped(self, wrapper_class: type, indices: int | Iterable[int] | None = None) -> list[bool]:
        """Never: the work of the wrappers is done inside."""
        return [False] * len(list(self._get_indices(indices)))
