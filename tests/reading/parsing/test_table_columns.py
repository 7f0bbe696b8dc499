"""Delimited files as columns: nothing lost, nothing invented, bounded."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing import table_columns
from lrdoctor.reading.parsing.table_columns import Table, read_table


def written(folder: Path, text: str | bytes, name: str = "log.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def numbers(table: Table, name: str) -> list[float | None]:
    column = next(column for column in table.columns if column.name == name)
    return [float(v) if p else None for v, p in zip(column.value, column.present, strict=True)]


def test_empty_and_nan_are_told_apart(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "step,loss\n0,1.5\n1,\n2,nan\n3,inf\n4,None\n"))
    values = numbers(table, "loss")
    assert [values[0], values[1], values[3], values[4]] == [1.5, None, math.inf, None]
    assert values[2] is not None
    assert math.isnan(values[2])


def test_a_header_met_again_is_no_row(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "step,loss\n0,1\n1,2\nstep,loss\n2,3\n step , loss\n3,4\n"))
    assert numbers(table, "loss") == [1, 2, 3, 4]
    assert table.repeated_headers == (2, 3)
    assert all(column.words == 0 for column in table.columns)


def test_rows_longer_than_the_header(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "step,loss\n0,1\n1,2\n2,3,0.9\n3,4,0.8\n4,5,\n"))
    assert numbers(table, "loss") == [1, 2, 3, 4, 5]
    assert (table.long_rows, table.first_long_row) == (2, 2)


def test_short_rows_lack_cells(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "step,loss,val\n0,1\n1,2,3\n"))
    assert numbers(table, "val") == [None, 3]


@pytest.mark.parametrize(
    ("end", "kept", "torn"), [("2,0.1", 3, False), ("2", 2, True), ("2,\n", 3, False), ("2\n", 3, False)]
)
def test_torn_last_line(tmp_path: Path, end: str, kept: int, torn: bool) -> None:
    table = read_table(written(tmp_path, f"step,loss\n0,1\n1,2\n{end}"))
    assert (len(table), table.torn) == (kept, torn)


def test_pipes_under_tabs_as_in_pytorch_classification(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "Learning Rate\tTrain Loss\t\n0.1|2.0|\n0.01|1.5|\n"))
    assert numbers(table, "Learning Rate") == [0.1, 0.01]
    assert table.long_rows == 0


def test_words_are_counted_and_labelled(tmp_path: Path) -> None:
    table = read_table(written(tmp_path, "epoch,phase,loss\n0,train,1\n0,val,2\n1,,3\n1,val,4\n"))
    phase = table.columns[1]
    assert (phase.words, phase.labels, phase.is_numeric) == (3, ("train", "val"), False)
    assert phase.label is not None
    assert phase.label.tolist() == [0, 1, -1, 1]


def test_labels_survive_the_boundary_between_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_columns, "BLOCK_CELLS", 4)  # two rows
    table = read_table(written(tmp_path, "phase,loss\n1,1\n2,2\ntrain,3\nval,4\ntrain,5\n"))
    assert table.columns[0].label is not None
    assert table.columns[0].label.tolist() == [-1, -1, 0, 1, 0]
    assert numbers(table, "phase") == [1, 2, None, None, None]


def test_many_different_words_are_no_labels(tmp_path: Path) -> None:
    rows = "".join(f"run{i},{i}\n" for i in range(table_columns.MAX_LABELS + 1))
    assert read_table(written(tmp_path, f"name,loss\n{rows}")).columns[0].labels == ()


@pytest.mark.parametrize(("words", "numeric"), [(1, True), (3, True), (4, False)])
def test_more_numbers_than_words_make_a_column_numeric(tmp_path: Path, words: int, numeric: bool) -> None:
    table = read_table(written(tmp_path, "step,loss\n" + "0,1\n" * 4 + "1,oops\n" * words))
    assert table.columns[1].is_numeric is numeric
    assert not table.columns[1].present[-1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ('{"loss": 1}', "no delimited text"),
        ('step,loss\n0,1\n1,"' + "x" * 200_000, "quote"),
        ("step,loss\n0," + "1" * (table_columns.MAX_LINE + 1), "characters"),
    ],
)
def test_refusals_in_one_line(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(UnreadableError, match=says) as refusal:
        read_table(written(tmp_path, text))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(("name", "value"), [("MAX_COLUMNS", 1), ("MAX_CELLS", 3)])
def test_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    path = written(tmp_path, "step,loss\n0,1\n1,2\n")
    monkeypatch.setattr(table_columns, name, value)
    with pytest.raises(UnreadableError):
        read_table(path)


def as_text(value: float | None, comma: bool, pad: int, quote: bool) -> str:
    text = "" if value is None else repr(value)
    text = text.replace(".", ",") if comma else text
    text = f'"{text}"' if quote and text else text
    return " " * pad + text


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.none() | st.floats(), st.none() | st.floats()), min_size=2, max_size=30),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    mark=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    comma=st.booleans(),
    quote=st.booleans(),
    pad=st.integers(0, 12),
    header_again=st.booleans(),
)
def test_any_dialect_gives_the_same_numbers(
    tmp_path: Path,
    rows: list[tuple[float | None, float | None]],
    separator: str,
    mark: str,
    newline: str,
    comma: bool,
    quote: bool,
    pad: int,
    header_again: bool,
) -> None:
    comma = comma and separator != ","
    lines = [separator.join(("step", "loss", "val"))]
    for i, (loss, val) in enumerate(rows):
        if header_again and i == len(rows) // 2:
            lines.append(lines[0])
        # The step's 0.5 shows which decimal mark the file uses.
        lines.append(separator.join(as_text(cell, comma, pad, quote) for cell in (i + 0.5, loss, val)))
    path = written(tmp_path, (newline.join(lines) + newline).encode(mark))
    table = read_table(path)
    assert len(table) == len(rows)
    for name, expected in zip(("loss", "val"), zip(*rows, strict=True), strict=True):
        got = numbers(table, name)
        assert [value is None for value in got] == [value is None for value in expected]
        np.testing.assert_array_equal([v for v in got if v is not None], [v for v in expected if v is not None])


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    try:
        table = read_table(written(tmp_path, data))
    except UnreadableError:
        return
    assert {len(column.value) for column in table.columns} == {len(table)}


CELLS = st.sampled_from(
    ["0.5", "1", "", "nan", "inf", "-3e-4", " 7", "8 ", " ", "1,5", "word", "1_0", "None", '"4"', "-"]
)
MARKS = st.sampled_from([",", ";", "\t", "|", " "])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), mark=MARKS, end=st.sampled_from(["\n", "\r\n", "\r"]), width=st.integers(1, 4))
def test_plain_tables_are_read_as_any_other(
    data: st.DataObject, mark: str, end: str, width: int, tmp_path: Path
) -> None:
    kinds = data.draw(st.sampled_from([CELLS, st.sampled_from(["0.5", "1", "", "nan"])]))
    rows = data.draw(st.lists(st.lists(kinds, min_size=width, max_size=width), min_size=1, max_size=12))
    header = data.draw(
        st.sampled_from([["step", "loss", "lr", "val"], ["", "loss", "lr", "val"], ["# step", "b", "c", "d"]])
    )
    odd: list[list[str]] = data.draw(
        st.sampled_from([[], [header[:width]], [["1"] * (width + 1)], [[]], [[""] * width]])
    )
    lines = [mark.join(cells) for cells in [header[:width], *rows, *odd, *rows]]
    text = end.join(lines) + data.draw(st.sampled_from(["", end, end + end]))
    path = written(tmp_path, text)

    def outcome() -> object:
        try:
            table = read_table(path)
        except UnreadableError as error:
            return str(error)
        columns = [(c.name, repr(c.value.tolist()), c.present.tolist(), c.words, c.labels) for c in table.columns]
        return columns, table.repeated_headers, table.long_rows, table.first_long_row, table.torn

    quick = outcome()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(table_columns, "_plain_table", lambda *_: None)
        assert outcome() == quick


def test_a_log_without_words_is_plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_columns, "_collect", None)  # what it would be read with otherwise
    table = read_table(written(tmp_path, "step,loss\r\n0,1.5\r\n1,\r\n"))
    assert numbers(table, "loss") == [1.5, None]
