"""The pages without a browser: what they hand to the player, what they say when something is missing."""

import json
import shutil

from rlxai.store import open_run
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


def view_of(**words: str) -> dict:
    return {"view": {"address": words, "t": int(words.get("t", 0)), "panels": [], "marks": []}}


def test_replay_hands_the_episode_to_the_player(open_page, measured_run):
    app = open_page(measured_run)
    assert not app.exception
    data = player_input(app)
    assert data["base"] == "/rlxai/small"
    assert {source["method"] for source in data["episodes"][0]["maps"]} == set(METHODS)
    assert data["episodes"][0]["decisions"] <= DECISIONS
    assert data["select"] == {}
    assert data["own"]["1000"] == data["episodes"][0]["task"], "who plays what is shown plays its own game"


def test_the_address_reaches_the_player_and_nothing_else_of_it(open_page, measured_run):
    data = player_input(open_page(measured_run, p="1000,grad-cam,advantage", t="17", cmap="bwr", evil="<b>"))
    assert data["select"] == {"p": "1000,grad-cam,advantage", "t": "17", "cmap": "bwr"}


def test_an_episode_that_is_not_there_is_passed_over_with_its_view(open_page, measured_run):
    app = open_page(measured_run, run="../x", episode="<b>", t="5")
    assert not app.exception
    assert player_input(app)["select"] == {}
    assert app.query_params["episode"] == player_input(app)["episodes"][0]["task"]


def test_the_resting_view_goes_into_the_address(open_page, measured_run):
    app = open_page(measured_run, t="7")
    task = player_input(app)["episodes"][0]["task"]
    app.session_state[f"player small {task}"] = view_of(t="42", p="0,m,t", evil="x")
    app.run()
    assert not app.exception
    assert app.query_params["t"] == "42"
    assert app.query_params["p"] == "0,m,t"
    assert "evil" not in app.query_params
    assert app.session_state["replay view"] == {"run": "small", "episode": task, "t": "42", "p": "0,m,t"}
    app.run()
    assert player_input(app)["select"] == {"t": "7"}, "the player keeps its place by itself"


def test_another_link_moves_the_player(open_page, measured_run):
    app = open_page(measured_run, t="7")
    task = player_input(app)["episodes"][0]["task"]
    app.session_state[f"player small {task}"] = view_of(t="42")
    app.run()
    app.query_params.update({"run": "small", "episode": task, "t": "99"})
    app.run()
    assert player_input(app)["select"] == {"t": "99"}


def test_an_unexplained_episode_still_plays_and_says_what_makes_maps(open_page, bare_run):
    app = open_page(bare_run)
    assert not app.exception
    assert player_input(app)["episodes"][0]["maps"] == []
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
    assert len(player_input(app)["episodes"][0]["maps"]) == 3


def test_a_run_that_has_grown_is_read_again_once(open_page, measured_run):
    app = open_page(measured_run)
    task = player_input(app)["episodes"][0]["task"]
    app.session_state[f"player small {task}"] = {**view_of(t="3"), "state": "9-9-9"}
    app.run()
    assert not app.exception
    assert app.session_state["state small"] == "9-9-9"
    assert player_input(app)["episodes"][0]["task"] == task
