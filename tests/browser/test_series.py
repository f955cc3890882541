"""Columns brought to pixels, what networks say, and ranges that are shown."""

import numpy as np
import pytest

from tests.browser.modules import page_with

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page(browser):
    page = page_with(browser, "series", "axes", "timeline", "zoom", "marks")
    yield page
    page.close()


def sent(column):
    """For JSON, which knows no NaN."""
    return [None if np.isnan(value) else float(value) for value in column]


@pytest.mark.parametrize(
    ("width", "range_"), [(100, (0, 5000)), (100, (300, 417)), (97, (4900, 5000)), (200, (10, 20))]
)
def test_no_spike_is_lost_at_any_zoom(page, generator, width, range_):
    column = generator.normal(size=5000).astype(np.float32)
    column[generator.integers(0, 5000, 40)] = np.nan
    got = page.evaluate(
        "([c, w, r]) => { const { low, high, mean } = perPixel(column(c), w, r); return [low, high, mean].map(plain) }",
        [sent(column), width, list(range_)],
    )
    low, high, mean = (np.array(part, np.float32) for part in got)
    start, stop = range_
    for t in range(start, stop):
        x = np.arange(width)[(start + np.arange(width) * (stop - start) // width <= t)][-1]
        if np.isfinite(column[t]):
            assert low[x] <= column[t] <= high[x]
    inside = column[start:stop]
    assert np.nanmax(high) == np.nanmax(inside)
    assert np.nanmin(low) == np.nanmin(inside)
    assert np.all((low <= mean + 1e-6) & (mean <= high + 1e-6) | np.isnan(mean))


def test_shares_of_categories_add_up(page):
    shares = page.evaluate("plain(sharePerPixel(column([0, 1, 1, 1, null, 2, 2, 0]), 3, 2))")
    np.testing.assert_allclose(np.reshape(shares, (3, 2)), [[0.25, 0.25], [0.75, 0], [0, 0.5]])


def test_trend_is_the_mean_of_what_is_known_around(page, generator):
    column = generator.normal(size=60).astype(np.float32)
    column[[5, 6, 7, 30]] = np.nan
    got = page.evaluate(
        "c => plain(smooth(column(c), 5, [3, 50]))",
        sent(column),
    )
    expected = [np.nanmean(column[max(0, t - 2) : t + 3]) for t in range(3, 50)]
    np.testing.assert_allclose(np.array(got, float), expected, atol=1e-5)


def test_lift_axis_is_logarithmic_around_chance(page):
    y = page.evaluate(
        "(() => { const a = liftAxis([Float32Array.from([0, 16])]); return [0, 0.25, 1, 4, 16].map(a.y) })()"
    )
    assert y[0] > y[1] > y[2] > y[3] > y[4] >= 0
    assert y[1] - y[2] == pytest.approx(y[2] - y[3]) == pytest.approx(y[3] - y[4])
    assert y[0] == pytest.approx(1)


@pytest.mark.parametrize(("range_", "ticks"), [((0, 1000), [0, 200, 400, 600, 800]), ((95, 103), [96, 98, 100, 102])])
def test_ticks_are_round_decisions(page, range_, ticks):
    assert page.evaluate("r => decisionTicks(r, 500)", list(range_)) == ticks


def test_best_output_value_and_gap(page):
    got = page.evaluate("""() => {
        const { best, value, gap } = bestOutputs([[1, 5, null], [3, 2, null], [2, 5, null]].map(column));
        return [best, value, gap].map(plain);
    }""")
    assert got == [[1, 0, None], [3, 5, None], [1, 0, None]]


def test_disagreement_needs_two_that_are_known(page):
    got = page.evaluate("plain(disagreement([[0, 1, null, 1], [0, 2, 1, null], [0, 1, 1, null]].map(column)))")
    assert got == [0, 1, 0, None]


def test_panels_of_one_network_are_told_together(page):
    got = page.evaluate("""() => {
        const table = (...values) => ({ columns: { output_0: column(values), output_1: column([0, 0]) } });
        const tables = [table(1, 2), undefined, table(1, 2), table(1, 3)];
        return networks(tables, ["A", "B", "C", "D"], ["x", "y"]).map(({ letters }) => letters);
    }""")
    assert got == [["A", "C"], ["D"]]


@pytest.mark.parametrize(
    ("call", "range_"),
    [
        ("fitRange([10, 50], 100)", [10, 50]),
        ("fitRange([-10, 50], 100)", [0, 60]),
        ("fitRange([80, 130], 100)", [50, 100]),
        ("fitRange([20, 21], 100)", [20, 28]),
        ("fitRange([0, 100], 100)", None),
        ("fitRange([0, 4], 5)", None),
        ("fitRange([NaN, 4], 50)", None),
        ("scaleRange([0, 100], 0.5, 40, 100)", [20, 70]),
        ("scaleRange([20, 60], 0.5, 90, 100)", [30, 50]),
        ("scaleRange([20, 60], 4, 40, 100)", None),
        ("draggedRange('window', [20, 60], 30, 35)", [25, 65]),
        ("draggedRange('from', [20, 60], 20, 10)", [10, 60]),
        ("draggedRange('from', [20, 60], 20, 90)", [52, 60]),
        ("draggedRange('to', [20, 60], 60, 90)", [20, 90]),
        ("draggedRange('new', [20, 60], 80, 70)", [70, 80]),
    ],
)
def test_ranges(page, call, range_):
    assert page.evaluate(call) == range_


def test_hits_that_share_a_pixel_are_told_by_their_share(page):
    hits = "[{ t: 100 }, { t: 101 }, { t: 149 }, { t: 190 }]"
    assert page.evaluate(f"hitColumns({hits}, 10, [100, 200])") == [
        [0, pytest.approx(0.2)], [4, pytest.approx(0.1)], [9, pytest.approx(0.1)],
    ]  # fmt: skip
    assert page.evaluate(f"hitColumns({hits}, 200, [100, 200])") == [[0, 1], [2, 1], [98, 1], [180, 1]]
