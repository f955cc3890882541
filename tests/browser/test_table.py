"""The timelines as a table, and as a file."""

import csv
import io

import pytest

from tests.browser.rows_page import build

pytestmark = pytest.mark.browser


def test_a_long_table_holds_only_the_rows_in_sight(timelines):
    build(timelines, 27000)
    timelines.get_by_role("button", name="Table").click()
    assert timelines.locator("tr[data-t]").count() < 40
    assert timelines.locator(".tl-table").get_attribute("aria-rowcount") == "27001"
    timelines.locator(".tl-scroll").evaluate("node => { node.scrollTop = 24 * 20000 }")
    timelines.locator("tr[data-t='20003']").wait_for()
    assert timelines.locator("tr[data-t='20003']").get_attribute("aria-rowindex") == "20005"
    assert timelines.locator("tr[data-t]").count() < 40


def test_table_sorts_seeks_and_follows(rows):
    rows.get_by_role("button", name="Table").click()
    header = rows.get_by_role("columnheader", name="A.lift.ball")
    header.get_by_role("button").click()
    header.get_by_role("button").click()
    assert header.get_attribute("aria-sort") == "descending"
    assert rows.locator("tr[data-t]").first.get_attribute("data-t") == "77"
    rows.locator("tr[data-t='77'] td").first.click()
    assert rows.evaluate("seeks") == [77]
    assert rows.locator("tr[aria-current]").get_attribute("data-t") == "77"
    rows.locator(".tl-scroll").press("ArrowDown")
    assert rows.evaluate("seeks") == [77, 0], "the next row as sorted; equals stay in order of time"


def test_table_shows_what_is_zoomed_to(rows):
    rows.get_by_role("button", name="Table").click()
    rows.evaluate("rows.zoom([300, 320])")
    rows.locator("tr[data-t]").first.and_(rows.locator("[data-t='300']")).wait_for()
    assert rows.locator("tr[data-t]").count() == 20


def test_csv_holds_the_range_shown(rows):
    rows.evaluate("rows.zoom([75, 85])")
    with rows.expect_download() as download:
        rows.get_by_role("button", name="CSV").click()
    assert download.value.suggested_filename == "decisions 75-84.csv"
    text = download.value.path().read_bytes().decode()
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["t"] for line in lines] == [str(t) for t in range(75, 85)]
    assert lines[2]["A.lift.ball"] == "20"
    assert lines[3]["A.lift.ball"] == "0.2"
    assert lines[0]["action"] == "LEFT"
    assert lines[5]["A.cluster.name"] == "y"
    assert lines[6]["A.cluster"] == ""
    assert {line["disagree"] for line in lines} == {"yes", "no"}


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ("=1+1", "'=1+1"),
        ("@x", "'@x"),
        ("-0.5", "-0.5"),
        ("two\nlines", '"two\nlines"'),
    ],
)
def test_cells_are_quoted_and_never_run(timelines, cell, written):
    assert timelines.evaluate("cell => csvCell(cell)", cell) == written


def test_unknown_values_come_last_in_either_direction(timelines):
    order = "sortedDecisions([2, 7], (t) => [0, 0, 5, NaN, 3, 5, NaN][t], %s)"
    assert timelines.evaluate(order % "false") == [4, 2, 5, 3, 6]
    assert timelines.evaluate(order % "true") == [2, 5, 4, 3, 6]
