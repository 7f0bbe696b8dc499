"""The loss in a few characters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.run import Series
from lrdoctor.report.sparkline import BLOCKS, POINTS, sparkline
from tests.report import examples as ex


def of(values: list[float]) -> str:
    d = ex.no_lr()
    loss = Series(np.arange(float(len(values))), np.array(values))
    return sparkline(replace(d, run=replace(d.run, series={"loss": loss})))


SPARKS: list[tuple[Diagnosis, str]] = [
    (ex.no_lr(), "█▃▁"),
    (ex.nothing_read(), ""),
    (ex.divergent(), "▃▃▂▂▂▁▁▁▁▁██××××"),
]


@pytest.mark.parametrize(("d", "blocks"), SPARKS)
def test_of_the_examples(d: Diagnosis, blocks: str) -> None:
    assert sparkline(d) == blocks


@pytest.mark.parametrize(
    ("values", "blocks"),
    [
        ([1.0], ""),
        ([1.0, 1.0], "▁▁"),
        ([np.nan, np.inf], "××"),
        ([2.0, 1.0, 1e36], "▂▁█"),
        ([-1.0, -3.0], "█▁"),
        ([1e308, -1e308], "█▁"),
    ],
)
def test_of_odd_losses(values: list[float], blocks: str) -> None:
    assert of(values) == blocks


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(), min_size=2, max_size=60))
def test_of_any_loss(values: list[float]) -> None:
    shown = of(values)
    assert len(shown) == min(POINTS, len(values))
    assert set(shown) <= {*BLOCKS, "×"}
