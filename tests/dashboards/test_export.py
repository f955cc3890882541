"""The Export page: what it starts from, the command it shows and runs, what it offers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pytest

from dashboards import exporting, jobs
from dashboards.exporting import Request
from rlxai.cli.export import replay, video
from rlxai.replay.export import Look
from rlxai.replay.listing import MapSource, ReplayEpisode

METHOD = "lrp-epsilon-plus-flat"
MAPS = tuple(
    MapSource(f"{method}-{step}", step, method, "advantage", True, 1.0)
    for step in (0, 1000, 2000)
    for method in ("grad-cam", METHOD)
)
EPISODE = ReplayEpisode("game1", 2000, 0, 5.0, 140, "game over", MAPS)
REQUEST = Request("/runs/my run", "game1", MAPS[:2], 10, 60, "h264", Look())


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Files of this test alone."""
    monkeypatch.setattr(exporting, "_folder", lambda: tmp_path)


@pytest.mark.parametrize(
    ("address", "last", "expected"),
    [
        ({"run": "a", "p": "1"}, {"run": "a", "p": "2"}, {"run": "a", "p": "1"}),
        ({"run": "a"}, {"run": "a", "p": "2"}, {"run": "a", "p": "2"}),
        ({"run": "a"}, {"run": "b", "p": "2"}, {}),
        ({}, {}, {}),
    ],
)
def test_the_address_counts_then_the_last_view_of_this_run(address, last, expected):
    assert exporting.wanted(address, last, "a") == expected


def test_panels_are_those_of_the_view_in_their_order():
    view = {"p": f"2000,{METHOD},advantage;7,x,y;0,grad-cam,advantage;nonsense;0,grad-cam,advantage"}
    assert [one.task for one in exporting.panels(EPISODE, view)] == [f"{METHOD}-2000", "grad-cam-0"]
    assert [one.task for one in exporting.panels(EPISODE, {})] == [f"{METHOD}-0", f"{METHOD}-2000"]
    assert exporting.panels(replace(EPISODE, maps=()), {}) == []


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        ({"loop": "10-20", "zoom": "5-50"}, (10, 20)), ({"zoom": "5-50"}, (5, 50)), ({}, (0, 139)),
        ({"loop": "20-10"}, (0, 139)), ({"loop": "0-140"}, (0, 139)), ({"loop": "<b>"}, (0, 139)),
    ],
)  # fmt: skip
def test_the_range_is_the_loop_then_the_zoom_then_the_game(view, expected):
    assert exporting.decisions(EPISODE, view) == expected


def test_the_preview_is_at_the_decision_of_the_view():
    assert [exporting.decision({"t": t}, 10, 20) for t in ("15", "9", "x", "")] == [15, 10, 10, 10]


def parsed(command: click.Command, words: list[str]) -> dict:
    return command.make_context(words[0], words[1:]).params


def test_the_command_says_all_that_was_chosen():
    look = Look(speed=0.5, columns=1, scale="shared")
    found = parsed(video, replace(REQUEST, look=look, format="av1").shown)
    assert found["run"] == Path("/runs/my run")
    assert (found["on"], found["start"], found["stop"], found["codec"]) == ("game1", 10, 60, "av1")
    assert found["panels"] == ("0,grad-cam,advantage", f"0,{METHOD},advantage")
    assert (found["speed"], found["columns"], found["scale"], found["zoom"]) == (0.5, 1, "shared", None)
    assert found["out"] == Path("my-run-0-10-60.mp4")


@pytest.mark.parametrize(
    ("kind", "codec", "suffix"),
    [("h264", None, ".mp4"), ("vp9", None, ".webm"), ("gif", None, ".gif"), ("webp", None, ".webp")],
)
def test_what_is_usual_is_not_said(kind, codec, suffix):
    found = parsed(video, replace(REQUEST, format=kind).shown)
    assert (found["codec"], found["out"].suffix) == (codec, suffix)
    assert "--speed" not in REQUEST.shown


def test_a_page_keeps_the_look_of_the_view_but_not_its_place():
    view = {"t": "12", "p": "1", "query": "lift.ball > 2", "cmap": "bwr", "run": "x"}
    found = parsed(replay, replace(REQUEST, format="html", masks=False, view=view).shown)
    assert found["view"] == "query=lift.ball+%3E+2&cmap=bwr"
    assert (found["masks"], found["out"]) == (False, Path("my-run-0-10-60.html"))


def test_another_request_is_another_file_and_the_same_one_the_same():
    assert REQUEST.place() == replace(REQUEST).place()
    assert REQUEST.place() != replace(REQUEST, stop=61).place()
    assert REQUEST.job()[-1] == str(REQUEST.place())
    hostile = replace(REQUEST, run=Path("/runs/<img src=x>; rm -rf ~"))
    assert hostile.name == "img-src-x-rm-rf-0-10-60"


def text_of(app) -> str:
    return " ".join(str(element.value) for kind in (app.info, app.markdown, app.code, app.caption) for element in kind)


@pytest.fixture
def started(monkeypatch) -> list[tuple[Path, list[str]]]:
    """Jobs that the page starts, which here only leave their file."""
    found = []

    def start(run: Path, words: list[str]) -> None:
        found.append((run, words))
        Path(words[-1]).write_bytes(b"made")

    monkeypatch.setattr(jobs, "start", start)
    return found


def test_the_page_shows_a_picture_an_estimate_and_the_command(open_page, measured_run):
    app = open_page(measured_run, page="export")
    assert not app.exception
    assert "560 pictures of 1288 × 1000, 60 per second, 9 s long" in text_of(app)
    assert f"rlxai video {measured_run.path} --on" in text_of(app)
    assert len(app.get("image")) == 1, {element.type for element in app.main}


def test_the_button_runs_the_command_and_then_offers_the_file(open_page, measured_run, started):
    app = open_page(measured_run, page="export")
    app.slider[0].set_value((20, 40)).run()
    app.button(key="make export").click().run()
    assert not app.exception
    ((where, words),) = started
    assert where == measured_run.path
    assert words[0] == "video"
    assert parsed(video, words)["start"] == 20
    (download,) = app.get("download_button")
    assert Path(words[-1]).name in download.proto.label
    assert not [button for button in app.button if button.key == "make export"]


def test_a_page_with_the_player_can_be_made(open_page, measured_run, started):
    app = open_page(measured_run, page="export")
    app.selectbox(key="format").set_value("html").run()
    assert f"rlxai replay {measured_run.path}" in text_of(app)
    assert "140 decisions, about" in text_of(app)
    app.button(key="make export").click().run()
    assert started[0][1][0] == "replay"


def test_a_page_too_large_cannot_be_made(open_page, measured_run, monkeypatch):
    monkeypatch.setattr("rlxai.replay.html.LIMIT_MB", 0.01)
    app = open_page(measured_run, page="export")
    app.selectbox(key="format").set_value("html").run()
    assert "A page may have 0.01 MB" in app.warning[0].value
    assert app.button(key="make export").disabled


def test_without_panels_it_asks_for_one(open_page, measured_run):
    app = open_page(measured_run, page="export")
    app.multiselect[0].set_value([]).run()
    assert not app.exception
    assert "Choose at least one panel" in text_of(app)


def test_an_unexplained_run_is_told_which_command_explains_it(open_page, bare_run):
    app = open_page(bare_run, page="export")
    assert not app.exception
    assert f"rlxai explain {bare_run.path}" in text_of(app)
