from __future__ import annotations

from tests.faults.page import update
from tests.faults.tally import Tally


def rows(page):
    lines = [line for line in page.read_text().splitlines() if line.endswith(" |")]
    return [line.split(" | ")[0].removeprefix("| ") for line in lines[1:]]


def test_a_campaign_that_is_run_again_replaces_its_own_row_and_keeps_the_others(tmp_path):
    page = tmp_path / "faults.md"
    update(page, [Tally("kills", tries=3, notes={"kills": 3})], 0, 1)
    update(page, [Tally("kills of more", tries=1, notes={"more": 1})], 0, 1)
    update(page, [Tally("kills", tries=1200, lost=1, notes={"tries in vain": 2})], 0, 1)
    assert rows(page) == ["kills", "kills of more"]
    text = page.read_text()
    assert "| kills | 1,200 | 1 | 0 | 0 | 0 |\n" in text
    assert text.endswith("- kills: 2 tries in vain\n- kills of more: 1 more\n")


def test_rows_of_another_seed_or_size_are_not_mixed(tmp_path):
    page = tmp_path / "faults.md"
    update(page, [Tally("kills", tries=3)], 0, 1)
    update(page, [Tally("power", tries=3)], 1, 1)
    assert rows(page) == ["power"]
    update(page, [Tally("kills", tries=1)], 1, 0.1)
    assert rows(page) == ["kills"]
