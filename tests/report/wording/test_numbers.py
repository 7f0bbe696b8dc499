"""Numbers as people read them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.report.wording import numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1e-3, "1e-3"),
        (9.996e-4, "1e-3"),
        (0.009999, "0.01"),
        (0.1, "0.1"),
        (1.0, "1"),
        (99999.0, "1e5"),
        (12345.0, "12300"),
        (1e5, "1e5"),
        (-0.00021, "-2.1e-4"),
        (math.nan, "NaN"),
        (-math.inf, "-inf"),
        (5e-300, "5e-300"),
        (1.7e308, "1.7e308"),
    ],
)
def test_three_digits(value: float, text: str) -> None:
    assert numbers.number(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300), st.integers(1, 6))
def test_what_is_shown_is_the_value_to_its_digits(value: float, digits: int) -> None:
    shown = float(numbers.significant(value, digits))
    assert shown == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=1e-320)


@given(st.floats(0, 1))
def test_a_percentage_never_rounds_to_certainty(probability: float) -> None:
    text = numbers.percent(probability)
    assert (text == "0 %") == (probability == 0)
    assert (text == "100 %") == (probability == 1)


@given(st.floats())
def test_any_number_is_one_short_word(value: float) -> None:
    for text in (numbers.number(value), numbers.estimate(value), numbers.position(value), numbers.learning_rate(value)):
        assert 0 < len(text) <= 24
        assert " " not in text


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (0.0, "0"),
        (9999.0, "9999"),
        (10000.0, "10,000"),
        (1e18, "1e18"),
        (0.001, "1e-3"),
        (-3.0, "-3"),
        (12345.5, "12,345.50"),
    ],
)
def test_steps(step: float, text: str) -> None:
    assert numbers.position(step) == text
