"""The fit finds what was put into made-up signs, and what it exports is what the package reads."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fitting import CUSTOMS, Fitted, Penalty, Sample, export, fit
from benchmarks.pairing import ABOVE, BELOW, BORDERS
from lrdoctor.inference.band import below_and_above
from lrdoctor.inference.compared_runs import PairTables
from lrdoctor.inference.tables import load_tables


def made_up(seed: int = 0, n: int = 600) -> Sample:
    """One sign that shows where the run lies, with noise, missing in a tenth of the logs; one that shows nothing."""
    rng = np.random.default_rng(seed)
    low = rng.uniform(-3, 2, n)
    telling = low + 0.3 * rng.normal(size=n)
    telling[rng.random(n) < 0.1] = np.nan
    signs = {"telling": telling, "idle": rng.normal(size=n), **{name: np.full(n, np.nan) for name in CUSTOMS}}
    return Sample(signs, low, low + 1.0, np.ones(n))


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    return fit(made_up(), Penalty(iterations=40), {"fitted_on": "made-up signs"})


def chance_below(fitted: Fitted, **signs: float) -> float:
    parts = fitted.tables.contributions(signs)
    return below_and_above(fitted.tables.joint(np.sum(list(parts.values()), axis=0)), fitted.tables.zero)[0]


def test_a_telling_sign_tells(fitted: Fitted) -> None:
    assert chance_below(fitted, telling=1.5) > 0.9
    assert chance_below(fitted, telling=-2.5) < 0.1
    assert abs(chance_below(fitted, telling=0.0, idle=2.0) - chance_below(fitted, telling=0.0, idle=-2.0)) < 0.4
    assert 0.1 < chance_below(fitted) < 0.9


def test_a_start_from_another_fit_ends_in_the_same_place(fitted: Fitted) -> None:
    again = fit(made_up(), Penalty(iterations=40), {}, start=fitted)
    assert chance_below(again, telling=0.5) == pytest.approx(chance_below(fitted, telling=0.5), abs=0.05)


def test_what_is_exported_is_what_is_read(fitted: Fitted, tmp_path: Path) -> None:
    size = len(BELOW) + len(ABOVE) + 1
    pairs = PairTables(BELOW, ABOVE, BORDERS, {"accuracy": np.zeros((size, size, len(BORDERS) + 1))})
    export(replace(fitted.tables, pairs=pairs), tmp_path / "tables.json")
    read = load_tables(tmp_path / "tables.json")
    assert read.provenance == {"fitted_on": "made-up signs"}
    assert read.pairs is not None
    ours, theirs = (
        t.joint(np.sum(list(t.contributions({"telling": 0.4}).values()), axis=0)) for t in (fitted.tables, read)
    )
    assert np.abs(ours - theirs).max() < 1e-3
