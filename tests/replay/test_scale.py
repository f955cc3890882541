import numpy as np

from rlxai.replay import scale


def test_sparse_relevance_is_scaled_by_its_maximum():
    assert scale.episode_scale(2.0, 5.0) == 2
    assert scale.episode_scale(0.0, 5.0) == 5
    assert scale.episode_scale(0.0, 0.0) == 0


def test_frame_scales_leave_out_what_is_not_finite():
    relevance = np.array([[[1, -3]], [[0, 0]], [[np.nan, 2]]])
    assert scale.frame_scales(relevance).tolist() == [3, 0, 2]


def test_running_scales_rise_at_once_and_fall_slowly():
    maxima = np.array([1, np.nan, 4, 0, 3.9])
    np.testing.assert_allclose(scale.running_scales(maxima, decay=0.5), [1, 0.5, 4, 2, 3.9])
    assert (scale.running_scales(maxima) >= np.nan_to_num(maxima)).all()
    assert scale.running_scales(np.empty(0)).shape == (0,)
