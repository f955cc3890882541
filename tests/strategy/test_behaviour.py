"""Behavioural quantities of games made up so that the answer is known."""

import numpy as np
import pytest

from rlxai.games.played import Events, Played
from rlxai.strategy import digging, loops, tracking
from rlxai.strategy.behaviour import QUANTITIES, measure, summarise
from rlxai.strategy.quantity import Game

T = 2000


def rallies(generator, approach=15, period=40):
    """Ball position (T,) drawn anew for each rally, moving within it, and when it approaches."""
    phase = np.arange(T) % period
    start, speed = generator.uniform(20, 140, T // period), generator.uniform(-2, 2, T // period)
    ball = np.repeat(start, period) + np.repeat(speed, period) * phase
    return ball, phase < approach


def events(decisions, **facts):
    return Events(np.array(decisions, int), {name: np.array(values, float) for name, values in facts.items()})


def game(ball=None, paddle=None, approaching=None, *, bricks=(), rewards=None, taken=None, state=None):
    """Bricks are (decision, row, column, points, above)."""
    none = np.full(T, np.nan)
    at = np.array(bricks, float).reshape(-1, 5)
    left = np.ones((6, 18), int)
    opened = []
    for decision, row, column, _, _ in at.astype(int):
        left[row, column] = 0
        if not left[:, column].any():
            opened.append((decision, column))
    played = Played(
        series={
            "ball": none if ball is None else ball,
            "paddle": none if paddle is None else paddle,
            "approaching": np.zeros(T, bool) if approaching is None else approaching,
            "in-play": np.ones(T, bool),
        },
        events={
            "serve": events([0, 1000]),
            "paddle-hit": events([5, 60, 70], offset=[-4, 2, 3]),
            "life-lost": events([999]),
            "brick-hit": events(at[:, 0], row=at[:, 1], column=at[:, 2], points=at[:, 3], above=at[:, 4]),
            "tunnel-opened": events([o[0] for o in opened], column=[o[1] for o in opened]),
            "ball-above-wall": events([]),
        },
        state=np.arange(T, dtype=np.uint16)[:, None].view(np.uint8) if state is None else state,
        grid=(6, 18),
    )
    return Game(np.zeros(T) if rewards is None else rewards, np.zeros(T, int) if taken is None else taken, played)


def test_a_paddle_under_the_ball_tracks_it(generator):
    ball, approaching = rallies(generator)
    found = measure(game(ball, ball + 3, approaching))
    assert found["tracking"] == pytest.approx(1)
    assert found["arrival-tracking"] == pytest.approx(1)
    assert found["distance"] == found["arrival-distance"] == pytest.approx(3)
    assert found["lag"] == 0
    assert abs(found["tracking-control"]) < 0.3


@pytest.mark.parametrize("delay", [-6, -1, 3, 7])
def test_lag_is_the_delay_of_the_paddle(generator, delay):
    walk = np.cumsum(generator.uniform(-8, 8, T))
    found = measure(game(walk, np.roll(walk, delay), rallies(generator)[1]))
    assert found["lag"] == delay


def test_a_lag_beyond_the_window_or_of_nothing_is_undefined(generator):
    walk, approaching = np.cumsum(generator.uniform(-8, 8, T)), rallies(generator)[1]
    assert np.isnan(measure(game(walk, np.roll(walk, 40), approaching))["lag"])
    assert np.isnan(measure(game(walk, np.full(T, 50.0), approaching))["lag"])


def test_a_paddle_that_repeats_one_movement_tracks_no_better_than_its_control():
    """All balls fly alike and so does the paddle: full correlation, none of it due to looking."""
    phase = np.arange(T) % 40
    found = measure(game(20.0 + 3 * phase, 10.0 + 2 * phase, phase < 15))
    assert found["tracking"] == pytest.approx(1)
    assert found["tracking-control"] == pytest.approx(1)


def test_correlation_leaves_out_what_is_unknown_and_needs_three(generator):
    a, b = generator.standard_normal((2, 50))
    b[7] = a[9] = np.nan
    known = np.isfinite(a + b)
    assert tracking.correlation(a, b) == pytest.approx(np.corrcoef(a[known], b[known])[0, 1])
    assert np.isnan(tracking.correlation(a[:2], b[:2]))
    assert np.isnan(tracking.correlation(a, np.ones(50)))


def test_hits():
    found = measure(game())
    assert found["hits-per-life"] == 1.5
    assert found["hit-offset"] == 3


def test_gini_is_the_mean_difference():
    for counts in ([0, 0, 6], [2, 2, 2], [1, 5, 3, 0]):
        n, total = len(counts), sum(counts)
        expected = sum(abs(a - b) for a in counts for b in counts) / (2 * n * total)
        assert digging.gini(np.array(counts)) == pytest.approx(expected)
    assert np.isnan(digging.gini(np.zeros(4)))


def dug(columns, count):
    """Bricks from below, column after column."""
    cells = [(row, column) for column in columns for row in range(5, -1, -1)][:count]
    return [(10 * k, row, column, 1, 0) for k, (row, column) in enumerate(cells)]


def test_digging_column_by_column_is_above_chance_and_row_by_row_is_not():
    digger = measure(game(bricks=dug([4], 6)))
    assert digger["digging"] == pytest.approx(17 / 18)
    assert digger["digging-above-uniform"] > 0.15
    assert digger["digging-above-shuffled"] > 0.15
    assert (digger["tunnel"], digger["columns-opened"], digger["first-tunnel"]) == (1, 1, 50)
    assert digger["first-tunnel-bricks"] == 6
    mower = measure(game(bricks=[(10 * k, 5 - k // 18, k % 18, 1, 0) for k in range(36)]))
    assert mower["digging"] == 0
    assert mower["digging-above-uniform"] < -0.1
    assert (mower["tunnel"], mower["columns-opened"]) == (0, 0)
    assert np.isnan([mower["first-tunnel"], mower["first-tunnel-bricks"]]).all()


def test_bricks_removed_by_chance_are_at_chance(generator):
    uniform, shuffled = [], []
    for _ in range(150):
        cells = generator.permutation(108)[:20]
        found = measure(game(bricks=[(k, cell // 18, cell % 18, 1, 0) for k, cell in enumerate(cells)]))
        if not found["tunnel"]:
            uniform.append(found["digging-above-uniform"])
            shuffled.append(found["digging-above-shuffled"])
    assert abs(np.mean(uniform)) < 0.02
    assert abs(np.mean(shuffled)) < 0.02


def test_chance_by_row_keeps_the_rows(generator):
    removed = np.zeros((6, 18), bool)
    removed[5] = True
    assert digging.chance(removed, by_row=True) == 0  # a whole row is even in any order
    assert digging.chance(removed, by_row=False) > 0.3
    assert np.isnan(digging.chance(np.zeros((6, 18), bool), by_row=True))


def test_bricks_after_the_first_tunnel_do_not_count_as_digging():
    later = dug([4], 6) + [(500 + k, 5, column, 1, 0) for k, column in enumerate(c for c in range(18) if c != 4)]
    assert measure(game(bricks=later))["digging"] == pytest.approx(17 / 18)
    assert measure(game(bricks=later))["bricks-removed"] == 23


def test_share_of_points_made_above_the_wall():
    found = measure(game(bricks=[(1, 5, 0, 1, 0), (2, 0, 0, 7, 1), (3, 1, 3, 7, 1), (4, 3, 3, 4, 0)]))
    assert found["above-share"] == pytest.approx(14 / 19)
    assert np.isnan(measure(game())["above-share"])


def test_loops_are_repetitions_of_states_and_actions():
    state = np.arange(T, dtype=np.uint16)
    state[500:700] = np.tile(np.arange(5000, 5040), 5)  # a cycle of 40, gone through five times
    taken = np.zeros(T, int)
    inside = loops.looping(state[:, None].view(np.uint8), taken)
    np.testing.assert_array_equal(np.flatnonzero(inside), np.arange(540, 700))
    assert measure(game(state=state[:, None].view(np.uint8)))["looping"] == pytest.approx(160 / T)
    taken[500:700] = np.arange(200)  # the same situations, answered differently
    assert not loops.looping(state[:, None].view(np.uint8), taken).any()


def test_waiting_for_ever_is_a_loop_and_a_pause_is_not():
    state = np.arange(T, dtype=np.uint16)
    state[100:105] = 3000
    state[1000:] = 4000
    inside = loops.looping(state[:, None].view(np.uint8), np.zeros(T, int))
    np.testing.assert_array_equal(np.flatnonzero(inside), np.arange(1001, T))


def test_a_cycle_seen_once_and_a_half_is_no_loop():
    state = np.arange(T, dtype=np.uint16)
    state[500:560] = np.concatenate([np.arange(5000, 5040), np.arange(5000, 5020)])
    assert not loops.looping(state[:, None].view(np.uint8), np.zeros(T, int)).any()


def test_entropy_and_droughts():
    rewards = np.zeros(T)
    rewards[[99, 500, 1999]] = 1
    found = measure(game(taken=np.arange(T) % 4, rewards=rewards))
    assert found["action-entropy"] == pytest.approx(2)
    assert measure(game())["action-entropy"] == 0
    assert found["drought"] == 1498
    assert found["score"] == 3
    assert found["length"] == T
    assert np.isnan(loops.entropy(np.zeros(0, int)))
    assert loops.longest(np.zeros(5, bool)) == 0


def test_games_of_which_nothing_is_known_still_have_score_and_actions():
    found = measure(Game(np.ones(10), np.arange(10) % 2, None))
    assert {name for name, value in found.items() if np.isfinite(value)} == {
        "score", "length", "action-entropy", "drought",
    }  # fmt: skip


def test_all_values_are_in_the_ranges_that_are_stated(generator):
    ball, approaching = rallies(generator)
    bricks = [(k, *divmod(int(c), 18), 1, k % 2) for k, c in enumerate(generator.permutation(108)[:70])]
    found = measure(game(ball, np.roll(ball, 5), approaching, bricks=bricks))
    for quantity in QUANTITIES:
        value = found[quantity.name]
        assert np.isnan(value) or quantity.low <= value <= quantity.high, quantity.name
        assert quantity.definition.endswith(".")
        assert quantity.unit
    assert len({quantity.name for quantity in QUANTITIES}) == len(QUANTITIES)


def test_means_are_over_the_games_in_which_a_quantity_is_defined():
    games = [measure(game(bricks=dug([c], n))) for c, n in ((0, 6), (3, 6), (5, 2), (7, 3))]
    found = summarise(games)
    assert found["first-tunnel"].units == 2
    assert found["first-tunnel"].estimate == 50
    assert found["tunnel"].estimate == 0.5
    assert 0 <= found["tunnel"].low < 0.5 < found["tunnel"].high <= 1
    assert np.isnan(found["above-share"].low) == (found["above-share"].units < 2)
