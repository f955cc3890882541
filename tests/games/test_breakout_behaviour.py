"""What a player does in Breakout, read from RAM, against screens, rewards and the rules of the game."""

from __future__ import annotations

import numpy as np
import pytest

from rlxai.episodes import Episode, play_script, record
from rlxai.games import read_state
from rlxai.games.behaviour import game_behaviour
from rlxai.games.played import Played
from rlxai.networks import Agent
from rlxai.preprocessing import Preprocessing


def read(episode: Episode) -> Played:
    over = episode.end == "game over"
    return game_behaviour("breakout").read(episode.ram[:], episode.rewards, episode.lives, over=over)


@pytest.fixture(scope="module")
def trained(shipped_agent: Agent) -> Episode:
    """A whole game in which the ball goes through a tunnel."""
    return record(shipped_agent, seed=1)


@pytest.fixture(scope="module")
def scripted() -> Episode:
    """Tunnels and many balls above the wall, cut before the game is over."""
    return play_script("breakout", Preprocessing(), max_decisions=1500)


@pytest.fixture(scope="module")
def exploring(shipped_agent: Agent) -> Episode:
    """Clumsy play: hits with the paddle's edge, waits for FIRE."""
    return record(shipped_agent, seed=3, epsilon=0.3)


@pytest.fixture(params=["trained", "scripted", "exploring"])
def episode(request: pytest.FixtureRequest) -> Episode:
    return request.getfixturevalue(request.param)


def blocks(screens: np.ndarray) -> np.ndarray:
    """Lit share of each brick's area, (N, 6, 18), of palette screens (N, 210, 160); index 0 is black."""
    return (screens[:, 57:93, 8:152] != 0).reshape(-1, 6, 6, 18, 8).mean(axis=(2, 4))


def test_bricks_hit_are_the_rewards(episode):
    bricks = read(episode).events["brick-hit"]
    points = np.bincount(bricks.decisions, bricks.facts["points"], minlength=episode.decisions)
    np.testing.assert_array_equal(points, episode.rewards)
    assert len(bricks) > 5


def test_bricks_hit_vanish_from_the_screen(episode):
    bricks = read(episode).events["brick-hit"]
    for t, row, column in zip(bricks.decisions, bricks.facts["row"], bricks.facts["column"], strict=True):
        before, after = blocks(episode.screens[int(t) : int(t) + 2][:, -1])[:, int(row), int(column)]
        assert before == 1
        assert after < 0.5  # the ball may still be in it


def test_tunnels_open_when_the_last_brick_of_a_column_vanishes(scripted):
    opened = read(scripted).events["tunnel-opened"]
    assert len(opened) >= 3
    for t, column in zip(opened.decisions, opened.facts["column"], strict=True):
        before, after = (blocks(scripted.screens[int(t) : int(t) + 2][:, -1]) > 0.5)[:, :, int(column)]
        assert before.sum() == 1
        assert not after.any()
    lit = blocks(scripted.screens[scripted.decisions : scripted.decisions + 1][:, -1])[0] > 0.5
    assert (~lit.any(axis=0)).sum() == len(opened)


def test_paddle_hits_are_the_turns_of_the_ball_on_the_screen(episode):
    """Between wall and paddle only the ball is lit: it turns upwards low down when it is hit."""
    top = []
    for start in range(1, episode.decisions + 1, 64):
        field = episode.screens[start : start + 64][:, :, 94:189, 8:152] != 0
        rows = field.any(axis=-1).reshape(-1, 95)
        top.append(np.where(rows.any(axis=1), rows.argmax(axis=1), -1))
    row = np.concatenate(top)
    turns, falling, last = [], False, -1
    for frame in np.flatnonzero(row >= 0):  # else it is lost, or a wall or the paddle hides it
        if falling and 65 < row[frame] < last:
            turns.append(frame // 4)
        falling = row[frame] > last or (falling and row[frame] == last)
        last = row[frame]
    hits = read(episode).events["paddle-hit"].decisions
    assert len(hits) == len(turns) > 3
    assert np.abs(hits - turns).max() <= 1


def test_from_below_each_brick_takes_a_hit_of_the_paddle(episode):
    """A rule of the game: the ball takes one brick, and no other before it has met the paddle or the ceiling."""
    played = read(episode)
    bricks = played.events["brick-hit"]
    below = bricks.decisions[bricks.facts["above"] == 0]
    touches = np.sort(
        np.concatenate([played.events[name].decisions for name in ("paddle-hit", "ceiling-hit", "serve")])
    )
    between = np.searchsorted(touches, below[1:], "right") - np.searchsorted(touches, below[:-1], "left")
    assert (between > 0).all()


def test_a_ball_is_lost_between_any_two_serves(episode):
    played = read(episode)
    serves, lost = played.events["serve"].decisions, played.events["life-lost"].decisions
    assert len(serves) - len(lost) == (0 if episode.end == "game over" else 1)
    assert (serves[: len(lost)] < lost).all()
    assert (lost[: len(serves) - 1] <= serves[1:]).all()  # FIRE can be pressed in the decision of the loss


def test_frames_after_the_end_are_not_read(trained):
    """The emulator leaves older ones there."""
    ram = trained.ram[:].copy()
    ram[-1, :, :36] = 0  # no brick left
    behaviour = game_behaviour("breakout")
    counts = {
        over: {
            name: len(events)
            for name, events in behaviour.read(ram, trained.rewards, trained.lives, over=over).events.items()
        }
        for over in (True, False)
    }
    assert counts[True] == {name: len(events) for name, events in read(trained).events.items()}
    assert counts[False]["brick-hit"] > counts[True]["brick-hit"]


def test_above_the_wall_is_reached_through_tunnels_and_left_downwards(episode):
    played = read(episode)
    entries, ceiling = played.events["ball-above-wall"].decisions, played.events["ceiling-hit"].decisions
    opened = played.events["tunnel-opened"].decisions
    if len(entries):
        assert entries[0] >= opened[0]
        assert len(ceiling) >= len(entries) - 1
        assert np.isin(ceiling, np.flatnonzero(played.series["above"])[:, None] - [0, 1]).all()
    else:
        assert not len(ceiling)
        assert not played.series["above"].any()
    outside = played.series["ball-height"][played.series["above"]]
    assert (outside < 96).all()


def test_wall_hits_are_at_the_walls(episode):
    played = read(episode)
    turned = played.events["wall-hit"].decisions
    assert len(turned) > 3
    for t in turned:
        frames = [episode.ram[int(t)][-1], *episode.ram[int(t) + 1]]
        lefts = [read_state(frame).ball.left for frame in frames if read_state(frame).ball]
        assert min(lefts) <= 12 or max(lefts) >= 146


def test_series_are_those_of_the_frame_that_is_decided_on(episode):
    played = read(episode)
    assert all(len(values) == episode.decisions for values in played.series.values())
    seen = dict.fromkeys(("approaching", "none"), 0)
    for t in range(0, episode.decisions, 37):
        state = read_state(episode.ram[t][-1])
        series = {name: values[t] for name, values in played.series.items()}
        assert series["paddle"] == (state.paddle.left + state.paddle.right) / 2
        assert series["score"] == state.score
        np.testing.assert_array_equal(series["bricks"], state.bricks)
        assert series["standing"] == state.bricks.sum()
        if state.ball is None:
            assert np.isnan([series["ball"], series["ball-height"], series["distance"]]).all()
            seen["none"] += 1
        else:
            assert series["ball"] == state.ball.left + 1
            assert series["distance"] == series["ball"] - series["paddle"]
            expected = state.ball_velocity[1] > 0 and (state.ball.top + state.ball.bottom) / 2 >= 93
            assert series["approaching"] == expected
            seen["approaching"] += expected
    assert seen["approaching"] > 3


def test_equal_situations_have_equal_state_bytes(scripted):
    played = read(scripted)
    assert played.state.shape[0] == scripted.decisions
    moved = played.state[played.series["in-play"]]
    assert len(np.unique(moved, axis=0)) > 0.9 * len(moved)  # a ball in flight is never where it was


def test_games_whose_behaviour_is_not_known():
    assert game_behaviour("seaquest") is None
    assert game_behaviour(None) is None
