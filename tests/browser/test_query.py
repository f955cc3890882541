"""The query language, its fields, its clips and its bar."""

import pytest

from tests.browser.modules import page_with

pytestmark = pytest.mark.browser

FIELDS = """
() => {
    const number = (...values) => ({ type: "number", at: (t) => values[t] ?? NaN });
    window.some = new Map(Object.entries({
        a: number(0, 1, 2, 3), b: number(3, 2, 1, 0), gone: number(NaN, 1, NaN, 3), "lift.ball": number(1, 2, 3, 4),
        "lift.visible-ball": number(4, 3, 2, 1), ball: number(9, 9, 9, 9),
        flag: { type: "condition", at: (t) => [1, 0, NaN, 1][t] },
        action: { type: "category", names: ["NOOP", "LEFT", "UP-LEFT"], at: (t) => [0, 1, 2, 1][t] },
        "B.best": { type: "category", names: ["LEFT", "NOOP"], at: (t) => [1, 1, 0, 0][t], panel: true },
    }));
    window.find = (text) => hitsOf(text, some, 4);
    window.problem = (text) => {
        try { compile(text, some); return null } catch (error) { return [error.message, error.position] }
    };
}
"""


@pytest.fixture(scope="module")
def page(browser):
    page = page_with(browser, "query", "clips", "fields", "querybar", body="<div class=player><div id=bar></div></div>")
    page.evaluate(FIELDS)
    yield page
    page.close()


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("a > 1", [2, 3]),
        ("a >= 1 and b >= 1", [1, 2]),
        ("a == 0 or a == 3 and b == 9", [0]),  # and binds more tightly than or
        ("(a == 0 or a == 3) and b == 0", [3]),
        ("not a == 0 and b > 0", [1, 2]),  # not takes the comparison, no more
        ("not (a == 0 and b > 0)", [1, 2, 3]),
        ("not not a == 0", [0]),
        ("a + 2 * b == 5", [1]),
        ("(a + 2) * b == 6", [0, 1]),
        ("a - 1 - 1 == 0", [2]),  # from left to right
        ("12 / 2 / 3 == a", [2]),
        ("-a == -2", [2]),
        ("a - -1 == 3", [2]),
        ("a-1 == 1", [2]),
        ("2e0 == a or a == .5e1", [2]),
        ("abs(a - b) == 3", [0, 3]),
        ("min(a, b) == 1 and max(a, b) == 2", [1, 2]),
        ("was(a, 2) == 1", [3]),
        ("was(action, 1) == 'LEFT'", [2]),
        ("was(a > 0, 1)", [2, 3]),
        ('action == "LEFT"', [1, 3]),
        ('"LEFT" != action', [0, 2]),
        ("action == 'UP-LEFT'", [2]),
        ("action == B.best", [0, 3]),
        ("action != B.best", [1, 2]),
        ("lift.visible-ball > 2", [0, 1]),
        ("lift.ball-a == 1", [0, 1, 2, 3]),  # a hyphen in no name is a minus
        ("lift.visible-ball-lift.ball == 1", [1]),
        ("ball == 9 and true", [0, 1, 2, 3]),
        ("a > 1 and false", []),
    ],
)
def test_meaning(page, text, hits):
    assert page.evaluate("text => find(text)", text) == hits


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("gone > 0", [1, 3]),
        ("gone != 1", [3]),  # what is not known is not different either
        ("not gone > 0", []),
        ("not (gone == 1)", [3]),
        ("gone + a > 0 or a == 2", [1, 2, 3]),  # the other side settles it
        ("not (gone > 0 and a == 9)", [0, 1, 2, 3]),
        ("flag", [0, 3]),
        ("not flag", [1]),
        ("flag or a == 2", [0, 2, 3]),
        ("max(gone, 5) == 5", [1, 3]),
        ("a / 0 > 1", [1, 2, 3]),  # infinity is a number, 0 / 0 is not
        ("was(a, 3) == 0", [3]),
        ("not was(a, 3) == 0", []),
    ],
)
def test_what_is_not_known_is_neither_true_nor_false(page, text, hits):
    assert page.evaluate("text => find(text)", text) == hits


@pytest.mark.parametrize(
    ("text", "position", "says"),
    [
        ("", 1, "empty"),
        ("a >", 4, "expected a name, a number or a text, met the end"),
        ("a > 1 and", 10, "met the end"),
        ("a > 1 b", 7, 'met "b"'),
        ("(a > 1", 7, '")"'),
        ("a > 1)", 6, 'met ")"'),
        ("a = 1", 3, '"=" is written "=="'),
        ("a > 1 && b > 1", 7, '"&&" is written "and"'),
        ("!flag", 1, '"!" is written "not"'),
        ("a > $", 5, '"$" has no meaning'),
        ("action == 'LEFT", 11, "no closing quote"),
        ("action == 'JUMP'", 11, "NOOP, LEFT, UP-LEFT"),
        ("action > 'LEFT'", 8, "only be compared by == and !="),
        ("action == 1", 8, "cannot be compared"),
        ("'x' == 'x'", 5, "cannot be compared"),
        ("a", 1, "a condition is needed, this is a number"),
        ("flag and a", 10, "a condition is needed"),
        ("flag + 1 > 2", 1, "a number is needed, this is a condition"),
        ("1 < a < 3", 7, "cannot be chained"),
        ("nothing > 1", 1, 'there is no "nothing"; there are'),
        ("a > 1 and lift.bal > 1", 11, "lift.ball"),
        ("sin(a) > 1", 1, "there are abs, min, max, was"),
        ("abs(a, b) > 1", 1, "abs takes 1 value, 2 given"),
        ("was(a, b) > 1", 8, "whole number"),
        ("was(a, 1.5) > 1", 8, "whole number"),
        ("and", 1, 'met "and"'),
    ],
)
def test_mistakes_are_told_in_one_sentence_with_their_position(page, text, position, says):
    message, at = page.evaluate("text => problem(text)", text)
    assert says in message
    assert at == position
    assert message.endswith(f"(position {position})")


@pytest.mark.parametrize("name", ["constructor", "__proto__", "toString", "hasOwnProperty", "lift.constructor"])
def test_nothing_of_the_language_below_can_be_reached(page, name):
    for text in (f"{name} > 1", f"{name}(a) > 1", f"action == '{name}'"):
        assert "there is no" in page.evaluate("text => problem(text)", text)[0]


def test_long_and_deep_queries_are_refused_not_run(page):
    for text in ("(" * 200 + "a > 1" + ")" * 200, "not " * 110 + "flag", "-" * 400 + "a > 1"):
        assert "nested too deeply" in page.evaluate("text => problem(text)", text)[0]
    assert "500 characters" in page.evaluate("text => problem(text)", "a > 1 or " * 300)[0]


def test_a_long_game_is_searched_decision_by_decision_in_milliseconds(page):
    found, elapsed = page.evaluate("""() => {
        const column = Float32Array.from({ length: 27000 }, (_, t) => t % 100);
        const fields = new Map([["a", { type: "number", at: (t) => column[t] }]]);
        let best = Infinity, hits;
        for (let i = 0; i < 5; i++) {
            const start = performance.now();
            hits = hitsOf("a > 98 and not (a == 3 or abs(a - 50) < 2) or was(a, 5) * 2 == 20", fields, 27000);
            best = Math.min(best, performance.now() - start);
        }
        return [hits.length, best];
    }""")
    assert found == 270 + 270
    assert elapsed < 500, "a few milliseconds on an idle machine"


def test_hits_close_together_are_one_clip(page):
    assert page.evaluate("clips([1, 3, 18, 40, 41])") == [
        {"from": 1, "to": 18, "count": 3}, {"from": 40, "to": 41, "count": 2},
    ]  # fmt: skip
    assert page.evaluate("clips([0, 16])") == [{"from": 0, "to": 0, "count": 1}, {"from": 16, "to": 16, "count": 1}]
    assert page.evaluate("clips([0, 2], 1).length") == 2
    assert page.evaluate("clips([])") == []


EPISODE = """
() => {
    const actions = ["NOOP", "LEFT"];
    const episode = {
        meta: { rows: 3, skip: 4, actions, events: [[1, "life lost", 4], [2, "reward", 1]] },
        columns: {
            taken: column([0, 1, 1]), reward: column([0, 0, 1]), lives: column([5, 5, 4]), score: column([0, 0, 1]),
            ball_x: column([null, 8, 9]), paddle_x: column([1, 2, 3]), output_0: column([1, 2, 3]),
            output_1: column([2, 2, 2]),
        },
    };
    const table = (one, other, lifts) => ({
        meta: { clusters: { names: ["x", "y"] } },
        columns: { output_0: column(one), output_1: column(other), ...lifts, cluster: column([null, 0, 1]) },
    });
    const last = table([1, 1, 0], [0, 0, 1], { lift_ball: column([7, 8, 9]) });
    const tables = [table([1, 0, 1], [0, 1, 0]), undefined, last];
    window.named = queryFields({ episode, tables, letters: ["A", "B", "C"] });
    window.hits = (text) => hitsOf(text, named, named.decisions);
}
"""


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("disagree", [1, 2]),  # A presses NOOP LEFT NOOP, C presses NOOP NOOP LEFT
        ("action == best", [0, 1]),
        ("C.best == 'LEFT'", [2]),
        ("player.best == 'LEFT'", [0]),
        ("lift.ball > 7", [1, 2]),  # the first panel that has it is C
        ("C.lift.ball == 9", [2]),
        ("q.LEFT == 1", [1]),
        ("player.q.NOOP == 3", [2]),
        ("gap == 1 and value == 1 and t < 2", [0, 1]),
        ("life_lost", [1]),
        ("tunnel_opened", []),
        ("ball.x > 0 and paddle.x == 2", [1]),
        ("cluster == 1 and cluster.name == 'y'", [2]),
        ("seconds > 0.1", [2]),
        ("reward > 0 and lives == 4 and score == 1", [2]),
    ],
)
def test_fields_of_an_episode_and_its_panels(page, text, hits):
    page.evaluate(EPISODE)
    assert page.evaluate("text => hits(text)", text) == hits


@pytest.fixture
def bar(page):
    page.evaluate("""() => {
        window.results = [];
        window.chosen = [];
        window.bar = new QueryBar(document.querySelector("#bar"),
            { onResult: (hits, text) => results.push([hits, text]), onClip: (from, to) => chosen.push([from, to]) });
        const a = Float32Array.from({ length: 100 }, (_, t) => t);
        const fields = new Map([["a", { type: "number", at: (t) => a[t] }]]);
        fields.decisions = 100;
        bar.setFields(fields);
        results.length = 0;
    }""")
    return page


def test_bar_tells_counts_and_clips_and_plays_them(bar):
    bar.locator(".q-input").fill("a < 3 or a == 50 or a > 97")
    bar.wait_for_function("results.length === 1")
    assert bar.evaluate("results[0]") == [[0, 1, 2, 50, 98, 99], "a < 3 or a == 50 or a > 97"]
    assert bar.locator(".q-message").inner_text() == "6 of 100 decisions (6 %) in 3 clips"
    assert bar.locator(".q-clip").all_inner_texts() == ["t 0–2×3", "t 50×1", "t 98–99×2"]
    bar.locator(".q-clip").nth(2).click()
    bar.locator(".q-clip").nth(1).click()
    assert bar.evaluate("chosen") == [[90, 99], [42, 58]], "some decisions before and after, within the game"
    assert bar.locator(".q-clip[aria-current]").all_inner_texts() == ["t 50×1"]


def test_bar_tells_what_is_wrong_and_marks_nothing(bar):
    bar.evaluate("bar.text = 'a > 3'")
    bar.evaluate("bar.text = 'a > nowhere'")
    assert "position 5" in bar.locator(".q-message").inner_text()
    assert bar.locator(".q-input[aria-invalid]").count() == 1
    assert bar.evaluate("results.at(-1)[0]") == []
    bar.locator(".q-input").press("Escape")
    assert bar.locator(".q-message").inner_text() == ""
    assert bar.evaluate("[bar.text, results.at(-1)]") == ["", [[], ""]]


def test_bar_asks_again_when_the_fields_change(bar):
    bar.evaluate("bar.text = 'a > 97'")
    bar.evaluate("""() => {
        const fields = new Map([["a", { type: "number", at: (t) => -t }]]);
        fields.decisions = 100;
        bar.setFields(fields);
    }""")
    assert bar.evaluate("results.map(([hits]) => hits)") == [[98, 99], []]
    assert bar.locator(".q-message").inner_text() == "no decision"


def test_a_field_is_put_where_the_caret_is(bar):
    bar.evaluate("bar.text = ' > 98'")
    bar.locator(".q-input").press("Home")
    bar.locator("summary").click()
    bar.get_by_role("button", name="a", exact=True).click()
    bar.wait_for_function("results.length > 1")
    assert bar.evaluate("results.at(-1)") == [[99], "a > 98"]
