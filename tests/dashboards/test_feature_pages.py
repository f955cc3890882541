"""Units and Embedding without a browser: all views, what is missing, what is damaged, where clicks lead."""

from urllib.parse import parse_qs

import pytest

from rlxai.store import Run
from tests.dashboards.conftest import copied
from tests.dashboards.features_run import build_features_run
from tests.dashboards.test_study_pages import alts, healthy, text_of

PAGES = ("units", "embedding")


@pytest.fixture(scope="module")
def features_run(tmp_path_factory) -> Run:
    return build_features_run(tmp_path_factory.mktemp("features") / "small")


@pytest.fixture
def a_features_copy(features_run, tmp_path):
    return copied(features_run, tmp_path / "copy")


def choose(app, label, value):
    (found,) = [one for one in app.segmented_control if one.label == label]
    return found.set_value(value).run()


def links(app):
    """Addresses behind pictures."""
    return [image.proto.link for image in app.get("image") if image.proto.link]


def test_cards_show_every_layer_and_lead_to_the_frames_of_their_exemplars(open_page, features_run):
    app = open_page(features_run, page="units")
    assert healthy(app)
    for layer in ("conv1", "conv2", "hidden1", "outputs"):
        choose(app, "Layer", layer)
        assert healthy(app), layer
        assert "with objects" in alts(app)
        assert links(app), layer
        for link in links(app):
            words = parse_qs(link.removeprefix("./?"))
            assert words["run"] == ["small"]
            (task,) = words["episode"]
            decisions = features_run.commit("episode", task).summary["decisions"]
            assert 0 <= int(words["t"][0]) < decisions
    titles = " ".join(element.value for element in app.markdown)
    assert "**value**" in titles
    assert "**advantage**" in titles


def test_a_snapshot_without_stored_cards_has_its_inputs_searched_for(open_page, features_run):
    app = open_page(features_run, page="units")
    other = next(step for step in (0, 1000) if "plays best" not in app.selectbox(key="snapshot").options[step // 1000])
    app.selectbox(key="snapshot").set_value(other).run()
    assert healthy(app)
    assert "near" in text_of(app)
    app.toggle(key="optimised").set_value(False).run()
    assert healthy(app)
    assert not any("near" in element.value for element in app.markdown if "small" in element.value)


def test_units_can_be_sorted_and_filtered(open_page, features_run):
    app = open_page(features_run, page="units")
    app.toggle(key="optimised").set_value(False).run()
    for order in app.selectbox(key="order conv1").options[2:5]:
        app.selectbox(key="order conv1").set_value(order).run()
        assert healthy(app), order
        assert f"sorted by {order}" in text_of(app)
    (pills,) = [one for one in app.get("button_group") if one.label.startswith("Only units")]
    pills.set_value(["mark any object"]).run()
    assert healthy(app)


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("Objects", "What neurons follow"), ("Games without", "paired by seed"), ("Feature maps", "The most active"),
        ("Kernels", "A pale mean"), ("Pre-images", "deep image prior"),
    ],
)  # fmt: skip
def test_every_view_is_shown(open_page, features_run, view, said):
    app = open_page(features_run, page="units")
    choose(app, "Show", view)
    assert healthy(app)
    assert said in text_of(app)


def test_embedding_shows_all_planes_frames_and_the_atlas_with_the_caution(open_page, features_run):
    app = open_page(features_run, page="embedding")
    assert healthy(app)
    assert "Distances between groups, their sizes and their shapes mean nothing" in text_of(app)
    assert "t-SNE, perplexity 5 of" in alts(app)
    assert "PCA (" in alts(app)
    assert "cells of the plane" in alts(app)
    assert links(app)
    app.selectbox(key="states").set_value("embedding-all").run()
    assert healthy(app)
    for words in app.selectbox(key="colour embedding-all").options[:4]:
        app.selectbox(key="colour embedding-all").set_value(words).run()
        assert healthy(app), words
        assert f"coloured by {words}" in alts(app)


def test_a_drawn_box_and_a_clicked_cell_choose_the_frames(open_page, features_run):
    app = open_page(features_run, page="embedding")
    everything = links(app)
    plane = next(one.value for one in app.segmented_control if one.label == "Plane")
    key = f"points small embedding-best {plane}"
    app.session_state[key] = {"selection": {"box": {}, "point": [{"row": 0}]}}
    app.run()
    assert healthy(app)
    assert "1 of 1 state" in text_of(app)
    assert len(links(app)) < len(everything)
    app.session_state["atlas small typical"] = {"selection": {"cell": [{"cell": 0}]}}
    app.run()
    assert healthy(app)


@pytest.mark.parametrize(
    ("kind", "name", "page", "view"),
    [
        ("features-cards", "conv1-optimised.npy", "units", "Cards"),
        ("features-preimages", "preimages.npy", "units", "Pre-images"),
        ("features-effects", "effects.parquet", "units", "Games without"),
        ("features", "dissection.parquet", "units", "Cards"),
        ("features-embedding", "points.parquet", "embedding", ""),
        ("features-embedding", "atlas-typical.npy", "embedding", ""),
    ],
)
def test_a_damaged_file_is_one_sentence(open_page, a_features_copy, kind, name, page, view):
    for commit in a_features_copy.commits(kind):
        if name in commit.files:
            path = commit.folder / name
            path.write_bytes(b"x" * path.stat().st_size)
    app = open_page(a_features_copy, page=page)
    if view:
        app = app if app.error or app.warning else choose(app, "Show", view)
    assert not app.exception
    said = " ".join(element.value for shown in (app.warning, app.error) for element in shown).replace("\\", "")
    assert name in said or kind in said
    assert "Traceback" not in text_of(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_damaged_record_is_one_sentence(open_page, a_features_copy, page):
    a_features_copy.records("features")[0].write_text("{")
    app = open_page(a_features_copy, page=page)
    assert not app.exception
    said = " ".join(element.value for shown in (app.warning, app.error) for element in shown)
    assert "is not a readable commit record" in said.replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_a_name_full_of_markup_is_text(open_page, features_run, tmp_path, page):
    run = copied(features_run, tmp_path / "<img src=x> ![y](z)")
    app = open_page(run, page=page)
    assert not app.exception
    assert "![y](" not in " ".join(element.value for kind in (app.markdown, app.caption) for element in kind)
    assert not any("<" in link or "(" in link for link in links(app))
