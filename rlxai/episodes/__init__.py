"""Episodes: games played, kept bit-exactly, and rendered again wherever they are looked at."""

from rlxai.episodes.drift import Drift, drift, rerender
from rlxai.episodes.episode import End, Episode
from rlxai.episodes.observe import Observer, make_plane
from rlxai.episodes.recipe import Recipe
from rlxai.episodes.record import Policy, play, record
from rlxai.episodes.scripted import PLAYERS, play_script
from rlxai.episodes.storage import load_episode, save_episode

__all__ = [
    "PLAYERS",
    "Drift",
    "End",
    "Episode",
    "Observer",
    "Policy",
    "Recipe",
    "drift",
    "load_episode",
    "make_plane",
    "play",
    "play_script",
    "record",
    "rerender",
    "save_episode",
]
