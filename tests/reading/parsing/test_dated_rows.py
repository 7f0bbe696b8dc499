"""Dates of a series in time, and times of a training."""

import pytest

from lrdoctor.reading.parsing.dated_rows import are_days, are_times


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-01", "2024-01-02", "2024-01-03"],
        ["2024-01", "2024-02", "2024-03"],
        ["1/2/2020", "2/2/2020", "3/2/2020"],
        ["03 Jan 2021", "04 Jan 2021", "05 Jan 2021"],
        ["Jan 2021", "Feb 2021", "Mar 2021"],
        ["2001Q1", "2001Q2", "2001Q3"],
        ["2024-01-01 00:00", "2024-01-01 01:00:00", "2024-01-01T02:00:00Z"],
    ],
)
def test_days(cells: list[str]) -> None:
    assert are_days(cells)


@pytest.mark.parametrize(
    "cells",
    [
        ["2024-01-01 10:00:03", "2024-01-01 10:00:41", "2024-01-01 10:01:20"],
        ["2012.5", "2011.4", "2010.1"],
        ["0.5", "0.4", "0.3"],
        ["2024-01-01", "2024-01-01", "2024-01-01"],
        ["00:12", "00:13", "00:11"],
        [],
    ],
)
def test_no_days(cells: list[str]) -> None:
    assert not are_days(cells)


def test_times() -> None:
    assert are_times(["00:12", "2024-01-01 10:00:03"])
    assert not are_times(["a", "00:12"])
    assert not are_times([])
