"""Training, Strategy, Clusters, Methods and Compare without a browser."""

import pytest

from dashboards import jobs
from dashboards.measures import MEASURES
from rlxai.pipeline.diff.compare import compare_runs
from rlxai.pipeline.diff.write import default_folder, write_diff
from rlxai.store import Run
from tests.dashboards.conftest import HOSTILE, copied

PAGES = ("training", "strategy", "clusters", "methods", "compare")
OBJECTS_NEEDED = {"strategy": ("training", "strategy", "clusters"), "features": ("units", "embedding")}
"""Verb -> pages that show its results, and offer it where objects of the game are known."""


def text_of(app) -> str:
    kinds = (app.info, app.markdown, app.code, app.error, app.warning, app.caption)
    return " ".join(str(element.value) for kind in kinds for element in kind)


def healthy(app) -> bool:
    return not app.exception and not app.error


def alts(app) -> str:
    return " ".join(chart.proto.alt for chart in app.get("vega_lite_chart"))


@pytest.mark.parametrize("page", PAGES)
def test_without_a_run_the_command_is_said(open_page, page):
    app = open_page(page=page)
    assert healthy(app)
    assert "rlxai dashboard RUN" in text_of(app)


@pytest.mark.parametrize(("page", "verb"), [(page, verb) for verb, pages in OBJECTS_NEEDED.items() for page in pages])
def test_missing_results_name_the_command_and_a_button_starts_it(open_page, bare_run, monkeypatch, page, verb):
    started = []
    monkeypatch.setattr(jobs, "start", lambda run, words: started.append((run, words)))
    app = open_page(bare_run, page=page)
    assert healthy(app)
    assert f"rlxai {verb} {bare_run.path}" in text_of(app)
    app.button(key=f"start {verb}").click().run()
    assert started == [(bare_run.path, [verb, str(bare_run.path)])]


@pytest.mark.parametrize("page", [page for pages in OBJECTS_NEEDED.values() for page in pages])
def test_no_verb_is_offered_where_objects_are_not_known(open_page, tmp_path, page):
    run = Run.create(tmp_path / "seaquest", {"game": "seaquest", "actions": [], "preprocessing": {"frame_skip": 4}})
    app = open_page(run, page=page)
    assert healthy(app)
    assert "The objects of seaquest are not known" in text_of(app)
    assert not any(f"rlxai {verb}" in text_of(app) for verb in OBJECTS_NEEDED)


@pytest.mark.parametrize(
    ("page", "kind"),
    [("training", "strategy"), ("strategy", "strategy"), ("clusters", "spray"), ("methods", "episode")],
)
def test_a_damaged_record_is_one_sentence(open_page, a_copy, page, kind):
    a_copy.records(kind)[0].write_text("{")
    app = open_page(a_copy, page=page)
    assert not app.exception
    said = " ".join(element.value for shown in (app.warning, app.error) for element in shown)
    assert "is not a readable commit record" in said.replace("\\", "")
    assert "Traceback" not in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_name_full_of_markup_is_text(open_page, measured_run, tmp_path, page):
    run = copied(measured_run, tmp_path / "<img src=x> ![y](z)")
    app = open_page(run, page=page)
    assert not app.exception
    assert not any(element.proto.allow_html for kind in (app.markdown, app.caption) for element in kind)
    assert "![y](" not in " ".join(element.value for kind in (app.markdown, app.caption) for element in kind)


def test_training_draws_curves_with_words_for_those_who_do_not_see_them(open_page, measured_run):
    app = open_page(measured_run, page="training")
    assert healthy(app)
    assert "paddle: " in alts(app)
    assert "hits per life: " in alts(app)
    assert "ball, in the value: " in alts(app)


def test_every_measure_can_be_shown(open_page, measured_run):
    app = open_page(measured_run, page="training")
    others = [measure for measure in MEASURES if measure != app.selectbox(key="measure").value]
    for measure, states in zip(others, ("own", "common", "own"), strict=True):
        app.segmented_control[0].set_value(states)
        app.selectbox(key="measure").set_value(measure).run()
        assert healthy(app)
        assert "paddle: " in alts(app)


def test_a_clicked_snapshot_opens_in_replay(open_page, a_copy):
    app = open_page(with_scores(a_copy), page="training")
    app.session_state["score copy"] = {"selection": {"snapshot": [{"step": 1000}]}}
    app.run()
    assert not app.exception
    assert "1000," in str(app.query_params["p"])
    assert app.get("bidi_component"), "this is the Replay page"


def with_scores(run: Run) -> Run:
    (run.path / "monitor.csv").write_text('#{"t_start": 0, "env_id": "x"}\nr,l,t\n2,40,0.1\n4,80,0.2\n')
    return run


def test_strategy_shows_each_claim_with_numbers_and_pictures_that_lead_to_replay(open_page, measured_run):
    app = open_page(measured_run, page="strategy")
    assert healthy(app)
    tables = " ".join(table.value.to_string() for table in app.table)
    assert "needed" in tables
    assert "game" in tables
    links = [link.proto for link in app.get("page_link")]
    assert links
    assert all("episode=" in link.query_string and "p=" in link.query_string for link in links)
    assert "Of 13 claims" in text_of(app)


def test_a_hypothesis_is_shown_as_it_was_written(open_page, measured_run):
    app = open_page(measured_run, page="strategy")
    shown = [element.value for element in app.markdown if "evil" in element.value]
    assert shown
    for value in shown:
        assert "![x]" not in value
        assert "http://" not in value.replace("\\", "")
        assert value.replace("\\", "").replace("\u2060", "") == HOSTILE


def test_clusters_show_spectrum_candidates_and_frames_with_links(open_page, measured_run):
    app = open_page(measured_run, page="clusters")
    assert healthy(app)
    assert "Distances between groups and their sizes mean nothing" in text_of(app)
    assert "The largest gap is after" in alts(app)
    assert app.get("page_link")


def test_a_drawn_box_chooses_the_frames(open_page, measured_run):
    app = open_page(measured_run, page="clusters")
    key = f"plane {app.selectbox(key='clustering').value}"
    app.session_state[key] = {"selection": {"box": {"x": [-1e9, 1e9], "y": [-1e9, 1e9]}, "point": []}}
    everything = len(app.run().get("page_link"))
    app.session_state[key] = {"selection": {"box": {}, "point": [{"row": 0}]}}
    assert len(app.run().get("page_link")) == 1 < everything
    assert healthy(app)


def test_methods_draws_a_gallery_and_its_agreement(open_page, measured_run):
    app = open_page(measured_run, page="methods")
    app.multiselect[0].set_value(["gradient", "lrp-epsilon-plus", "grad-cam"]).run()
    assert healthy(app)
    assert "Rank correlation of |R| between 3 methods" in alts(app)
    assert "scale ±" in text_of(app)


def test_methods_says_what_a_network_does_not_allow(open_page, measured_run):
    app = open_page(measured_run, page="methods")
    app.multiselect[0].set_value(["gradient", "cam"]).run()
    assert healthy(app)
    assert "Not defined for this network" in text_of(app)


def test_compare_offers_the_verb_and_shows_what_it_made(open_page, measured_run, tmp_path, monkeypatch):
    a, b = (copied(measured_run, tmp_path / name) for name in "ab")
    started = []
    monkeypatch.setattr(jobs, "start", lambda run, words: started.append(words))
    app = open_page(a, b, page="compare")
    assert f"rlxai diff {a.path} {b.path}" in text_of(app)
    app.button(key="start diff").click().run()
    assert started == [["diff", str(a.path), str(b.path)]]
    write_diff(compare_runs([a], [b], draws=50), default_folder([a], [b]))
    app.run()
    assert healthy(app)
    assert "score of A and B over training" in alts(app)
    assert "A: Maps by snapshot: :gray-badge[? not tested] at 2" in text_of(app)
    (default_folder([a], [b]) / "comparison.parquet").write_bytes(b"x")
    app.run()
    assert not app.exception
    assert "is not a readable table" in app.error[0].value.replace("\\", "")
