"""Timelines as they are drawn: rows, zoom, cursor and marks."""

import numpy as np
import pytest

from tests.browser.rows_page import build

pytestmark = pytest.mark.browser


def pixels(page, x, width=1):
    """RGBA of columns of the timelines, (height, width, 4)."""
    flat = page.evaluate(
        "([x, w]) => Array.from(rows.canvas.getContext('2d').getImageData(x, 0, w, rows.canvas.height).data)",
        [x, width],
    )
    return np.array(flat).reshape(-1, width, 4)


def row(page, title):
    return page.evaluate(
        "title => rows.placed.filter((row) => row.title.startsWith(title)).map((r) => [r.top, r.top + r.height])[0]",
        title,
    )


def test_one_decision_in_27000_is_seen(timelines):
    build(timelines, 27000)
    top, bottom = row(timelines, "lift A")
    width = timelines.evaluate("rows.width")
    upper = slice(top, (top + bottom) // 2 - 6)  # above the band
    x = int(77 / 27000 * width)
    assert pixels(timelines, x)[upper, :, 3].max() > 0
    assert pixels(timelines, x + 60)[upper, :, 3].max() == 0
    timelines.evaluate("rows.zoom([50, 110])")
    timelines.wait_for_timeout(100)
    assert pixels(timelines, int(27.5 / 60 * width))[upper, :, 3].max() > 0


def test_rows_say_what_is_known_and_names_stay_text(rows):
    text = rows.locator("[data-ref=gutter]").inner_text()
    words = (
        "marks", "reward", "life lost", "tunnel", "NOOP", "A 1k", "disagreement", "V = max Q", "gap to second",
        "lift A 1k", "lift B 2k", "band: 5 random networks", "cluster", "1 y (outlier)", "position x",
        "target advantage",
    )  # fmt: skip
    for word in words:
        assert word in text, word
    assert (
        rows.locator("[data-ref=gutter] b", has_text="x").count()
        == rows.locator("b", has_text="position x").count() + 1
    )
    rows.evaluate("tables[0].columns.cluster.fill(0); rows.build(rows.given)")
    assert "0 <b>x</b>" in rows.locator("[data-ref=gutter]").inner_text()


def test_rows_without_maps_show_the_game(rows):
    rows.evaluate("rows.build({ episode, tables: [undefined], labels: ['A'], letters: ['A'], objects: [] })")
    assert rows.evaluate("rows.placed.map(({ title }) => title)") == ["marks", "events", "action", "position x"]


def test_a_pointer_that_comes_before_the_game_does_no_harm(rows):
    errors = []
    rows.on("pageerror", lambda error: errors.append(error))
    rows.evaluate("rows.total = 0; rows.placed = []; rows.given = undefined")
    drag(rows, ".plot", 0.2, 0.4, shift=True)
    drag(rows, ".tl-strip", 0.2, 0.4)
    for name in ("Zoom in", "Table", "CSV"):
        rows.get_by_role("button", name=name).click()
    assert errors == []


def test_an_object_can_be_hidden_and_shown(rows):
    wall = rows.get_by_role("button", name="wall").first
    assert wall.get_attribute("aria-pressed") == "false"
    before = pixels(rows, 500).tolist()
    wall.click()
    assert rows.get_by_role("button", name="wall").first.get_attribute("aria-pressed") == "true"
    assert pixels(rows, 500).tolist() != before


def drag(page, locator, start, stop, *, shift=False, dy=120):
    box = page.locator(locator).bounding_box()
    y = box["y"] + min(dy, box["height"] / 2)
    if shift:
        page.keyboard.down("Shift")
    page.mouse.move(box["x"] + start * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + stop) / 2 * box["width"], y)
    page.mouse.move(box["x"] + stop * box["width"], y)
    page.mouse.up()
    if shift:
        page.keyboard.up("Shift")


def test_shift_and_drag_zooms_a_double_click_shows_all(rows):
    drag(rows, ".plot", 0.2, 0.4, shift=True)
    assert rows.evaluate("seeks") == []
    from_, to = rows.evaluate("rows.range")
    assert (from_, to) == (pytest.approx(200, abs=2), pytest.approx(400, abs=2))
    assert rows.evaluate("zooms") == [[from_, to]]
    rows.locator(".tl-range", has_text=f"decisions {from_}–{to - 1} of 1000").wait_for()
    box = rows.locator(".plot").bounding_box()
    rows.mouse.click(box["x"] + box["width"] / 2, box["y"] + 100)
    assert rows.evaluate("seeks") == [pytest.approx((from_ + to) / 2, abs=1)]
    rows.locator(".plot").dblclick(position={"x": 10, "y": 100})
    assert rows.evaluate("[rows.range, zooms.at(-1)]") == [[0, 1000], None]


def test_the_strip_chooses_moves_and_resizes(rows):
    drag(rows, ".tl-strip", 0.5, 0.7)
    assert rows.evaluate("rows.range") == [pytest.approx(500, abs=2), pytest.approx(700, abs=2)]
    drag(rows, ".tl-strip", 0.6, 0.3)
    assert rows.evaluate("rows.range") == [pytest.approx(200, abs=2), pytest.approx(400, abs=2)]
    drag(rows, ".tl-strip", 0.4, 0.9)
    assert rows.evaluate("rows.range") == [pytest.approx(200, abs=2), pytest.approx(900, abs=4)]
    rows.locator(".tl-strip").dblclick(position={"x": 300, "y": 10})
    assert rows.evaluate("rows.range") == [0, 1000]


def test_buttons_zoom_around_the_cursor(rows):
    rows.evaluate("rows.cursor(0.1)")
    rows.get_by_role("button", name="Zoom in").click()
    assert rows.evaluate("rows.range") == [50, 550]
    rows.get_by_role("button", name="Zoom out").click()
    assert rows.evaluate("rows.range") == [0, 1000]


def test_cursor_stands_at_its_decision_and_takes_the_window_along(rows):
    rows.evaluate("rows.zoom([200, 300]); rows.cursor(0.25)")
    rows.wait_for_function("rows.drawn.includes('[200,300]')")
    plot, cursor = (rows.locator(name).bounding_box() for name in (".plot", ".cursor"))
    assert cursor["x"] + cursor["width"] / 2 == pytest.approx(plot["x"] + plot["width"] / 2, abs=2)
    rows.evaluate("rows.cursor(0.301)")
    from_, to = rows.evaluate("rows.range")
    assert from_ <= 301 < to
    assert to - from_ == 100
    rows.evaluate("rows.cursor(0.9, false); rows.cursor(0.91)")
    assert rows.evaluate("rows.range") == [from_, to], "a window away from the cursor stays where it was put"


def marked(page, kind):
    """Pixels from the left in which marks are drawn within a row."""
    top, bottom = row(page, kind)
    return np.array(page.evaluate(
        """([top, tall]) => {
            const { data, width } = rows.overlay.getContext("2d").getImageData(0, top, rows.overlay.width, tall);
            const drawn = Array.from(data.keys()).filter((i) => i % 4 === 3 && data[i]);
            return [...new Set(drawn.map((i) => (i >> 2) % width))];
        }""",
        [top + 3, bottom - top - 6],
    ))  # fmt: skip


def test_marks_are_drawn_where_they_are(rows):
    rows.evaluate("rows.setMarks([{ t: 100, kind: 'hit' }, { t: 500, kind: 'bookmark' }])")
    width = rows.evaluate("rows.width")
    drawn = marked(rows, "marks")
    assert np.all((abs(drawn - 0.1005 * width) < 3) | (abs(drawn - 0.5005 * width) < 10))
    assert (abs(drawn - 0.1005 * width) < 3).any()
    assert (abs(drawn - 0.5005 * width) < 3).any()
    rows.evaluate("rows.setMarks([], [200, 299])")
    shaded = marked(rows, "action")
    assert shaded.min() == pytest.approx(0.2 * width, abs=2)
    assert shaded.max() == pytest.approx(0.3 * width, abs=2)
