"""Columns of tables that a stranger may have made."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from rlxai.errors import RunError
from rlxai.store import Run
from rlxai.store.readable import read_columns
from tests.store.conftest import INFO

ROWS = 4
NUMBERS = pa.array(np.arange(ROWS) / 2)


@pytest.fixture
def made(tmp_path):
    """A function that commits a table and gives the result."""
    run = Run.create(tmp_path / "run", INFO)

    def make(*columns):
        with run.attempt("toy", {"of": len(run.records("toy"))}) as attempt:
            names, values = zip(*columns, strict=True)
            pq.write_table(pa.Table.from_arrays(list(values), names=list(names)), attempt.folder / "t.parquet")
        return run.commits("toy")[-1]

    return make


def test_columns_come_as_they_were_written(made):
    columns = read_columns(made(("a", NUMBERS), ("b", NUMBERS.cast("int64", safe=False))), "t.parquet", ROWS, ["a"])
    np.testing.assert_array_equal(columns["a"], np.arange(ROWS) / 2)
    np.testing.assert_array_equal(columns["b"], np.arange(ROWS) // 2)


@pytest.mark.parametrize(
    ("columns", "rows", "sentence"),
    [
        ([("a", NUMBERS), ("a", NUMBERS)], ROWS, "is not a readable table"),
        ([("a", NUMBERS)], ROWS + 1, "should hold 5 rows"),
        ([("b", NUMBERS)], ROWS, "lacks the column 'a'"),
        ([("a", pa.array(["x"] * ROWS))], ROWS, "holds no numbers"),
        ([("a", pa.array([[1.0]] * ROWS))], ROWS, "holds no numbers"),
    ],
)  # fmt: skip
def test_what_is_not_the_table_asked_for_is_one_sentence(made, columns, rows, sentence):
    with pytest.raises(RunError, match=sentence):
        read_columns(made(*columns), "t.parquet", rows, ["a"])


def test_damaged_pages_are_not_shown(made):
    commit = made(("a", NUMBERS))
    path = commit.folder / "t.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(RunError, match="is not a readable table"):
        read_columns(commit, "t.parquet", ROWS)
