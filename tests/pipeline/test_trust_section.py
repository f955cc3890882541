"""What the report says of tested maps."""

import pytest

from rlxai.errors import RunError
from rlxai.pipeline.report_sections import FOUND, sections
from rlxai.pipeline.trust.section import trust_section, trust_sentences
from rlxai.replay.badges import KIND
from tests.small_run import build_small_run
from tests.trusted_run import add_trust

BADGES = {
    "0": {"advantage": {
        "gradient": {"badge": "trusted", "reasons": ""}, "edges": {"badge": "misleading", "reasons": "x"},
    }},
    "5": {"advantage": {"gradient": {"badge": "use with care", "reasons": "steady"}}},
}  # fmt: skip


@pytest.fixture
def board(tmp_path):
    run = build_small_run(tmp_path / "run", explain=False)
    return add_trust(run)


def test_sentences_count_all_and_name_those_of_the_best_snapshot():
    first, second = trust_sentences(BADGES, 0)
    assert "3 kinds of maps" in first
    assert "1 trusted, 1 use with care, 1 misleading" in first
    assert second == "Maps of advantage at step 0: trusted: gradient; use with care: none; misleading: edges."


def test_the_section_links_the_page_from_the_report(board):
    assert KIND in FOUND
    (section,) = sections([board])
    assert section.link.endswith(f"/{KIND}/{board.task}/{board.folder.name}/trust.html")
    text = section.html().text
    assert "Which maps may be believed" in text
    assert "misleading: " in text


def test_a_board_without_its_figure_is_one_sentence(board):
    (board.folder / "leaderboard.svg").unlink()
    with pytest.raises(RunError, match="no readable leaderboard"):
        trust_section(board)
