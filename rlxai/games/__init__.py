"""Atari games: the emulator, and the truth about their objects read from RAM."""

from rlxai.games.ale import Emulator, Frames, ale_version, available_games
from rlxai.games.breakout import Breakout, channel_cells, open_columns
from rlxai.games.breakout_player import follow_ball
from rlxai.games.breakout_render import render_grey
from rlxai.games.breakout_state import BreakoutState, read_state
from rlxai.games.objects import REGISTRY, GameObjects, game_objects

__all__ = [
    "REGISTRY",
    "Breakout",
    "BreakoutState",
    "Emulator",
    "Frames",
    "GameObjects",
    "ale_version",
    "available_games",
    "channel_cells",
    "follow_ball",
    "game_objects",
    "open_columns",
    "read_state",
    "render_grey",
]
