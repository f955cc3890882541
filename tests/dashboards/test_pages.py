"""The pages without a browser: what they hand to the player, what they say when something is missing."""

import json
import shutil

import pytest

from rlxai.store import Run, open_run
from tests.small_run import DECISIONS, METHODS


def player_input(app) -> dict:
    (component,) = app.get("bidi_component")
    return json.loads(component.proto.json)


def text_of(app) -> str:
    return " ".join(str(element.value) for kind in (app.info, app.markdown, app.code, app.error) for element in kind)


def test_without_a_run_the_command_is_said(open_page):
    app = open_page()
    assert not app.exception
    assert "rlxai dashboard RUN" in text_of(app)


def test_replay_hands_the_episode_to_the_player(open_page, measured_run):
    app = open_page(measured_run)
    assert not app.exception
    data = player_input(app)
    assert data["base"] == "/rlxai/small"
    assert {source["method"] for source in data["maps"]} == set(METHODS)
    assert data["select"]["a"] == 0
    assert data["select"]["b"] == 1000
    assert data["episode"]["decisions"] <= DECISIONS


def test_the_address_chooses_the_view(open_page, measured_run):
    data = player_input(open_page(measured_run, a="1000", b="none", method="grad-cam", t="17"))
    assert data["select"] == {"a": 1000, "b": None, "method": "grad-cam", "target": "advantage", "t": 17}


def test_nonsense_in_the_address_is_passed_over(open_page, measured_run):
    data = player_input(open_page(measured_run, run="../x", episode="<b>", a="nan", method="<i>", t="-5"))
    assert data["select"]["t"] == 0
    assert data["select"]["method"] in METHODS


def test_the_resting_view_goes_into_the_address(open_page, measured_run):
    app = open_page(measured_run)
    task = player_input(app)["episode"]["task"]
    view = {"t": 42, "a": 0, "b": None, "method": "grad-cam", "target": "advantage"}
    app.session_state[f"player small {task}"] = {"view": view}
    app.run()
    assert not app.exception
    assert app.query_params["t"] == "42"
    assert app.query_params["b"] == "none"
    assert player_input(app)["select"]["t"] == 0, "the player keeps its place by itself"


def test_an_unexplained_episode_still_plays_and_says_what_makes_maps(open_page, bare_run):
    app = open_page(bare_run)
    assert not app.exception
    assert player_input(app)["maps"] == []
    assert f"rlxai explain {bare_run.path}" in text_of(app)


def test_the_other_run_can_be_chosen(open_page, measured_run, bare_run):
    app = open_page(measured_run, bare_run)
    app.selectbox[0].set_value("bare").run()
    assert not app.exception
    assert player_input(app)["base"] == "/rlxai/bare"


def test_a_damaged_commit_is_said_and_the_page_stays(open_page, measured_run, tmp_path):
    shutil.copytree(measured_run.path, tmp_path / "damaged")
    run = open_run(tmp_path / "damaged")
    run.records("attribution")[0].write_text("{")
    app = open_page(run)
    assert not app.exception
    assert "is not a readable commit record" in app.warning[0].value
    assert len(player_input(app)["maps"]) == 3


def test_training_draws_a_chart_per_object(open_page, measured_run):
    app = open_page(measured_run, page="training")
    assert not app.exception
    charts = app.get("vega_lite_chart")
    assert len(charts) == len(app.multiselect[0].value) > 3
    assert "paddle: lift" in " ".join(chart.proto.alt for chart in charts)


@pytest.mark.parametrize("states", ["common", "own"])
@pytest.mark.parametrize("measure", ["lift", "share of |R|", "signed lift"])
def test_every_measure_can_be_shown(open_page, measured_run, states, measure):
    app = open_page(measured_run, page="training")
    app.segmented_control[0].set_value(states)
    app.selectbox(key="measure").set_value(measure).run()
    assert not app.exception


def test_training_names_no_command_where_objects_are_not_known(open_page, tmp_path):
    run = Run.create(tmp_path / "seaquest", {"game": "seaquest", "actions": [], "preprocessing": {"frame_skip": 4}})
    app = open_page(run, page="training")
    assert not app.exception
    assert any("The objects of seaquest are not known" in caption.value for caption in app.caption)
    assert "rlxai strategy" not in text_of(app)


def test_training_says_which_command_measures(open_page, bare_run):
    app = open_page(bare_run, page="training")
    assert not app.exception
    assert f"rlxai strategy {bare_run.path}" in text_of(app)
