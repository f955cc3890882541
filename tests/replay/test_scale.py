import numpy as np

from rlxai.replay import scale


def test_sparse_relevance_is_scaled_by_its_maximum():
    assert scale.episode_scale(2.0, 5.0) == 2
    assert scale.episode_scale(0.0, 5.0) == 5
    assert scale.episode_scale(0.0, 0.0) == 0


def test_frame_scales_leave_out_what_is_not_finite():
    relevance = np.array([[[1, -3]], [[0, 0]], [[np.nan, 2]]])
    assert scale.frame_scales(relevance).tolist() == [3, 0, 2]
