"""Parts of the player that need no server: own play in step, jumps, scales, loop."""

import cv2
import numpy as np
import pytest

from rlxai.replay import scale
from tests.browser.modules import page_with

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser):
    page = page_with(
        browser, "aligned", "bookmarks", "chunks", "jumps", "live", "overlay", "panels",
        "playhead", "pointer", "scale", "smooth",
    )  # fmt: skip
    yield page
    page.close()


# ---- own play in step -------------------------------------------------------------------------------------------


def test_games_are_moved_so_that_the_event_happens_at_once(page):
    games = [
        {"decisions": 50, "events": [[7, "reward", 1], [9, "reward", 1]]},
        {"decisions": 90, "events": [[20, "life lost", 4], [30, "reward", 1]]},
        {"decisions": 10, "events": []},
        {"decisions": 20},
    ]
    assert page.evaluate("games => inStep(games, 'reward')", games) == {
        "lead": 1,
        "offsets": [-23, 0, 0, 0],
        "without": [2, 3],
    }
    assert page.evaluate("games => inStep(games, 'start')", games) == {
        "lead": 1,
        "offsets": [0, 0, 0, 0],
        "without": [],
    }


@pytest.mark.parametrize(("offset", "rows"), [(0, 6), (2, 6), (-2, 6), (-9, 6), (9, 6), (1, 3), (-4, 3)])
def test_timelines_move_with_their_game(page, offset, rows):
    column = np.arange(5.0)
    moved = page.evaluate(
        """([column, offset, rows]) => {
            const one = Float32Array.from(column);
            const { columns } = moved({ meta: 1, columns: { lift_ball: one, output_0: one } }, offset, rows);
            return [Object.keys(columns), Array.from(columns.lift_ball, (v) => (Number.isNaN(v) ? null : v))];
        }""",
        [column.tolist(), offset, rows],
    )
    expected = [column[t + offset] if 0 <= t + offset < len(column) else None for t in range(rows)]
    assert moved == [["lift_ball"], expected], "outputs of other states are not to be compared"


# ---- jumps ------------------------------------------------------------------------------------------------------


def test_jumps_know_every_kind_of_moment(page):
    data = {
        "events": [[1, "reward", 1], [1, "life lost", 4], [5, "reward", 1]], "disagreement": [1, 1, 0, 1, 0, 1],
        "marks": [{"t": 4, "note": ""}], "hits": [2, 3, 4, 8],
    }  # fmt: skip
    found = page.evaluate(
        "([kinds, data]) => kinds.map((kind) => moments(kind, data))",
        [["event", "event:reward", "event:life lost", "disagreement", "bookmark", "hit"], data],
    )
    assert found == [[1, 5], [1, 5], [1], [0, 3, 5], [4], [2, 8]]
    assert page.evaluate("[next([1, 5], 1, 1), next([1, 5], 1, -1) ?? null, next([1, 5], 9, -1)]") == [5, None, 5]


def test_extremes_are_the_ten_highest_a_second_apart(page, generator):
    column = generator.normal(size=900).astype(np.float32)
    column[generator.integers(0, 900, 50)] = np.nan
    for sign, name in ((1, "highest"), (-1, "lowest")):
        expected: list[int] = []
        for t in np.argsort(np.where(np.isnan(column), np.inf, -sign * column), kind="stable"):
            if len(expected) < 10 and np.isfinite(column[t]) and all(abs(t - other) >= 15 for other in expected):
                expected.append(int(t))
        values = [None if np.isnan(v) else float(v) for v in column]
        found = page.evaluate(
            "([name, values]) => moments(name, { advantage: Float32Array.from(values, (v) => v ?? NaN) })",
            [name, values],
        )
        assert found == sorted(expected)


def test_advantage_is_the_best_output_less_their_mean(page, generator):
    outputs = generator.normal(size=(4, 6)).astype(np.float32)
    found = page.evaluate("o => Array.from(advantageOf(o.map((c) => Float32Array.from(c))))", outputs.tolist())
    np.testing.assert_allclose(found, outputs.max(axis=0) - outputs.mean(axis=0), rtol=1e-5)


# ---- scales and pictures ----------------------------------------------------------------------------------------


def test_running_scales_are_those_of_python(page, generator):
    maxima = generator.gamma(1, size=200).astype(np.float32)
    found = page.evaluate("m => Array.from(runningScales(Float32Array.from(m)))", maxima.tolist())
    np.testing.assert_allclose(found, scale.running_scales(maxima), rtol=1e-5)


def test_panels_share_a_scale_only_within_a_method(page):
    sources = [{"method": "a", "scale": 1}, {"method": "a", "scale": 3}, {"method": "b", "scale": 9}, None]
    of = "(sources, i, mode) => fullColour(mode, sources[i], sources, { t: 0, mapScale: 5 })"
    assert [page.evaluate(f"s => ({of})(s, {i}, 'shared')", sources) for i in range(3)] == [3, 3, 9]
    assert page.evaluate(f"s => ({of})(s, 0, 'episode')", sources) == 1
    assert page.evaluate(f"s => ({of})(s, 0, 'frame')", sources) == 5
    assert page.evaluate(f"s => Number.isNaN(({of})(s, 3, 'shared'))", sources)


def test_smoothing_is_bilinear(page, generator):
    levels = generator.integers(-127, 128, (12, 12))
    found = page.evaluate("l => Array.from(smoothed(Int8Array.from(l), 12, 30, 20))", levels.ravel().tolist())
    expected = cv2.resize(levels.astype(np.float32), (20, 30), interpolation=cv2.INTER_LINEAR)
    np.testing.assert_allclose(np.reshape(found, (30, 20)), expected, atol=0.6)  # cv2 rounds its weights


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (6, 6), (7, 4), (10, 5)])
def test_panels_fit_beside_the_now_column(page, count, columns):
    found = page.evaluate(f"arranged({count}, 1280)")
    assert found["columns"] == columns
    used = columns * (found["width"] + 12)
    assert used <= (1292 if count > 6 else 1280 - 238)
    assert 150 <= found["width"] <= 320


# ---- masks ------------------------------------------------------------------------------------------------------


def test_the_smallest_object_under_the_pointer_is_meant(page):
    bits = np.zeros((4, 4), int)
    bits[:, :] |= 1
    bits[1:3, 1:3] |= 2
    found = page.evaluate(
        """bits => [[0.4, 0.4], [0.9, 0.1]].map(([x, y]) =>
            objectsAt({ bits, side: 4 }, ["wall", "ball"], x, y).map(({ name }) => name))""",
        bits.ravel().tolist(),
    )
    assert found == [["ball", "wall"], ["wall"]]
    edge = page.evaluate("bits => outline({ bits, side: 4 }, 1).length", bits.ravel().tolist())
    assert edge == 8
    assert page.evaluate("relevanceAt({ levels: [0, 0, 127, 0], side: 2, scale: 0.5 }, 0.2, 0.7)") == 0.5


def test_cut_masks_are_refused(page):
    with pytest.raises(Exception, match="the masks arrived incomplete"):
        page.evaluate("decodeMasks(new ArrayBuffer(10), { entries: 2 })")


# ---- cache ------------------------------------------------------------------------------------------------------


def test_the_cache_is_bounded_by_bytes_and_lets_go_of_what_was_used_longest_ago(page):
    assert page.evaluate(
        """async () => {
            const asked = [];
            const source = { get: async (path) => { asked.push(path); return new ArrayBuffer(10) } };
            const cache = new ChunkCache(source, 35, () => {});
            const decode = (buffer) => ({ size: buffer.byteLength });
            for (const path of ["a", "b", "c"]) await cache.request(path, decode);
            cache.get("a", decode);
            await cache.request("d", decode);
            return [cache.bytes, ["a", "b", "c", "d"].filter((path) => cache.has(path)), asked.length];
        }"""
    ) == [30, ["a", "c", "d"], 4]


# ---- playhead and bookmarks -------------------------------------------------------------------------------------


def test_a_loop_repeats_and_a_seek_leaves_it(page):
    assert page.evaluate(
        """() => {
            const head = new Playhead();
            head.cover(100, 4);
            Object.assign(head, { speed: 10, loop: [20, 29] });
            const seen = [];
            head.seek(25);
            for (let i = 0; i < 15; i++) { head.advance(100); seen.push(head.decision) }
            head.seek(60);
            head.advance(100);
            return [Math.min(...seen), Math.max(...seen), head.decision];
        }"""
    ) == [20, 29, 61]


def test_another_game_stands_still_at_its_ends(page):
    assert page.evaluate(
        """() => {
            const head = new Playhead();
            head.cover(100, 4);
            return [0, 10, 99].map((t) => { head.seek(t); return head.shown(-5, 20) });
        }"""
    ) == [[0, 3], [5, 3], [20, 2]]


def test_data_that_arrive_while_it_plays_do_not_move_the_playhead(page):
    frames = page.evaluate(
        """() => {
            const head = new Playhead();
            head.cover(100, 4);
            head.seek(10);
            head.play();
            return Array.from({ length: 12 }, () => {
                head.advance(1000 / 60);
                head.cover(100, 4);
                return Math.floor(head.frame);
            });
        }"""
    )
    assert frames == list(range(41, 53)), "one emulator frame for each paint at native speed"


def test_a_part_of_a_game_keeps_the_playhead(page):
    assert page.evaluate(
        """() => { const head = new Playhead(); head.cover(100, 4, [30, 40]);
            return [0, 35, 99].map((t) => { head.seek(t); return head.decision }) }"""
    ) == [30, 35, 40]


def test_bookmarks_stay_in_order_and_bounded(page):
    assert page.evaluate("withMark(withMark(withMark([], 9, 'a'), 3, ''), 9, 'b')") == [
        {"t": 3, "note": ""}, {"t": 9, "note": "b"},
    ]  # fmt: skip
    assert page.evaluate("withoutMark([{ t: 3, note: '' }], 3)") == []
    assert (
        page.evaluate("Array.from({ length: 200 }, (_, t) => t).reduce((m, t) => withMark(m, t, ''), []).length") == 100
    )


# ---- a run that is still in training ----------------------------------------------------------------------------


def test_a_new_state_is_told_once_and_not_while_playing(page):
    assert page.evaluate(
        """async () => {
            const told = [];
            let [asked, quiet, state] = [0, false, "1"];
            const wait = (ms) => new Promise((done) => setTimeout(done, ms));
            const until = async (n) => { for (const from = asked; asked < from + n;) await wait(2) };
            const ask = async () => { asked += 1; if (state === "gone") throw new Error("x"); return state };
            const live = new Live({ ask, quiet: () => quiet, changed: (text) => told.push(text), every: 1 });
            live.known = "1";
            await wait(30);
            const whilePlaying = asked;
            quiet = true;
            for (state of ["1", "2", "gone", "3"]) await until(3);
            live.stop();
            return [whilePlaying, told];
        }"""
    ) == [0, ["2", "3"]]
