"""One cell: a number, missing, or a word."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reading.parsing.cell_number import cell_value

NUMBERS = [
    ("0.5", 0.5),
    (" 1e-4 ", 1e-4),
    ("+3", 3.0),
    ("1,024", 1024.0),
    ("1,234,567.5", 1234567.5),
    ("1e+999", math.inf),
    ("-inf", -math.inf),
    ("Infinity", math.inf),
    ("1.#INF", math.inf),
    ("tensor(0.25, device='cuda:0')", 0.25),
    ("tensor(0.25)", 0.25),
]
NANS = ["nan", "NaN", "-nan", " NAN", "1.#QNAN", "-1.#IND", "#NUM!", "tensor(nan)"]
MISSING = ["", "  ", "None", "null", "NULL", "N/A", "NA", "<NA>", "-", "NaT", "---", ":---:"]
WORDS = ["warmup", "1_000", "2020-01-01", "00:12", "12%", "0,5", "true", "1.2.3", "tensor([1, 2])"]


@pytest.mark.parametrize(("cell", "value"), NUMBERS)
def test_numbers(cell: str, value: float) -> None:
    assert cell_value(cell) == value


@pytest.mark.parametrize("cell", NANS)
def test_a_written_nan_is_a_value(cell: str) -> None:
    value = cell_value(cell)
    assert value is not None
    assert math.isnan(value)


@pytest.mark.parametrize("cell", MISSING)
def test_missing_is_not_nan(cell: str) -> None:
    assert cell_value(cell) is None


@pytest.mark.parametrize("cell", WORDS)
def test_words_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        cell_value(cell)


@pytest.mark.parametrize(
    ("cell", "value"), [("0,5", 0.5), ("1.234,5", 1234.5), ("1.000", 1000.0), ("3,2e-4", 3.2e-4), ("0.5", 0.5)]
)
def test_decimal_comma(cell: str, value: float) -> None:
    assert cell_value(cell, decimal_comma=True) == value


@given(st.floats(allow_nan=False))
def test_what_python_prints_is_read_back(value: float) -> None:
    assert cell_value(repr(value)) == value
    assert cell_value(repr(value).replace(".", ","), decimal_comma=True) == value


@given(st.integers(-(10**15), 10**15))
def test_thousands_separators(value: int) -> None:
    assert cell_value(f"{value:,}") == value
