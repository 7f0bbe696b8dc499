"""Settings told by their values over several runs."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.inference.values_compared import compared_by_value, setting_text
from lrdoctor.records.run import HParam, Series

LRS = (1e-3, 3e-3, 1e-2)
LOGGED = [{"loss": Series(np.arange(3.0), np.array([2.3, 1.0, last]))} for last in (0.8, 0.71, 0.9)]

CASES: list[tuple[str, tuple[HParam, ...], bool]] = [
    ("floor", (1e-4, 3e-4, 1e-3), True),
    ("head", (0.01, 0.03, 0.1), True),
    ("outcome_x", (0.8, 0.71, 0.9), True),
    ("q", (0.123456, 0.234567, 0.345678), True),
    ("opt_spec", ("adam(lr=0.001)", "adam(lr=0.003)", "adam(lr=0.01)"), True),
    ("tagline", ("wide-1e-3", "wide-3e-3", "wide-1e-2"), True),
    ("weight_decay", (1e-4, 3e-4, 1e-3), False),
    ("batch_size", (32, 96, 320), False),
    ("momentum", (0.8, 0.71, 0.9), False),
    ("rate", (0.1, 0.2, 0.3), False),
    ("z", (0.1, 0.1, 0.2), False),
    ("n", (12345, 23456, 34567), False),
    ("kind", ("a", "b", "c"), False),
    ("dropout", (0.123456, 0.234567, 0.345678), False),
]


@pytest.mark.parametrize(("key", "values", "alike"), CASES)
def test_what_values_tell(key: str, values: Sequence[HParam], alike: bool) -> None:
    found = compared_by_value([key], [{key: value} for value in values], LRS, LOGGED)
    assert (len(set(found)) == 1) == alike


def test_numbers_beside_drawn_lrs_may_be_drawn_too() -> None:
    values = (0.123456, 0.234567, 0.345678)
    found = compared_by_value(["q"], [{"q": v} for v in values], (0.00123456, 0.00345678, 0.0102938), LOGGED)
    assert len(set(found)) == 3


def test_ratios_that_differ_stay_apart() -> None:
    lrs = (*LRS, *LRS)
    values = [lr * ratio for ratio in (0.1, 0.01) for lr in LRS]
    found = compared_by_value(["floor"], [{"floor": v} for v in values], lrs, [{}] * 6)
    assert len(set(found[:3])) == len(set(found[3:])) == 1
    assert found[0] != found[3]


@given(st.lists(st.sampled_from([0.1, 0.2, 0.5, 32.0, "relu", "gelu", None, True]), min_size=3, max_size=3))
def test_plain_values_are_compared_as_they_are(values: list[HParam]) -> None:
    found = compared_by_value(["batch"], [{"batch": v} for v in values], LRS, LOGGED)
    assert len(set(found)) == len({setting_text(v) for v in values})
