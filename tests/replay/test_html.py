from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace

import pytest

from rlxai.errors import InvalidValue
from rlxai.replay.answers import answer
from rlxai.replay.export import export_video
from rlxai.replay.html import contents, estimate_html, export_html, parse_view
from rlxai.store import Run, open_run
from tests.small_run import DECISIONS, METHODS

CHUNK = re.compile(r'<script type="application/gzip" data-path="([^"]+)">([^<]*)</script>')


@pytest.fixture(scope="module")
def run(replay_run) -> Run:
    return replay_run


@pytest.fixture(scope="module")
def episode(run):
    return run.commits("episode")[0]


@pytest.fixture(scope="module")
def page(run, episode, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("pages") / "all.html"
    export_html(run, episode, None, path)
    return path.read_text()


def hash_of(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def input_of(page: str) -> dict:
    return json.loads(re.search(r'<script type="application/json" id="input">(.*?)</script>', page)[1])


def test_the_page_carries_what_the_routes_answer(run, page):
    chunks = dict(CHUNK.findall(page))
    assert len([path for path in chunks if "/maps/" in path]) == 3 * 2 * len(METHODS)
    for path, text in chunks.items():
        assert base64.b64decode(text) == answer(run, path), path


def test_nothing_but_its_own_style_and_script_may_run(page):
    policy = html.unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    (script,) = re.findall(r'<script type="module">(.*?)</script>', page, re.DOTALL)
    assert policy.split("; ")[:3] == [
        "default-src 'none'", f"script-src '{hash_of(script)}'", f"style-src '{hash_of(style)}'"
    ]  # fmt: skip
    assert "connect-src" not in policy
    assert not re.findall(r"(?:src|href)=", re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL))


def test_the_player_is_told_only_of_what_is_there(run, episode, tmp_path):
    (one, *_) = run.commits("attribution")
    info = export_html(run, episode, [one], tmp_path / "one.html", start=70, stop=120)
    page = (tmp_path / "one.html").read_text()
    told = input_of(page)
    assert (info.maps, info.decisions, info.bytes) == (1, 50, (tmp_path / "one.html").stat().st_size)
    assert [source["task"] for source in told["episodes"][0]["maps"]] == [one.task]
    assert told["range"] == [70, 119]
    assert told["select"] == {
        "t": "70", "zoom": "70-119", "loop": "70-119", "p": f"{one.spec['step']},{one.spec['method']},advantage"
    }  # fmt: skip
    chunks = [path for path, _ in CHUNK.findall(page) if re.search("(maps|masks)/", path)]
    assert sorted(chunks) == sorted([f"attribution/{one.task}/maps/1", f"episode/{episode.task}/masks/1"])


def test_a_link_of_the_dashboard_says_where_the_page_opens(run, episode, tmp_path):
    view = parse_view(
        f"http://127.0.0.1:8501/?run=small&episode={episode.task}&t=12&scale=shared&query=lift.ball%20%3E%202"
    )
    assert view == {"t": "12", "scale": "shared", "query": "lift.ball > 2"}
    assert parse_view("t=5") == {"t": "5"}
    assert parse_view("") == {}
    export_html(run, episode, None, tmp_path / "a.html", view=view)
    assert input_of((tmp_path / "a.html").read_text())["select"] == view


def test_names_with_markup_stay_text(run, episode, tmp_path):
    evil = tmp_path / "<img src=x onerror=alert(1)>&$title"
    evil.mkdir()
    for name in ("run.json", "snapshots", "objects", "commits"):
        (evil / name).symlink_to(run.path / name)
    export_html(open_run(evil), episode, None, tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text()
    assert "<img" not in page
    assert f"<h1>breakout · {html.escape(evil.name)}</h1>" in page
    assert input_of(page)["run"] == evil.name


def test_the_estimate_is_near(run, episode, page):
    estimate = estimate_html(contents(run, episode, None))
    assert estimate == pytest.approx(len(page.encode()), rel=0.15)


def test_a_page_too_large_is_refused_in_one_sentence(run, episode, page, tmp_path):
    (tmp_path / "a.html").write_text("old")
    with pytest.raises(InvalidValue, match=r"would have about \d+ MB and may have 0.5: choose a shorter range"):
        export_html(run, episode, None, tmp_path / "a.html", limit_mb=0.5)
    assert (tmp_path / "a.html").read_text() == "old"
    assert list(tmp_path.iterdir()) == [tmp_path / "a.html"]


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("a.txt", {}, "written as .html, met '.txt'"),
        ("none/a.html", {}, "none does not exist"),
        ("a.html", {"start": 5, "stop": 5}, f"must lie in 0 to {DECISIONS} and not be empty, met 5 to 5"),
        ("a.html", {"stop": 9999}, "met 0 to 9999"),
    ],
)
def test_bad_requests_write_nothing(run, episode, tmp_path, name, options, sentence):
    with pytest.raises(InvalidValue, match=sentence):
        export_html(run, episode, None, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_maps_of_another_game_are_refused(run, episode, tmp_path):
    other = replace(run.commits("attribution")[0], task="other", spec={"episode": "other"})
    with pytest.raises(InvalidValue, match="maps other do not explain the game"):
        export_html(run, episode, [other], tmp_path / "a.html")
    with pytest.raises(InvalidValue, match="maps other do not explain the game"):
        export_video(run, episode, [other], tmp_path / "a.webm")
    assert not list(tmp_path.iterdir())


def test_progress_counts_the_chunks(run, episode, page, tmp_path):
    seen = []
    export_html(run, episode, None, tmp_path / "a.html", progress=lambda done, total: seen.append((done, total)))
    total = len(CHUNK.findall(page))
    assert seen == [(i, total) for i in range(1, total + 1)]
