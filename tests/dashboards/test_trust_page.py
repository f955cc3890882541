"""The Trust page, and badges on the other pages, without a browser."""

import json

import numpy as np
import pandas as pd
import pytest

from dashboards import jobs
from dashboards.charts import trust_tests as figures
from dashboards.readers import trust as reader
from dashboards.readers.trust_states import SHOWN, ends
from dashboards.trust_tests import CHARTED, charts_of, criteria_of, objects_of
from dashboards.words import badge_summary, badge_words
from rlxai.errors import RunError
from rlxai.pipeline import Serial, workflow
from rlxai.replay.badges import KIND, UNTESTED, MapBadge, badge_of, badges
from rlxai.replay.listing import replay_episodes, state
from rlxai.store import Run
from rlxai.trust.rule import RULE
from tests.dashboards.conftest import copied
from tests.dashboards.test_study_pages import alts, healthy, text_of
from tests.small_run import METHODS, STEPS, build_small_run
from tests.trusted_run import NAMES, TARGET, add_trust

GOOD, BAD = METHODS


@pytest.fixture(scope="module")
def trusted_run(tmp_path_factory) -> Run:
    """A small run with two games, one of them explained, and tested maps; read only."""
    run = build_small_run(tmp_path_factory.mktemp("trusted") / "trusted")
    workflow.record_games(run, run.snapshots()[:1], Serial(), lambda *_: None, max_decisions=30, epsilon=0.5)
    add_trust(run)
    return run


@pytest.fixture
def broken_run(trusted_run, tmp_path) -> Run:
    return copied(trusted_run, tmp_path / "broken")


@pytest.fixture(scope="module")
def trust(trusted_run) -> reader.Trust:
    (commit,) = reader.results(trusted_run)[0].values()
    return reader.read_trust(commit)


def shown(app, part):
    app.session_state["trust part"] = part
    return app.run()


def test_badges_are_found_by_snapshot_method_and_target(trusted_run):
    found = badges(trusted_run)
    assert found.keys() == {(step, name, TARGET) for step in STEPS for name in NAMES}
    assert found[1000, GOOD, TARGET] == MapBadge("trusted")
    assert found[1000, BAD, TARGET].word == "misleading"
    assert found[1000, BAD, TARGET].why.startswith("Misleading. Not passed: faithful, tells actions apart")


def test_options_and_what_was_not_tested_have_no_badge(trusted_run):
    found = badges(trusted_run)
    spec = {"step": 1000, "method": GOOD, "target": TARGET, "options": {}}
    assert badge_of(spec, found).word == "trusted"
    assert badge_of(spec | {"options": {"epsilon": 1.0}}, found) == UNTESTED
    assert badge_of(spec | {"target": "value"}, found) == UNTESTED


def test_the_newest_leaderboard_counts_and_others_fill_in(broken_run):
    older = badges(broken_run)
    with broken_run.attempt(KIND, {"other": 1}) as attempt:
        told = {"1000": {TARGET: {GOOD: {"badge": "misleading", "reasons": "steady"}}}}
        attempt.summary = {"badges": told, "best": 1000}
    assert badges(broken_run) == older | {(1000, GOOD, TARGET): MapBadge("misleading", ("steady",))}
    assert state(broken_run).endswith("-2")


@pytest.mark.parametrize(
    "told", [None, [], {"x": {}}, {"0": {TARGET: {GOOD: {"badge": "<b>", "reasons": ""}}}}, {"0": {TARGET: {GOOD: 1}}}]
)
def test_a_strange_leaderboard_is_passed_over(bare_run, tmp_path, told):
    run = copied(bare_run, tmp_path / "strange")
    with run.attempt(KIND, {"strange": 1}) as attempt:
        attempt.summary = {"badges": told}
    assert badges(run) == {}


def test_maps_in_the_listing_carry_their_badge(trusted_run, broken_run):
    maps = replay_episodes(trusted_run)[0][0].maps
    assert {source.method: source.badge for source in maps} == {GOOD: "trusted", BAD: "misleading"}
    broken_run.records(KIND)[0].unlink()
    assert {source.badge for source in replay_episodes(broken_run)[0][0].maps} == {"not tested"}


def test_every_criterion_is_answered_with_its_scores(trust):
    answers = {one.criterion.name: one for one in reader.answers(trust, 1000, BAD, TARGET)}
    assert answers.keys() == {one.name for one in RULE}
    assert answers["faithful"].said == "failed"
    assert answers["faithful"].found == "black -0.1 (-0.1 to -0.1); blur -0.2 (-0.2 to -0.2)"
    assert answers["tells actions apart"].said == "failed"
    assert answers["about the decision"] == reader.Answer(answers["about the decision"].criterion, "not asked", "")


def test_the_board_has_a_cell_for_each_map(trust):
    table = reader.board_table(trust, TARGET)
    assert len(table) == len(NAMES) * len(STEPS)
    cell = table[(table.step == 1000) & (table.method == GOOD)].iloc[0]
    assert cell.badge == "trusted"
    assert cell.value == pytest.approx(0.45)
    assert trust.methods(TARGET)[0] == GOOD
    assert "✓ 2 trusted" in reader.summary(trust)


def test_agreement_is_a_whole_matrix(trust):
    table = reader.agreement_table(trust, 1000, TARGET, "rank", NAMES).set_index(["first", "second"])["correlation"]
    assert len(table) == len(NAMES) ** 2
    assert all(table[name, name] == 1 for name in NAMES)
    assert table["random", "edges"] == table["edges", "random"] == 0.5


def test_what_stays_of_maps_is_told_layer_by_layer(trust):
    rows = reader.score_rows(trust, 1000, TARGET, ("sanity/rank-used/*",))
    table = figures.randomised_table(rows, "rank-used")
    mine = table[table.method == GOOD].set_index(["panel", "label"]).value
    assert mine[figures.PANELS[0], "output"] == pytest.approx(0.4)
    assert mine[figures.PANELS[0], "all"] == pytest.approx(0.1)
    assert mine[figures.PANELS[1], "input"] == pytest.approx(0.2)
    assert mine[figures.PANELS[2], "networks"] == pytest.approx(0.3)


def test_tests_name_the_criteria_that_they_answer(trust):
    assert objects_of(trust.scores) == ["paddle"]
    asked = {one.name for test in CHARTED for one in criteria_of(test)}
    assert asked | {"says something"} == {one.name for one in RULE}
    actions = next(test for test in CHARTED if test.name == "Action and unit")
    for target, name in (("advantage", "tells actions apart"), ("chosen", "about the decision")):
        assert charts_of(actions, target, [], "iou")[0].asks == name


def test_the_ends_of_a_score_are_different_games():
    games = [f"g{i}" for i in range(9)]
    rows = pd.DataFrame({"score": "actions", "game": games, "value": [*np.arange(8.0), np.nan]})
    high, low = ends(rows, dict.fromkeys(games, 3), 1000)
    assert [moment.game for moment in high] == ["g7", "g6", "g5", "g4"]
    assert [moment.value for moment in low] == [0, 1, 2, 3]
    assert len(high) == SHOWN
    assert ends(rows.head(1), {"g0": 3}, 1000) == ([], [])


def test_badges_in_markdown_have_sign_and_word():
    assert badge_words("misleading") == ":red-badge[✗ misleading]"
    assert badge_words("not tested", short=True) == ":gray-badge[?]"
    assert badge_summary(["trusted", "trusted", "not tested"]).count("at 2") == 1


def test_without_results_the_verb_is_offered(open_page, bare_run, monkeypatch):
    started = []
    monkeypatch.setattr(jobs, "start", lambda run, words: started.append(words))
    app = open_page(bare_run, page="trust")
    assert healthy(app)
    assert f"rlxai trust {bare_run.path}" in text_of(app)
    app.button(key="start trust").click().run()
    assert started == [["trust", str(bare_run.path)]]


def test_every_part_of_the_page_can_be_shown(open_page, trusted_run):
    app = open_page(trusted_run, page="trust")
    assert healthy(app)
    assert "8 kinds of maps" in text_of(app)
    assert "Badges of 4 methods at 2 snapshots" in alts(app)
    shown(app, "Tests")
    for test in CHARTED:
        app.segmented_control(key="test").set_value(test.name).run()
        assert healthy(app), test.name
        assert test.papers[0][1] in text_of(app)
        assert alts(app), test.name
    for part, said in (("Agreement", "rank correlation"), ("The rule", "misleading")):
        assert healthy(shown(app, part))
        assert said in text_of(app) + alts(app)
    for criterion in RULE:
        assert criterion.asks in app.table[0].value.to_string(max_colwidth=200)


def test_a_badge_is_explained_and_leads_to_the_tested_frames(open_page, trusted_run):
    app = open_page(trusted_run, page="trust", step="0", method=GOOD, target=TARGET)
    assert healthy(app)
    assert "all criteria that were asked are passed" in text_of(app)
    links = [link.proto for link in app.get("page_link")]
    assert links
    assert all("t=10" in link.query_string and GOOD in link.query_string for link in links)
    app.selectbox(key="trust method").set_value(BAD).run()
    assert app.query_params["method"] == [BAD] or app.query_params["method"] == BAD
    assert "Not passed: faithful" in text_of(app).replace("\\", "")
    assert healthy(app)


def test_a_click_on_the_board_explains_that_map_once(open_page, trusted_run):
    app = open_page(trusted_run, page="trust")
    app.session_state["leaderboard"] = {"selection": {"map": [{"step": 0, "method": BAD}]}}
    app.run()
    assert app.selectbox(key="trust method").value == BAD
    assert app.selectbox(key="trust step").value == "0"
    assert "Not passed: faithful" in text_of(app).replace("\\", "")
    app.selectbox(key="trust method").set_value(GOOD).run()
    assert app.selectbox(key="trust method").value == GOOD


def test_a_damaged_leaderboard_is_a_sentence_on_its_page_and_none_elsewhere(open_page, broken_run):
    record = broken_run.records(KIND)[0]
    record.write_text(record.read_text().replace("misleading", "trusted"))
    app = open_page(broken_run, page="trust")
    assert not app.exception
    assert "its content differs" in app.warning[0].value.replace("\\", "")
    assert "rlxai trust" in text_of(app)
    for page in ("methods", "strategy", "export", ""):
        assert healthy(open_page(broken_run, page=page)), page


def test_a_damaged_table_is_a_sentence(open_page, broken_run):
    folder = next(broken_run.path.glob(f"objects/{KIND}/*/*"))
    (folder / "scores.parquet").write_bytes(b"x")
    app = open_page(broken_run, page="trust")
    assert not app.exception
    assert "scores.parquet" in app.warning[0].value.replace("\\", "")
    with pytest.raises(RunError, match=r"agreement\.parquet"):
        task = json.loads(broken_run.records(KIND)[0].read_text())["task"]
        (folder / "agreement.parquet").write_bytes(b"x")
        broken_run.commit(KIND, task)


def test_the_gallery_of_methods_shows_badges(open_page, trusted_run):
    app = open_page(trusted_run, page="methods")
    app.multiselect[0].set_value([GOOD, BAD]).run()
    assert healthy(app)
    assert "green-badge[✓ trusted]" in text_of(app)
    assert "red-badge[✗ misleading]" in text_of(app)


def test_pictures_of_claims_and_clusters_carry_badges(open_page, a_copy):
    for page in ("strategy", "clusters"):
        labels = [link.proto.label for link in open_page(a_copy, page=page).get("page_link")]
        assert labels
        assert all(":gray-badge[?]" in label for label in labels), page
    add_trust(a_copy)
    for page in ("strategy", "clusters"):
        labels = [link.proto.label for link in open_page(a_copy, page=page).get("page_link")]
        assert any(":green-badge[✓]" in label for label in labels), page


def test_panels_to_export_are_named_with_their_badge(open_page, trusted_run):
    app = open_page(trusted_run, page="export")
    assert healthy(app)
    assert any("✓ trusted" in option for option in app.multiselect[0].options)
