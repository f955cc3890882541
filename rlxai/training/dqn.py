"""DQN on Stable-Baselines3's interface, in less time: double Q, n-step returns, frame memory, mixed precision."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import torch
from stable_baselines3 import DQN
from stable_baselines3.common.noise import ActionNoise
from stable_baselines3.common.type_aliases import GymEnv, ReplayBufferSamples, Schedule
from stable_baselines3.dqn.policies import DQNPolicy, QNetwork
from torch import Tensor, nn
from torch.nn import functional as F

from rlxai.training.memory import FrameReplayBuffer


def bfloat16_is_fast(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 natively; elsewhere it would be emulated and slower."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return bool(torch.cpu._is_avx512_bf16_supported())


class FastDQN(DQN):
    """SB3's DQN with another memory and update; `learn`, callbacks, `save`, `load` and `predict` are SB3's.

        model = FastDQN("CnnPolicy", ALEVecEnv("breakout", 16), n_steps=3, gradient_steps=2, batch_size=64)
        model.learn(1_000_000)

    The loss is Huber's of Q(s_t, a_t) against

        y = sum over k < n of gamma^k r_{t+k} + gamma^n Q'(s_{t+n}, argmax_a Q(s_{t+n}, a))

    with Q' the target network (van Hasselt et al. 2016, arXiv 1509.06461; n-step as in Hessel et al. 2018, arXiv
    1710.02298), uncorrected for actions that today's policy would not take. What differs from SB3 besides:

    - every environment draws its own coin for exploration, where SB3 draws one for all of them;
    - all randomness comes from generators of its own, so that a training can be resumed to the bit, see
      `rlxai.training.resume`;
    - Adam is fused, weights are stored channels last, and convolutions of the update may run in bfloat16. The output
      layer never does: its numbers keep 8 bits in bfloat16, which rounds a Q-value of 5 to multiples of 0.03, more
      than the difference between two actions of Breakout.

    Args:
        policy: "CnnPolicy", or a class derived from DQNPolicy.
        env: with stacked uint8 images, see `FrameReplayBuffer`.
        learning_rate: Adam's, or a function of the remaining progress (1 to 0).
        double_q: whether the online network chooses the action that the target network rates.
        n_steps: rewards that are summed before bootstrapping.
        adam_eps: Adam's epsilon; 1.5e-4 in Hessel et al. 2018.
        bfloat16: whether convolutions of the update run in bfloat16; None: where the device is fast at it.
        buffer_size: steps in the replay memory; the rest is as in SB3.
        policy_kwargs: as in SB3.
        seed: as in SB3.
        device: as in SB3.
        _init_setup_model: as in SB3.
        options: further arguments of SB3's DQN.
    """

    policy: DQNPolicy

    def __init__(
        self,
        policy: str | type[DQNPolicy],
        env: GymEnv | str,
        learning_rate: float | Schedule = 1e-4,
        *,
        double_q: bool = True,
        n_steps: int = 3,
        adam_eps: float = 1.5e-4,
        bfloat16: bool | None = None,
        buffer_size: int = 100_000,
        gamma: float = 0.99,
        policy_kwargs: dict[str, Any] | None = None,
        seed: int | None = None,
        device: torch.device | str = "auto",
        _init_setup_model: bool = True,
        **options: Any,
    ) -> None:
        self.double_q = double_q
        self.bfloat16 = bfloat16
        policy_kwargs = dict(policy_kwargs or {})
        policy_kwargs["optimizer_kwargs"] = {
            "eps": adam_eps, "fused": True, **policy_kwargs.get("optimizer_kwargs", {})
        }  # fmt: skip
        super().__init__(
            policy,
            env,
            learning_rate,
            buffer_size=buffer_size,
            gamma=gamma,
            replay_buffer_class=FrameReplayBuffer,  # type: ignore[arg-type]
            replay_buffer_kwargs={"n_steps": n_steps, "gamma": gamma},
            policy_kwargs=policy_kwargs,
            seed=seed,
            device=device,
            _init_setup_model=_init_setup_model,
            **options,
        )

    def _setup_model(self) -> None:
        super()._setup_model()
        if self.bfloat16 is None:
            self.bfloat16 = bfloat16_is_fast(self.device)
        self.policy.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        exploration, replay = np.random.SeedSequence(self.seed).spawn(2)
        self.generator = np.random.default_rng(exploration)
        self.memory.generator = np.random.default_rng(replay)

    @property
    def memory(self) -> FrameReplayBuffer:
        """The replay memory."""
        return cast("FrameReplayBuffer", self.replay_buffer)

    def train(self, gradient_steps: int, batch_size: int = 100) -> None:
        """Update the network `gradient_steps` times, on `batch_size` samples each; see the class for the loss."""
        if not self.memory.sampled_rows:
            return  # the first steps of a training without a warm-up
        self.policy.set_training_mode(True)
        self._update_learning_rate(self.policy.optimizer)
        losses, values = [], []
        for _ in range(gradient_steps):
            batch = self.memory.sample(batch_size)
            targets = self.targets(batch)
            q = self._q_values(self.q_net, self._images(batch.observations)).gather(1, batch.actions)  # (B, 1)
            loss = F.smooth_l1_loss(q, targets)
            self.policy.optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(self.q_net.parameters(), self.max_grad_norm)
            self.policy.optimizer.step()
            losses.append(loss.detach())
            values.append(q.detach().mean())
        self._n_updates += gradient_steps
        self.logger.record("train/n_updates", self._n_updates, exclude="tensorboard")
        self.logger.record("train/loss", float(torch.stack(losses).mean()))
        self.logger.record("train/q_value", float(torch.stack(values).mean()))

    @torch.no_grad()
    def targets(self, batch: ReplayBufferSamples) -> Tensor:
        """The numbers y, float32 (B, 1), that the Q-values of a batch are drawn to."""
        assert batch.discounts is not None
        images = self._images(batch.next_observations)
        rated = self._q_values(self.q_net_target, images)  # (B, A)
        choosing = self._q_values(self.q_net, images) if self.double_q else rated
        following = rated.gather(1, choosing.argmax(1, keepdim=True))
        return batch.rewards + (1 - batch.dones) * batch.discounts * following

    def _images(self, observations: Tensor) -> Tensor:
        """Network inputs (B, C, H, W) in [0, 1], channels last, of uint8 observations."""
        images = observations.contiguous(memory_format=torch.channels_last)
        images = images.to(torch.bfloat16 if self.bfloat16 else torch.float32)  # 0 ... 255 are exact in both
        return images.div_(255) if self.policy.normalize_images else images

    def _q_values(self, network: QNetwork, images: Tensor) -> Tensor:
        """Q-values float32 (B, A) of network inputs (B, C, H, W)."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=bool(self.bfloat16)):
            features = network.features_extractor(images)
        q_values: Tensor = network.q_net(features.float())
        return q_values

    def _sample_action(
        self, learning_starts: int, action_noise: ActionNoise | None = None, n_envs: int = 1
    ) -> tuple[np.ndarray, np.ndarray]:
        actions = self.generator.integers(self.policy.action_space.n, size=n_envs)  # type: ignore[attr-defined]
        if self.num_timesteps >= learning_starts:
            assert isinstance(self._last_obs, np.ndarray)
            explore = self.generator.random(n_envs) < self.exploration_rate
            if not explore.all():
                greedy, _ = self.policy.predict(self._last_obs, deterministic=True)
                actions = np.where(explore, actions, greedy)
        return actions, actions

    def _excluded_save_params(self) -> list[str]:
        return [*super()._excluded_save_params(), "generator"]
