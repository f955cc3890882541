"""A query in the dashboard, from the words to the clip that plays."""

import numpy as np
import pytest

from rlxai.episodes import load_episode
from rlxai.replay.listing import replay_episodes
from tests.browser.watched import Watched

pytestmark = pytest.mark.browser


def test_a_query_is_counted_marked_and_its_clip_played(browser, address, shown_run):
    shown = replay_episodes(shown_run)[0][0]
    episode = load_episode(shown_run.commit("episode", shown.task).folder)
    left = np.flatnonzero(np.asarray(episode.taken) == episode.actions.index("LEFT"))
    watched = Watched(browser, address).ready()
    page = watched.page
    page.locator(".q-input").fill('action == "LEFT" and t >= 0')
    page.locator(".q-message", has_text=f"{len(left)} of {episode.decisions} decisions").wait_for()
    page.wait_for_function("() => location.search.includes('query=')")
    clip = page.locator(".q-clip").last
    start = int("".join(c for c in clip.inner_text().split("–")[0].split("×")[0] if c.isdigit()))
    assert start in left
    clip.click()
    watched.wait_to_play_past(max(0, start - 8))
    page.locator(".q-input").fill("action == LEFT")
    page.locator(".q-message.bad", has_text='there is no "LEFT"').wait_for()
    assert watched.errors == []
    watched.close()
