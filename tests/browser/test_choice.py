"""From a link to the panels it names, and back."""

import pytest

from tests.browser.modules import page_with

pytestmark = pytest.mark.browser

METHODS = ("grad-cam", "lrp-epsilon-plus-flat")
TARGETS = ("advantage", "value")
STEPS = (10, 20, 30)


@pytest.fixture(scope="module")
def page(browser):
    page = page_with(browser, "address", "choice", "link")
    yield page
    page.close()


# ---- links ------------------------------------------------------------------------------------------------------

VIEW = {
    "t": 17, "view": "free", "sync": "own", "align": "life lost", "zoom": [3, 90], "loop": [5, 5],
    "panels": [
        {"step": 10, "method": "grad-cam", "target": "contrast:1:2"}, {"step": 30, "method": "m", "target": "value"},
    ],
    "query": "lift.ball > 2 & <b>",
    "cmap": "bwr", "scale": "running", "opacity": 0.5, "threshold": 0.2, "dim": False, "smooth": True, "speed": 7.5,
    "marks": [{"t": 3, "note": "a; b: c%"}, {"t": 9, "note": ""}],
}  # fmt: skip


def test_a_view_comes_back_from_its_words(page):
    words, back = page.evaluate("view => { const words = format(view); return [words, parse(words)] }", VIEW)
    assert back == VIEW
    assert all(isinstance(text, str) for text in words.values())


def test_what_is_usual_is_not_said(page):
    words = page.evaluate("format({ ...USUAL, t: 5, panels: [{ step: 10, method: 'm', target: 'value' }] })")
    assert words == {"t": "5", "p": "10,m,value"}


@pytest.mark.parametrize(
    "words",
    [
        {"t": "-1", "zoom": "9-3", "loop": "x", "scale": "big", "opacity": "2", "dim": "maybe", "sync": "x"},
        {"t": "1e3", "view": "<b>", "opacity": "", "threshold": "NaN", "speed": "", "x": "1", "marks": "x:y;;-3"},
        {"dim": "constructor", "smooth": "__proto__", "scale": "toString", "view": "valueOf"},
        {},
    ],
)  # fmt: skip
def test_nonsense_in_a_link_is_passed_over(page, words):
    usual = page.evaluate("({ ...USUAL, t: 0, panels: [] })")
    assert page.evaluate("parse", words) == usual


def test_a_link_has_at_most_ten_panels(page):
    assert len(page.evaluate("parse({ p: Array(40).fill('1,m,t').join(';') }).panels")) == 10


def test_links_of_a_dashboard_and_of_a_page_of_its_own(page):
    view = {**VIEW, "panels": [], "marks": [], "query": "a & b"}
    there, here = page.evaluate(
        """view => [linkTo(view, { run: "r", episode: "e" }, { href: "http://x/?t=3" }),
                    linkTo(view, undefined, { href: "file:///p.html#t=1" })]""",
        view,
    )
    assert there.startswith("http://x/?run=r&episode=e&t=17&")
    assert "query=a+%26+b" in there
    assert here.startswith("file:///p.html#t=17&")


# ---- choice of panels -------------------------------------------------------------------------------------------


def episode(task, step, steps=STEPS, methods=METHODS):
    maps = [
        {"task": f"{task}-{s}-{m}-{t}", "step": s, "method": m, "target": t, "signed": True, "scale": 1}
        for s in steps for m in methods for t in TARGETS if (m, t) != ("grad-cam", "value")
    ]  # fmt: skip
    return {"task": task, "step": step, "decisions": 100, "maps": maps}


GIVEN = {
    "episodes": [episode("shown", 30), episode("own10", 10, (10,)), episode("own20", 20, ())],
    "own": {"10": "own10", "20": "own20", "30": "shown"},
    "snapshots": [{"step": s, "label": f"step {s}"} for s in STEPS],
}


def chosen(page, words, then=""):
    script = f"""([given, words]) => {{
        const choice = new Choice(given);
        choice.start(parse(words));
        {then};
        const {{ view, panels, sync, steps, methods, targets, sources, games }} = choice;
        return {{
            view, sync, steps, methods, targets, games: games.map(({{ task }}) => task), more: choice.another !== null,
            panels: panels.map(({{ step, method, target }}) => [step, method, target]),
            sources: sources.map((source) => source?.task ?? null),
        }};
    }}"""
    return page.evaluate(script, [GIVEN, words])


LRP = "lrp-epsilon-plus-flat"


def test_the_first_look_compares_first_and_last_snapshot(page):
    found = chosen(page, {})
    assert found["panels"] == [[10, LRP, "advantage"], [30, LRP, "advantage"]]
    assert found["view"] == "snapshots"
    assert found["sources"] == [f"shown-{s}-{LRP}-advantage" for s in (10, 30)]


def test_what_a_link_names_but_is_not_there_becomes_the_nearest(page):
    assert chosen(page, {"p": "22,nothing,;99999,grad-cam,<b>"})["panels"] == [
        [20, LRP, "advantage"], [30, "grad-cam", "advantage"],
    ]  # fmt: skip


def test_panels_that_become_the_same_are_shown_once(page):
    assert chosen(page, {"p": f"11,{LRP},advantage;9,{LRP},x;30,,"})["panels"] == [
        [s, LRP, "advantage"] for s in (10, 30)
    ]


@pytest.mark.parametrize(
    ("p", "view"),
    [(f"10,{LRP},value;20,{LRP},value", "snapshots"), (f"10,{LRP},advantage;10,grad-cam,advantage", "methods"),
     (f"10,{LRP},advantage;10,{LRP},value", "targets"), (f"10,{LRP},advantage;20,grad-cam,advantage", "free")],
)  # fmt: skip
def test_the_view_follows_from_the_panels(page, p, view):
    assert chosen(page, {"p": p})["view"] == view
    assert chosen(page, {"p": p, "view": "methods"})["view"] == ("methods" if view == "methods" else view)


def test_views_show_what_they_compare_and_remember_what_was_there(page):
    assert chosen(page, {}, "choice.show('methods')")["panels"] == [[30, m, "advantage"] for m in METHODS]
    assert chosen(page, {}, "choice.show('targets')")["panels"] == [[30, LRP, t] for t in TARGETS]
    assert chosen(page, {}, "choice.add(); choice.show('methods'); choice.show('snapshots')")["panels"] == [
        [s, LRP, "advantage"] for s in STEPS
    ]


def test_panels_are_added_until_nothing_is_left_and_the_last_one_stays(page):
    found = chosen(page, {}, "for (let i = 0; i < 20; i++) choice.add()")
    assert [step for step, *_ in found["panels"]] == [10, 20, 30]
    assert not found["more"]
    free = chosen(page, {}, "choice.show('free'); for (let i = 0; i < 20; i++) choice.add()")
    assert len(free["panels"]) == len({tuple(panel) for panel in free["panels"]}) == 9
    assert len(chosen(page, {}, "for (let i = 0; i < 20; i++) choice.remove(0)")["panels"]) == 1


def test_a_method_without_maps_of_the_target_takes_one_that_has_some(page):
    start = {"p": f"10,{LRP},value;30,{LRP},value"}
    assert chosen(page, start, "choice.change(null, { method: 'grad-cam' })")["panels"] == [
        [s, "grad-cam", "advantage"] for s in (10, 30)
    ]


def test_own_play_shows_each_snapshot_in_its_own_game(page):
    found = chosen(page, {"sync": "own", "p": f"10,{LRP},advantage;20,{LRP},advantage;30,{LRP},advantage"})
    assert found["games"] == ["own10", "own20", "shown"]
    assert found["sources"] == [f"own10-10-{LRP}-advantage", None, f"shown-30-{LRP}-advantage"]
    assert chosen(page, {"sync": "own"}, "choice.play('same')")["games"] == ["shown", "shown"]
