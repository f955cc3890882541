from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from rlxai.errors import InvalidValue
from rlxai.replay import colour, compose
from rlxai.replay.clip import Panel, episode_video

T, SKIP = 70, 4  # more than one chunk


@pytest.fixture(scope="module")
def episode():
    rng = np.random.default_rng(0)
    return SimpleNamespace(
        screens=rng.integers(0, 4, (T + 1, SKIP, 210, 160), np.uint8),
        palette=np.concatenate(
            [[[0, 0, 0], [200, 72, 72], [66, 158, 130], [142, 142, 142]], np.zeros((252, 3))]
        ).astype(np.uint8),
        actions=("NOOP", "FIRE", "RIGHT", "LEFT"),
        taken=rng.integers(0, 4, T),
    )


@pytest.fixture(scope="module")
def panel():
    rng = np.random.default_rng(1)
    return Panel(
        rng.normal(size=(T, 4, 84, 84)).astype(np.float32),
        "lrp-epsilon", "advantage", True, step=100_000, scale=3.0,
        values=rng.normal(size=T), outputs=rng.normal(size=(T, 4)),
    )  # fmt: skip


def game(frame, zoom=2):
    return frame[: 210 * zoom, : 160 * zoom]


def legend(frame, zoom=2):
    return frame[210 * zoom :, : 160 * zoom]


def pictures(*args, **kwargs):
    return list(episode_video(*args, zoom=kwargs.pop("zoom", 2), **kwargs))


def test_pictures_equal_the_literal_composition(episode, panel):
    frames = pictures(episode, [panel], start=62, stop=67)
    table, greys = compose.blend_table("blue-orange"), compose.grey_levels(episode.palette)
    for i in range(5):
        levels = colour.level(panel.maps[62 + i].sum(0), 3.0)
        for k in range(SKIP):
            grey = greys[episode.screens[62 + i, k]]
            expected = compose.paint(grey, compose.stretch(levels, 210, 160), table).repeat(2, axis=0).repeat(2, axis=1)
            assert (game(frames[SKIP * i + k]) == expected).all()


def test_one_picture_per_decision_is_what_the_network_sees(episode, panel):
    silent = replace(panel, maps=np.zeros((T, 4, 84, 84), np.float32))
    clip = episode_video(episode, [silent], start=3, stop=5, fps=15, zoom=2)
    frames = list(clip)
    greys = compose.grey_levels(episode.palette)[episode.screens[3:5]].astype(float)
    assert (clip.fps, len(clip), len(frames)) == (15, 2, 2)
    for i in range(2):
        seen = np.rint(0.6 * np.maximum(greys[i, 2], greys[i, 3]))
        assert (game(frames[i])[::2, ::2] == seen[:, :, None]).all()


def test_a_hot_pixel_lands_where_it_belongs(episode, panel):
    maps = np.zeros((T, 1, 84, 84), np.float32)
    black = SimpleNamespace(**{**vars(episode), "palette": np.zeros((256, 3), np.uint8)})
    maps[0, 0, 60, 20] = 1
    frame = pictures(black, [replace(panel, maps=maps, scale=1.0)], stop=1, fps=15, zoom=4)[0]
    rows, columns = np.nonzero(game(frame, 4).any(axis=2))
    # cell 60 of 84 covers screen rows 150..152.5, cell 20 columns 38.1..40: four pictures pixels each
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (600, 607, 152, 159)
    assert (game(frame, 4)[604, 156] == compose.blend_table("blue-orange")[254, 0]).all()


def test_sizes_rates_and_panels(episode, panel):
    clip = episode_video(episode, [panel, panel], stop=2, zoom=3)
    frames = list(clip)
    assert (clip.fps, len(clip), len(frames)) == (60, 8, 8)
    assert {frame.shape for frame in frames} == {(*clip.size, 3)} == {(750, 966, 3)}
    assert (frames[5][:630, :480] == frames[5][:630, 486:]).all()
    assert (frames[5][630:, :480] != frames[5][630:, 486:]).any()  # their letters differ
    assert frames[0] is not frames[1]


def test_a_scale_may_change_from_decision_to_decision(episode, panel):
    scales = np.linspace(1, 3, T)
    both = pictures(episode, [replace(panel, scale=scales)], start=64, stop=66, fps=15)
    for t, frame in zip((64, 65), both, strict=True):
        (alone,) = pictures(episode, [replace(panel, scale=float(scales[t]))], start=t, stop=t + 1, fps=15)
        assert (frame == alone).all()


def test_a_grid_of_ten_panels_shows_each_in_its_place(episode, panel):
    panels = [replace(panel, step=step) for step in range(10)]
    (frame,) = pictures(episode, panels, stop=1, fps=15)
    assert frame.shape == (2 * (250 * 2 + 2), 2 * (5 * 160 + 4 * 2), 3)
    alone = [pictures(episode, [one], stop=1, fps=15)[0] for one in panels]
    for i, one in enumerate(alone):
        top, left = (i // 5) * 2 * 252, (i % 5) * 2 * 162
        assert (frame[top : top + 420, left : left + 320] == one[:420]).all()


def test_planes_are_the_same_pictures(episode, panel):
    options = {"start": 62, "stop": 66, "zoom": 4, "columns": 1}
    rgb = episode_video(episode, [panel, replace(panel, signed=False)], **options)
    planes = episode_video(episode, [panel, replace(panel, signed=False)], planes=True, **options)
    assert planes.size == rgb.size
    for one, other in zip(planes, rgb, strict=True):
        assert one.shape == (1.5 * rgb.size[0], rgb.size[1])
        back = cv2.cvtColor(one, cv2.COLOR_YUV2RGB_I420).astype(int)
        assert np.abs(back - other).mean() < 1.5
        assert np.abs(back - other)[:840].max() <= 4  # at an even zoom no game pixel shares its chroma


@pytest.mark.parametrize(
    ("speed", "fps", "pictures_", "rate"),
    [(1, 60, 40, 60), (0.5, 60, 40, 30), (2, 60, 20, 60), (1, 15, 10, 15), (4, 15, 3, 15), (3, 60, 10, 45)],
)
def test_speed_and_rate_choose_the_frames(episode, panel, speed, fps, pictures_, rate):
    clip = episode_video(episode, [panel], stop=10, zoom=2, speed=speed, fps=fps)
    assert (len(clip), clip.fps) == (pictures_, rate)
    assert len(list(clip)) == pictures_


def test_two_frames_in_one_picture_keep_what_flickers(episode, panel):
    silent = replace(panel, maps=np.zeros((T, 4, 84, 84), np.float32))
    frames = pictures(episode, [silent], stop=1, fps=30)
    greys = compose.grey_levels(episode.palette)[episode.screens[0]].astype(float)
    for i in range(2):
        seen = np.rint(0.6 * np.maximum(greys[2 * i], greys[2 * i + 1]))
        assert (game(frames[i])[::2, ::2] == seen[:, :, None]).all()


def test_the_legend_changes_with_every_number(episode, panel):
    def drawn(**changes):
        return legend(pictures(episode, [replace(panel, **changes)], stop=1, fps=15)[0])

    base = drawn()
    assert (drawn() == base).all()
    changes = [
        {"step": 200_000}, {"step": None}, {"method": "gradient"}, {"target": "chosen"}, {"scale": 3.5},
        {"scale": None}, {"scale_note": "shared"}, {"values": panel.values + 1}, {"values": None},
        {"outputs": panel.outputs + 1}, {"outputs": None}, {"output_name": "logit"}, {"signed": False},
        {"colours": "bwr"}, {"maps": np.full((T, 4, 84, 84), np.nan, np.float32)},
    ]  # fmt: skip
    seen = [base, *(drawn(**change) for change in changes)]
    for i, one in enumerate(seen):
        for other in seen[:i]:
            assert (one != other).any()


def test_the_legend_follows_decision_and_action(episode, panel):
    calm = replace(panel, values=np.zeros(T), outputs=np.zeros((T, 4)))
    first, second = (legend(frame) for frame in pictures(episode, [calm], stop=2, fps=15))
    changed = np.flatnonzero((first != second).any(axis=(1, 2)))
    assert episode.taken[0] != episode.taken[1]
    assert changed.min() < 16 < changed.max() < 34  # the line of the decision and the line of the action


def test_many_long_names_do_not_overflow(episode, panel):
    many = SimpleNamespace(**{**vars(episode), "actions": tuple(f"UPRIGHTFIRE{i}" for i in range(18))})
    wide = replace(panel, method="m" * 300, target="two\nlines", outputs=np.zeros((T, 18)))
    assert pictures(many, [wide], stop=1)[0].shape == (500, 320, 3)


def test_all_zero_maps_show_the_game_alone(episode, panel):
    silent = replace(panel, maps=np.zeros((T, 4, 84, 84), np.float32), scale=0.0)
    frame = game(pictures(episode, [silent], stop=1)[0])
    assert (frame == frame[:, :, :1]).all()  # grey throughout


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"stop": 71}, "must lie in 0 to 70"),
        ({"start": 5, "stop": 5}, "must lie in 0 to 70"),
        ({"start": -1}, "must lie in 0 to 70"),
        ({"zoom": 1}, "zoom must be 2 to 8"),
        ({"columns": 2}, "columns must be 1 to 1"),
        ({"speed": 0}, "speed must be 0.01 to 64"),
        ({"fps": float("nan")}, "fps must be 1 to 240"),
    ],
)
def test_ranges_are_checked_before_the_first_picture(episode, panel, changes, sentence):
    with pytest.raises(InvalidValue, match=sentence):
        episode_video(episode, [panel], **changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"maps": np.zeros((T + 1, 4, 84, 84))}, r"maps of lrp-epsilon must have shape \(70, C, H, W\)"),
        ({"values": np.zeros(3)}, r"values of lrp-epsilon must have shape \(70\)"),
        ({"outputs": np.zeros((T, 6))}, r"outputs of lrp-epsilon must have shape \(70, 4\)"),
        ({"scale": -1.0}, "scale must be finite"),
        ({"scale": np.ones(3)}, r"scales of lrp-epsilon must have shape \(70\)"),
        ({"colours": "jet"}, "no colour map 'jet'"),
    ],
)
def test_panels_that_do_not_fit_are_refused(episode, panel, changes, sentence):
    with pytest.raises(InvalidValue, match=sentence):
        episode_video(episode, [replace(panel, **changes)])
    with pytest.raises(InvalidValue, match="1 to 10 panels, met 0"):
        episode_video(episode, [])
